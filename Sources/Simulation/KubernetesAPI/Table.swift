import Kubernetes

/// Objects as `meta.k8s.io/v1` tables: the columns kubectl prints, computed here, in world time.
struct Table: Sendable {
    struct Column: Sendable {
        var name: String
        var type = "string"
        var format = ""
        /// 0 always shows, 1 with `-o wide`.
        var priority: Int64 = 0
    }

    /// How much of each object goes along.
    enum Include: String, Sendable {
        case metadata = "Metadata"
        case object = "Object"
        case none = "None"
    }

    private let resource: APIRequest.Resource
    private let include: Include
    private let layout: Layout

    /// A kind's columns and how to fill them.
    struct Layout: Sendable {
        var columns: [Column]
        var cells: @Sendable (_ object: JSON, _ now: Int64) -> [JSON]
    }

    init(_ resource: APIRequest.Resource, include: Include) {
        self.resource = resource
        self.include = include
        layout = Self.layout(resource.kind)
    }

    /// A table with a row for each object.
    func rendered(_ objects: [JSON], metadata: JSON, now: Int64) -> JSON {
        [
            "kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": metadata,
            "columnDefinitions": .array(
                layout.columns.map {
                    [
                        "name": .string($0.name), "type": .string($0.type), "format": .string($0.format),
                        "description": "", "priority": .integer($0.priority),
                    ]
                }
            ),
            "rows": .array(objects.map { row($0, now: now) }),
        ]
    }

    private func row(_ object: JSON, now: Int64) -> JSON {
        var row: JSON = ["cells": .array(layout.cells(object, now))]
        switch include {
        case .none: break
        case .object: row["object"] = Representation.outgoing(object, resource)
        case .metadata:
            row["object"] = [
                "kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": object["metadata"],
            ]
        }
        return row
    }

    static let nameColumn = Column(name: "Name", format: "name")

    static func age(_ object: JSON, _ now: Int64) -> JSON {
        .string(HumanDuration.since(object["metadata"]["creationTimestamp"].string, now: now))
    }

    private static func layout(_ kind: ResourceKind) -> Layout {
        switch kind {
        case .pods: PodTable.layout
        case .nodes: NodeTable.layout
        case .jobs: JobTable.layout
        case .events: eventLayout
        case .podDisruptionBudgets: budgetLayout
        case .namespaces: namespaceLayout
        case .leases: leaseLayout
        case .persistentVolumeClaims: VolumeTable.claims
        case .persistentVolumes: VolumeTable.volumes
        default:
            Layout(columns: [nameColumn, Column(name: "Age")]) { [$0["metadata"]["name"], age($0, $1)] }
        }
    }

    private static var namespaceLayout: Layout {
        Layout(columns: [nameColumn, Column(name: "Status"), Column(name: "Age")]) {
            [$0["metadata"]["name"], $0["status"]["phase"], age($0, $1)]
        }
    }

    private static var leaseLayout: Layout {
        Layout(columns: [nameColumn, Column(name: "Holder"), Column(name: "Age")]) {
            [$0["metadata"]["name"], .string($0["spec"]["holderIdentity"].string ?? ""), age($0, $1)]
        }
    }

    private static var budgetLayout: Layout {
        Layout(
            columns: [
                nameColumn, Column(name: "Min Available"), Column(name: "Max Unavailable"),
                Column(name: "Allowed Disruptions", type: "integer"), Column(name: "Age"),
            ]
        ) { budget, now in
            func amount(_ field: String) -> JSON {
                let value = budget["spec"][field]
                return .string(value.isNull ? "N/A" : value.string ?? value.description)
            }
            return [
                budget["metadata"]["name"], amount("minAvailable"), amount("maxUnavailable"),
                .integer(budget["status"]["disruptionsAllowed"].integer ?? 0), age(budget, now),
            ]
        }
    }

    private static var eventLayout: Layout {
        Layout(
            columns: [
                Column(name: "Last Seen"), Column(name: "Type"), Column(name: "Reason"), Column(name: "Object"),
                Column(name: "Subobject", priority: 1), Column(name: "Source", priority: 1), Column(name: "Message"),
                Column(name: "First Seen", priority: 1), Column(name: "Count", priority: 1),
                Column(name: "Name", priority: 1),
            ]
        ) { event, now in
            let involved = event["involvedObject"]
            let made = event["eventTime"].string ?? event["metadata"]["creationTimestamp"].string
            let first = event["firstTimestamp"].string ?? made
            let last = event["series"]["lastObservedTime"].string ?? event["lastTimestamp"].string ?? first
            let source = event["reportingComponent"].string ?? event["source"]["component"].string ?? ""
            let count = event["series"]["count"].integer ?? event["count"].integer ?? 1
            return [
                .string(HumanDuration.since(last, now: now)), .string(event["type"].string ?? ""),
                .string(event["reason"].string ?? ""),
                .string("\(involved["kind"].string?.lowercased() ?? "")/\(involved["name"].string ?? "")"),
                .string(involved["fieldPath"].string ?? ""), .string(source),
                .string((event["message"].string ?? "").trimmed), .string(HumanDuration.since(first, now: now)),
                .string(String(count)), event["metadata"]["name"],
            ]
        }
    }
}
