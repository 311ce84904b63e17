import Autoscaler
import Billing
import HTTPTypes
import Hummingbird
import Model

extension Route {
    /// All that the server answers.
    static let all: [Route] =
        [page] + reports + lists + switches + [
            Route(
                method: .get,
                path: "/metrics",
                summary: "Metrics in the Prometheus text format",
                content: .text(Metrics.contentType)
            ) { call in
                .text(await Metrics.text(of: call.source), contentType: Metrics.contentType)
            },
            Route(
                method: .get,
                path: "/livez",
                summary: "Whether the process answers",
                content: .json(schema: "Health")
            ) { _ in
                .json(HealthView(status: "ok", missing: []))
            },
            Route(
                method: .get,
                path: "/readyz",
                summary: "Whether the cluster is listed and prices are known",
                content: .json(schema: "Health"),
                otherStatuses: [503: "Not ready; `missing` says why"]
            ) { call in
                let missing = await Readiness.missing(in: call.source)
                let view = HealthView(status: missing.isEmpty ? "ok" : "not ready", missing: missing)
                return .json(view, status: missing.isEmpty ? .ok : .serviceUnavailable)
            },
            Route(
                method: .get,
                path: "/openapi.json",
                summary: "This description",
                content: .text("application/json")
            ) { _ in
                .json(OpenAPI.document(of: Route.all))
            },
        ]

    private static let page = Route(
        method: .get,
        path: "/",
        summary: "The page for people",
        content: .text(Page.contentType)
    ) { call in
        await Page.response(for: call.source)
    }

    private static let format = Parameter(
        "format",
        "Overrides the Accept header",
        ["type": "string", "enum": ["json", "csv"]]
    )

    private static let reportFormat = Parameter(
        "format",
        "Overrides the Accept header; a table is text for people",
        ["type": "string", "enum": ["json", "csv", "table"]]
    )

    private static let shareIdle = Parameter(
        "shareIdle",
        "Whether idle time of nodes is spread over the workloads that used them",
        ["type": "boolean", "default": false]
    )

    private static let reports: [Route] = [
        Route(
            method: .get,
            path: "/api/v1/costs",
            summary: "What was spent, what it bought, and what on-demand would have cost",
            parameters: [
                Parameter(
                    "window",
                    "The time that is covered: \(CostQuery.windowForms)",
                    ["type": "string", "default": "all"]
                ),
                Parameter(
                    "aggregate",
                    "What rows stand for: one or more of \(CostQuery.dimensions), joined by commas",
                    ["type": "string", "default": "workload"]
                ),
                Parameter("step", "Splits the window: \(CostQuery.stepForms)", ["type": "string"]),
                Parameter("filter", "Only some rows: \(CostQuery.filterForms)", ["type": "string"]),
                Parameter(
                    "includeIdle",
                    "Whether a row \(CostRow.idle) shows what no workload used",
                    ["type": "boolean", "default": true]
                ),
                shareIdle,
                reportFormat,
            ],
            content: .jsonOrCSV(schema: "CostReport"),
            otherStatuses: [406: "Neither JSON nor CSV is accepted"]
        ) { call throws(Problem) in
            let wantsTable = call.parameters["format"] == "table"
            let wantsCSV = wantsTable ? false : try call.wantsCSV()
            let first = await call.source.firstEntryAt()
            let query = try CostQuery(call.parameters, now: call.source.now, first: first)
            let report = await call.source.report(query)
            if wantsTable { return .text(report.table, contentType: "text/plain; charset=utf-8") }
            return wantsCSV ? .text(report.csv, contentType: csvType) : .json(report)
        },
        Route(
            method: .get,
            path: "/api/v1/workloads",
            summary: "Workloads: how each stands and what it cost",
            parameters: [shareIdle, format],
            content: .list(of: "Workload", alsoCSV: true),
            otherStatuses: [406: "Neither JSON nor CSV is accepted"]
        ) { call throws(Problem) in
            let wantsCSV = try call.wantsCSV()
            let costs = await call.source.workloadCosts(
                shareIdle: try call.parameters.flag("shareIdle", default: false)
            )
            if wantsCSV { return .text(WorkloadCost.csv(costs), contentType: csvType) }
            return .json(Listing(items: WorkloadView.all(costs: costs, statuses: await call.source.status().workloads)))
        },
    ]

