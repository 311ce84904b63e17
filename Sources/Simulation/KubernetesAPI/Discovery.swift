import Kubernetes

/// What the server says about itself: versions, groups, resources.
enum Discovery {
    /// The document at a path, none when there is none.
    static func document(_ path: [String]) -> JSON? {
        switch path.count {
        case 1 where path == ["version"]: version
        case 1 where path == ["api"]:
            [
                "kind": "APIVersions", "versions": ["v1"],
                "serverAddressByClientCIDRs": [["clientCIDR": "0.0.0.0/0", "serverAddress": ""]],
            ]
        case 1 where path == ["apis"]:
            ["kind": "APIGroupList", "apiVersion": "v1", "groups": .array(groups.map(group))]
        case 2 where path == ["api", "v1"]: resources("v1")
        case 2 where path[0] == "apis" && groups.contains(path[1]):
            group(path[1]).merging(["kind": "APIGroup", "apiVersion": "v1"])
        case 3 where path[0] == "apis" && versions(path[1]).contains("\(path[1])/\(path[2])"):
            resources("\(path[1])/\(path[2])")
        // An empty index: nothing here is described by schemas, so clients check nothing against them.
        case 2 where path == ["openapi", "v3"]: ["paths": [:]]
        case 2 where path == ["openapi", "v2"]:
            ["swagger": "2.0", "info": ["title": "Kubernetes", "version": "v1.32.0"], "paths": [:]]
        default: nil
        }
    }

    /// The Kubernetes version that the world imitates.
    private static let version: JSON = [
        "major": "1", "minor": "32", "gitVersion": "v1.32.0+gleaner-world", "gitCommit": "", "gitTreeState": "clean",
        "buildDate": "2024-12-11T00:00:00Z", "goVersion": "", "compiler": "", "platform": "linux/amd64",
    ]

    /// The OpenAPI v2 document in protobuf (gnostic's `Document`: swagger = 1, info = 2, paths = 8) with no schemas, so
    /// that kubectl has nothing to check an object against and sends it.
    static let openAPIProtobuf: [UInt8] = {
        func field(_ number: UInt8, _ content: [UInt8]) -> [UInt8] {
            [number << 3 | 2, UInt8(content.count)] + content
        }
        let info = field(1, Array("Kubernetes".utf8)) + field(2, Array("v1.32.0".utf8))
        return field(1, Array("2.0".utf8)) + field(2, info) + field(8, [])
    }()

    private static let groups: [String] = Set(
        ResourceKind.all.flatMap(\.apiVersions).compactMap { $0.contains("/") ? String($0.prefix { $0 != "/" }) : nil }
    ).sorted()

    /// A group's versions, the preferred one first.
    private static func versions(_ group: String) -> [String] {
        var versions = [String]()
        for version in ResourceKind.all.flatMap(\.apiVersions)
        where version.hasPrefix(group + "/") && !versions.contains(version) {
            versions.append(version)
        }
        return versions
    }

    private static func group(_ name: String) -> JSON {
        let versions = versions(name).map { version -> JSON in
            ["groupVersion": .string(version), "version": .string(String(version.dropFirst(name.count + 1)))]
        }
        return ["name": .string(name), "versions": .array(versions), "preferredVersion": versions.first ?? .null]
    }

    private static func resources(_ apiVersion: String) -> JSON {
        var resources = [JSON]()
        for kind in ResourceKind.all where kind.apiVersions.contains(apiVersion) {
            var resource: JSON = [
                "name": .string(kind.plural), "singularName": .string(kind.singular),
                "namespaced": .bool(kind.isNamespaced), "kind": .string(kind.kind),
                "verbs": ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
            ]
            if !kind.shortNames.isEmpty { resource["shortNames"] = .array(kind.shortNames.map { .string($0) }) }
            if [ResourceKind.pods, .jobs].contains(kind) { resource["categories"] = ["all"] }
            resources.append(resource)
            if kind.hasStatus { resources.append(subresource(kind, "status", kind.kind, ["get", "patch", "update"])) }
            if kind == .pods {
                resources.append(subresource(kind, "binding", "Binding", ["create"]))
                resources.append(
                    subresource(kind, "eviction", "Eviction", ["create"]).merging(["group": "policy", "version": "v1"])
                )
            }
        }
        return [
            "kind": "APIResourceList", "apiVersion": "v1", "groupVersion": .string(apiVersion),
            "resources": .array(resources),
        ]
    }

    private static func subresource(_ kind: ResourceKind, _ name: String, _ type: String, _ verbs: [JSON]) -> JSON {
        [
            "name": .string("\(kind.plural)/\(name)"), "singularName": "", "namespaced": .bool(kind.isNamespaced),
            "kind": .string(type), "verbs": .array(verbs),
        ]
    }
}

extension JSON {
    fileprivate func merging(_ fields: [String: JSON]) -> JSON {
        .object(self.fields.merging(fields, uniquingKeysWith: { $1 }))
    }
}
