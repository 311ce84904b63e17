import Model
package import Runtime

/// Asks the API server who somebody is (TokenReview) and what they may do (SubjectAccessReview).
package struct KubernetesReviewer: AccessReviewer {
    private static let tokenReviews = APIResource(prefix: "/apis/authentication.k8s.io/v1", plural: "tokenreviews")
    private static let accessReviews = APIResource(
        prefix: "/apis/authorization.k8s.io/v1",
        plural: "subjectaccessreviews"
    )

    /// What the API server knows of a bound token beside its user:
    /// https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/
    private enum Extra {
        static let node = "authentication.kubernetes.io/node-name"
        static let pod = "authentication.kubernetes.io/pod-name"
        static let podUID = "authentication.kubernetes.io/pod-uid"
    }

    private let client: KubernetesClient

    /// - Parameter client: Speaks as somebody who may create both reviews, and get pods and nodes. A caller waits for its
    ///   answers: it had better not be patient.
    package init(client: KubernetesClient) {
        self.client = client
    }

    package func user(token: String, audiences: [String]) async throws -> ClusterUser? {
        let review: JSON = [
            "apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview",
            "spec": ["token": .string(token), "audiences": .array(audiences.map { .string($0) })],
        ]
        let status = try await client.create(Self.tokenReviews, review)["status"]
        guard status["authenticated"].bool == true, let name = status.at("user", "username").string, !name.isEmpty
        else { return nil }
        // A server that does not look at audiences names none: then the token may be meant for anybody.
        let meant = status["audiences"].elements.compactMap(\.string)
        guard meant.contains(where: audiences.contains) else { return nil }
        return ClusterUser(
            name: name,
            uid: status.at("user", "uid").string ?? "",
            groups: status.at("user", "groups").elements.compactMap(\.string),
            extra: status.at("user", "extra").fields.mapValues { $0.elements.compactMap(\.string) }
        )
    }

    package func allows(_ user: ClusterUser, _ question: AccessQuestion) async throws -> Bool {
        var spec: JSON = [
            "user": .string(user.name), "groups": .array(user.groups.map { .string($0) }),
            "extra": .object(user.extra.mapValues { .array($0.map { .string($0) }) }),
        ]
        if !user.uid.isEmpty { spec["uid"] = .string(user.uid) }
        switch question {
        case .path(let path, let verb):
            spec["nonResourceAttributes"] = ["path": .string(path), "verb": .string(verb)]
        case .listPods(let namespace):
            spec["resourceAttributes"] = [
                "verb": "list", "group": "", "version": "v1", "resource": "pods",
                "namespace": .string(namespace ?? ""),
            ]
        }
        let review: JSON = [
            "apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": spec,
        ]
        let status = try await client.create(Self.accessReviews, review)["status"]
        return status["allowed"].bool == true && status["denied"].bool != true
    }

    package func node(of user: ClusterUser) async throws -> NodeIdentity? {
        guard let name = try await nodeName(of: user), let node = try await client.find(.nodes, name: name) else {
            return nil
        }
        return NodeIdentity(node: name, instance: try Node(json: node).instanceID?.value)
    }

    /// Newer servers say it; before 1.30 the pod does.
    private func nodeName(of user: ClusterUser) async throws -> String? {
        let words = user.name.split(separator: ":", omittingEmptySubsequences: false)
        guard words.count == 4, words[0] == "system", words[1] == "serviceaccount" else { return nil }
        func extra(_ key: String) -> String? {
            guard let values = user.extra[key], values.count == 1, !values[0].isEmpty else { return nil }
            return values[0]
        }
        guard let pod = extra(Extra.pod), let uid = extra(Extra.podUID) else { return nil }
        if let node = extra(Extra.node) { return node }
        guard let object = try await client.find(.pods, namespace: String(words[2]), name: pod),
            object.at("metadata", "uid").string == uid
        else { return nil }
        return object.at("spec", "nodeName").string.flatMap { $0.isEmpty ? nil : $0 }
    }
}
