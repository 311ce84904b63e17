import HTTPTypes
import Model

/// `/openapi.json`, made from the table of routes.
enum OpenAPI {
    static func document(of routes: [Route]) -> JSONValue {
        var paths: [String: JSONValue] = [:]
        for route in routes {
            paths[route.path] = .object([route.method.rawValue.lowercased(): operation(route)])
        }
        return [
            "openapi": "3.1.0",
            "info": [
                "title": "Gleaner",
                "version": "v1",
                "summary": "What a spot-aware GPU autoscaler does, why, and what it costs.",
                "description": .string(
                    "Money is in US dollars, as decimal strings; times are RFC 3339 in UTC; `…Seconds` of lost work are "
                        + "accelerator-seconds. Names follow OpenCost where it has one. With --authentication kubernetes all "
                        + "but the probes ask for a token of the cluster, which must be allowed the verb on the "
                        + "nonResourceURL \(Gate.pathPrefix) + path; reports then show the namespaces whose pods the reader may "
                        + "list."
                ),
            ],
            "paths": .object(paths),
            "components": [
                "schemas": .object(schemas),
                "securitySchemes": [
                    "token": ["type": "http", "scheme": "bearer"],
                    "browser": [
                        "type": "http", "scheme": "basic",
                        "description": "For browsers: any name, and a token as the password",
                    ],
                ],
            ],
        ]
    }

    private static func operation(_ route: Route) -> JSONValue {
        var responses: [String: JSONValue] = [
            "200": ["description": "The answer", "content": content(route.content)]
        ]
        let problem: JSONValue = ["application/problem+json": ["schema": reference("Problem")]]
        responses["400"] = ["description": "A parameter cannot be used", "content": problem]
        var meanings = route.otherStatuses
        if route.access != .open {
            meanings[401] = "The token is missing, unknown or meant for others"
            let forbidden = "The user may not do this"
            meanings[403] = meanings[403].map { "\($0), or the user may not do this" } ?? forbidden
            let unavailable = "The cluster cannot be asked who the user is"
            meanings[503] =
                route.isAnsweredOnStandby
                ? unavailable : "\(unavailable), or another process leads; `detail` says which"
        }
        for (status, meaning) in meanings {
            let body = status == 503 && route.access == .open ? content(route.content) : problem
            responses["\(status)"] = ["description": .string(meaning), "content": body]
        }
        let words = route.path.split { !$0.isLetter && !$0.isNumber }.filter { $0 != "api" && $0 != "v1" }
        var result: [String: JSONValue] = [
            "summary": .string(route.summary),
            "operationId": .string(
                ([route.method.rawValue.lowercased()] + words.map(String.init)).joined(separator: "_")
            ),
            "responses": .object(responses),
        ]
        result["security"] = route.access == .open ? [] : [["token": []], ["browser": []]]
        if let body = route.body {
            result["requestBody"] = [
                "required": true, "content": ["application/json": ["schema": reference(body)]],
            ]
        }
        if !route.parameters.isEmpty {
            result["parameters"] = .array(
                route.parameters.map { parameter in
                    [
                        "name": .string(parameter.name),
                        "in": "query",
                        "description": .string(parameter.summary),
                        "schema": parameter.schema,
                    ]
                }
            )
        }
        return .object(result)
    }

    /// The forms of a report beside JSON: CSV (RFC 4180), and a table for a terminal.
    private static let asText: [String: JSONValue] = [
        "text/csv": ["schema": ["type": "string"]], "text/plain": ["schema": ["type": "string"]],
    ]

    private static func content(_ content: Route.Content) -> JSONValue {
        switch content {
        case .json(let schema): ["application/json": ["schema": reference(schema)]]
        case .jsonCSVOrTable(let schema):
            .object(["application/json": ["schema": reference(schema)]].merging(asText) { first, _ in first })
        case .list(let schema, let alsoCSVAndTable):
            .object(
                ["application/json": ["schema": list(of: reference(schema))]]
                    .merging(alsoCSVAndTable ? asText : [:]) { first, _ in first }
            )
        case .text(let type):
            .object([type: ["schema": ["type": .string(type == "application/json" ? "object" : "string")]]])
        }
    }

    private static func reference(_ schema: String) -> JSONValue {
        ["$ref": .string("#/components/schemas/\(schema)")]
    }

    private static func list(of items: JSONValue) -> JSONValue {
        ["type": "object", "required": ["items"], "properties": ["items": array(of: items)]]
    }

    private static func array(of items: JSONValue) -> JSONValue {
        ["type": "array", "items": items]
    }

    // MARK: Schemas

    private static let text: JSONValue = ["type": "string"]
    private static let time: JSONValue = ["type": "string", "format": "date-time"]
    private static let money: JSONValue = ["type": "string", "pattern": "^-?[0-9]+(\\.[0-9]+)?$"]
    private static let count: JSONValue = ["type": "integer"]
    private static let flag: JSONValue = ["type": "boolean"]
    private static let number: JSONValue = ["type": "number"]
    private static let texts: JSONValue = ["type": "object", "additionalProperties": text]
    private static let names = array(of: text)

    /// An object all of whose properties are there, but for the optional ones.
    private static func object(_ required: [String: JSONValue], optional: [String: JSONValue] = [:]) -> JSONValue {
        [
            "type": "object",
            "properties": .object(required.merging(optional) { first, _ in first }),
            "required": .array(required.keys.sorted().map { .string($0) }),
        ]
    }

    private static func choice(_ values: [String]) -> JSONValue {
        ["type": "string", "enum": .array(values.map { .string($0) })]
    }