    private static let csvType = "text/csv; charset=utf-8"

    private static let lists: [Route] = [
        Route(
            method: .get,
            path: "/api/v1/nodes",
            summary: "Nodes that stand, boot or go",
            content: .list(of: "Node")
        ) { call in
            .json(Listing(items: await call.source.status().claims.map(NodeView.init)))
        },
        Route(
            method: .get,
            path: "/api/v1/offerings",
            summary: "What the pools can buy, at which price, and what is passed over for now",
            content: .list(of: "Offering")
        ) { call in
            .json(Listing(items: await call.source.status().offerings.map(OfferingView.init)))
        },
        Route(
            method: .get,
            path: "/api/v1/interruptions",
            summary: "Nodes that the cloud took back, the newest first, and what became of the work on them",
            content: .list(of: "Interruption")
        ) { call in
            .json(Listing(items: await call.source.interruptions().map(InterruptionView.init)))
        },
        Route(
            method: .get,
            path: "/api/v1/decisions",
            summary: "What was decided, the newest first, with what was chosen, what was rejected, and why",
            parameters: [
                Parameter(
                    "limit",
                    "At most so many",
                    ["type": "integer", "minimum": 1, "maximum": 2000, "default": 100]
                ),
                Parameter(
                    "since",
                    "Only those at or after this RFC 3339 time",
                    ["type": "string", "format": "date-time"]
                ),
            ],
            content: .list(of: "Decision")
        ) { call throws(Problem) in
            let limit = try call.parameters.integer("limit", default: 100, in: 1...2000)
            var since: Timestamp?
            if let text = call.parameters["since"] {
                guard let time = Timestamp(rfc3339: text) else {
                    let allowed = "an RFC 3339 time such as \(call.source.now)"
                    throw .badParameter("since", given: text.cut, allowed: allowed)
                }
                since = time
            }
            let records = await call.source.decisions(limit: limit)
            return .json(Listing(items: records.filter { $0.at >= since ?? $0.at }.map(DecisionView.init)))
        },
    ]

    private static let switches: [Route] = [
        pausing(true, path: "/api/v1/pause", summary: "Stop launching; what stands goes on"),
        pausing(false, path: "/api/v1/resume", summary: "Allow launches again"),
    ]

    private static func pausing(_ paused: Bool, path: String, summary: String) -> Route {
        Route(
            method: .post,
            path: path,
            summary: summary,
            content: .json(schema: "Pause"),
            otherStatuses: [403: "The request comes from another site's page"]
        ) { call in
            await call.source.setPaused(paused, by: "HTTP request from \(call.caller)")
            return .json(PauseView(paused: paused))
        }
    }
}

extension Route.Call {
    /// Whether CSV is asked for: by `format`, else by the first type of the Accept header that can be served.
    fileprivate func wantsCSV() throws(Problem) -> Bool {
        switch parameters["format"] {
        case "csv": return true
        case "json": return false
        case .some(let given): throw .badParameter("format", given: given.cut, allowed: "json or csv")
        case nil: break
        }
        guard let accept = headers[.accept], !accept.isEmpty else { return false }
        for type in accept.split(separator: ",") {
            switch type.prefix(while: { $0 != ";" }).lowercased().filter({ !$0.isWhitespace }) {
            case "text/csv", "text/*": return true
            case "application/json", "application/*", "*/*": return false
            default: continue
            }
        }
        throw .notAcceptable(accept.cut)
    }
}
