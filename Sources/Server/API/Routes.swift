import Autoscaler
import Billing
import HTTPTypes
import Hummingbird
import Model
import Runtime

extension Route {
    /// All that the server answers.
    static let all: [Route] =
        [page] + reports + lists + switches + [
            NoticeRoute.route,
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
                content: .json(schema: "Health"),
                access: .open
            ) { _ in
                .json(HealthView(status: "ok", missing: []))
            },
            Route(
                method: .get,
                path: "/readyz",
                summary: "Whether the cluster is listed and prices are known",
                content: .json(schema: "Health"),
                otherStatuses: [503: "Not ready; `missing` says why"],
                access: .open
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
        content: .text(Page.contentType),
        access: .namespaces
    ) { call in
        await Page.response(for: call.source)
    }

    private static let format = Parameter(
        "format",
        "Overrides the Accept header",
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
                format,
            ],
            content: .jsonCSVOrTable(schema: "CostReport"),
            otherStatuses: [406: "Neither JSON, CSV nor plain text is accepted"],
            access: .namespaces
        ) { call throws(Problem) in
            let format = try call.format()
            let first = await call.source.firstEntryAt()
            let query = try CostQuery(call.parameters, now: call.source.now, first: first)
            let report = await call.source.report(query)
            switch format {
            case .json: return .json(report)
            case .csv: return .text(report.csv, contentType: csvType)
            case .table: return .text(report.table, contentType: tableType)
            }
        },
        Route(
            method: .get,
            path: "/api/v1/workloads",
            summary: "Workloads: how each stands and what it cost",
            parameters: [shareIdle, format],
            content: .list(of: "Workload", alsoCSVAndTable: true),
            otherStatuses: [406: "Neither JSON, CSV nor plain text is accepted"],
            access: .namespaces
        ) { call throws(Problem) in
            let format = try call.format()
            let costs = await call.source.workloadCosts(
                shareIdle: try call.parameters.flag("shareIdle", default: false)
            )
            switch format {
            case .json:
                let statuses = await call.source.status().workloads
                return .json(Listing(items: WorkloadView.all(costs: costs, statuses: statuses)))
            case .csv: return .text(WorkloadCost.csv(costs), contentType: csvType)
            case .table: return .text(WorkloadCost.table(costs), contentType: tableType)
            }
        },
    ]

    private static let csvType = "text/csv; charset=utf-8"
    private static let tableType = "text/plain; charset=utf-8"

    private static let lists: [Route] = [
        Route(
            method: .get,
            path: "/api/v1/nodes",
            summary: "Nodes that stand, boot or go",
            content: .list(of: "Node"),
            access: .namespaces
        ) { call in
            .json(Listing(items: await call.source.status().claims.map(NodeView.init)))
        },
        Route(
            method: .get,
            path: "/api/v1/offerings",
            summary: "What the pools can buy, at which price, and what is passed over for now",
            content: .list(of: "Offering")
        ) { call in
            let now = call.source.now
            return .json(Listing(items: await call.source.status().offerings.map { OfferingView($0, at: now) }))
        },
        Route(
            method: .get,
            path: "/api/v1/interruptions",
            summary: "Nodes that the cloud took back, the newest first, and what became of the work on them",
            content: .list(of: "Interruption"),
            access: .namespaces
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
            content: .list(of: "Decision"),
            access: .namespaces
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
            let who = call.user.map { "\($0.name.cut), HTTP request from \(call.caller)" }
            await call.source.setPaused(paused, by: who ?? "HTTP request from \(call.caller)")
            return .json(PauseView(paused: paused))
        }
    }
}

extension Route.Call {
    /// How reports can be written.
    fileprivate enum Format: String {
        case json
        case csv
        case table
    }

    /// What is asked for: by `format`, else by the first type of the Accept header that can be served.
    fileprivate func format() throws(Problem) -> Format {
        if let given = parameters["format"] {
            guard let format = Format(rawValue: given) else {
                throw .badParameter("format", given: given.cut, allowed: "json, csv or table")
            }
            return format
        }
        guard let accept = headers[.accept], !accept.isEmpty else { return .json }
        for type in accept.split(separator: ",") {
            switch type.prefix(while: { $0 != ";" }).lowercased().filter({ !$0.isWhitespace }) {
            case "text/csv", "text/*": return .csv
            case "text/plain": return .table
            case "application/json", "application/*", "*/*": return .json
            default: continue
            }
        }
        throw .notAcceptable(accept.cut)
    }
}
