package import Model

extension ProvisioningRequest {
    /// More pods than this are more than any cluster has; sums stay in range.
    private static let mostPods: Int64 = 1_000_000

    /// Reads a ProvisioningRequest of autoscaling.x-k8s.io as the API server shows it; v1 and v1beta1 are alike.
    /// - Parameter json: The whole object.
    /// - Throws: `ObjectError`, which names the request and the field.
    package init(json: JSON) throws {
        let reader = ObjectReader(json, kind: "ProvisioningRequest")
        let version = try reader.string("apiVersion") ?? ""
        self.init(
            apiVersion: version.hasPrefix(Self.group + "/") ? version : Self.group + "/v1",
            namespace: try reader.required("metadata", "namespace"),
            name: try reader.required("metadata", "name"),
            uid: try reader.required("metadata", "uid"),
            className: try reader.required("spec", "provisioningClassName"),
            createdAt: try reader.creation()
        )
        generation = try reader.integer("metadata", "generation") ?? 1
        podSets = try reader.elements("spec", "podSets").map { set in
            PodSet(
                template: try set.required("podTemplateRef", "name"),
                count: Int(min(max(0, try set.integer("count") ?? 1), Self.mostPods))
            )
        }
        parameters = try reader.strings("spec", "parameters")
        conditions = try reader.elements("status", "conditions").compactMap { condition in
            guard let kind = ProvisioningCondition.Kind(rawValue: try condition.required("type")) else { return nil }
            return ProvisioningCondition(
                kind: kind,
                isTrue: try condition.string("status") == "True",
                reason: try condition.string("reason") ?? "",
                message: try condition.string("message") ?? "",
                since: try condition.timestamp("lastTransitionTime") ?? createdAt
            )
        }
    }
}

extension PodTemplate {
    /// Reads a core/v1 PodTemplate as the API server shows it.
    /// - Parameter json: The whole object.
    /// - Throws: `ObjectError`, which names a pod of the template's name and the field.
    package init(json: JSON) throws {
        let reader = ObjectReader(json, kind: "PodTemplate")
        var object = json["template"]
        var metadata: JSON = ["labels": object["metadata"]["labels"], "annotations": object["metadata"]["annotations"]]
        for field in ["namespace", "name", "uid", "creationTimestamp"] { metadata[field] = json["metadata"][field] }
        object["metadata"] = metadata
        object["status"] = .null
        self.init(
            namespace: try reader.required("metadata", "namespace"),
            name: try reader.required("metadata", "name"),
            pod: try Pod(json: object)
        )
        pod.nodeName = nil
    }
}

extension ProvisioningReference {
    /// What a pod's annotations say; nil when they name no request.
    /// - Parameter annotations: All of the pod's.
    init?(annotations: [String: String]) {
        func first(_ keys: [String]) -> String? {
            keys.lazy.compactMap { annotations[$0] }.first { !$0.isEmpty }
        }
        guard let request = first(Self.requestKeys) else { return nil }
        self.init(request: request, className: first(Self.classKeys))
    }
}