    private static let offering = [
        "instanceType": text, "zone": text, "capacityType": choice(["spot", "on-demand", "reserved"]),
    ]
    private static let workloadName = ["namespace": text, "name": text, "kind": text]
    private static let figures: [String: JSONValue] = [
        "totalCost": money, "workloadCost": money, "idleCost": money, "bootCost": money, "drainCost": money,
        "lostWorkCost": money, "checkpointCost": money, "onDemandEquivalentCost": money, "savings": money,
        "gpuHours": ["type": "number"], "attempts": count, "interruptions": count, "lostWorkSeconds": count,
    ]
    private static let outcome = choice(InterruptionRecord.Outcome.allCases.map(\.rawValue))

    private static func both(_ left: [String: JSONValue], _ right: [String: JSONValue]) -> [String: JSONValue] {
        left.merging(right) { first, _ in first }
    }

    static let schemas: [String: JSONValue] = [
        "Problem": object(
            ["type": text, "title": text, "status": count, "detail": text],
            optional: ["parameter": text]
        ),
        "Health": object(["status": text, "missing": names]),
        "Pause": object(["paused": flag]),
        "NoticeReport": object(["instance": text, "notices": array(of: reference("Notice"))]),
        "Notice": object(
            ["kind": choice(NoticeReport.Item.Kind.allCases.map(\.rawValue)), "time": time],
            optional: ["action": text, "event": text, "until": time]
        ),
        "NoticeReceipt": object(["accepted": count]),
        "Window": object(["start": time, "end": time]),
        "CostFigures": object(figures),
        "CostRow": object(
            both(figures, ["name": text, "properties": texts])
        ),
        "CostStep": object(["window": reference("Window"), "rows": array(of: reference("CostRow"))]),
        "CostReport": object([
            "window": reference("Window"), "aggregate": names, "currency": text, "isEstimated": flag,
            "total": reference("CostFigures"), "steps": array(of: reference("CostStep")),
        ]),
        "Workload": object(
            both(
                workloadName,
                [
                    "team": text,
                    "state": choice(["waiting", "starting", "running", "checkpointing", "succeeded", "failed"]),
                    "completed": flag, "priority": count, "accelerators": count, "attempts": count,
                    "interruptions": count, "lostWorkSeconds": count, "cost": money, "onDemandEquivalentCost": money,
                    "savings": money, "claims": names, "overruled": names,
                ]
            ),
            optional: [
                "createdAt": time, "deadline": time, "lastCheckpointAt": time, "reason": text,
                "checkpointAdvice": reference("CheckpointAdvice"),
            ]
        ),
        "CheckpointAdvice": object(
            [
                "costSeconds": count, "costIsMeasured": flag, "wastedShare": number, "presentWastedShare": number,
                "savedPerHour": money,
            ],
            optional: ["intervalSeconds": count, "asksAt": time, "failure": text]
        ),
        "WorkloadName": object(workloadName),
        "Node": object(
            both(
                offering,
                [
                    "claim": text,
                    "phase": choice(["launching", "booting", "initialised", "draining", "terminating"]),
                    "pool": text, "shape": text, "accelerators": count, "pricePerHour": money, "intendedAt": time,
                    "workloads": array(of: reference("WorkloadName")),
                ]
            ),
            optional: [
                "node": text, "instance": text, "accelerator": text, "launchedAt": time, "initialisedAt": time,
                "drainingSince": time, "reclaimAt": time,
            ]
        ),
        "Offering": object(
            both(
                offering,
                [
                    "pool": text, "shape": text, "accelerators": count, "pricePerHour": money,
                    "priceEffectiveAt": time, "allocatable": texts, "labels": texts,
                    "taints": array(of: object(["key": text, "value": text, "effect": text])),
                ]
            ),
            optional: [
                "accelerator": text, "closedUntil": time, "closedReason": text, "interruptionsPerHour": number,
                "priceSeenAt": time, "priceAgeSeconds": count, "placementScore": count,
                "reservation": reference("Reservation"),
            ]
        ),
        "Reservation": object(
            [
                "id": text, "kind": choice(["capacity-reservation", "capacity-block"]), "count": count,
                "available": count,
            ],
            optional: ["endsAt": time]
        ),
        "InterruptionEffect": object(
            both(workloadName, ["outcome": outcome, "lostWorkSeconds": count, "checkpointSeconds": count]),
            optional: ["endedAt": time]
        ),
        "InterruptionStep": object(
            [
                "at": time, "step": choice(InterruptionStepRecord.Kind.allCases.map(\.rawValue)), "subject": text,
            ],
            optional: ["detail": text]
        ),
        "Interruption": object(
            [
                "at": time, "claim": text, "instance": text, "announced": flag, "outcome": outcome,
                "lostWorkSeconds": count, "workloads": array(of: reference("InterruptionEffect")),
                "steps": array(of: reference("InterruptionStep")),
            ],
            optional: both(offering, ["reclaimedAt": time])
        ),
        "Option": object(
            both(
                offering,
                [
                    "pool": text, "shape": text, "nodes": count, "pricePerHour": money, "expectedCost": money,
                    "reason": text,
                ]
            )
        ),
        "Decision": object(
            [
                "sequence": count, "at": time, "kind": choice(DecisionRecord.Kind.allCases.map(\.rawValue)),
                "text": text, "workloads": array(of: reference("WorkloadName")),
                "rejected": array(of: reference("Option")),
            ],
            optional: ["chosen": reference("Option")]
        ),
    ]
}
