import Foundation
import HTTPTransport
import Kubernetes
import Model
import Runtime
import Testing

extension RealClusterTests {
    @Suite("Reviews by a real API server, asked with the deployed role")
    struct RealReviewTests {
        private static let accounts = APIResource(prefix: "/api/v1", plural: "serviceaccounts")
        private static let roles = APIResource(prefix: "/apis/rbac.authorization.k8s.io/v1", plural: "clusterroles")
        private static let bindings = APIResource(
            prefix: "/apis/rbac.authorization.k8s.io/v1",
            plural: "clusterrolebindings"
        )

        private let cluster: RealCluster

        init() throws { cluster = try RealCluster() }

        private func token(_ account: String, in namespace: String, pod: JSON?, audience: String) async throws -> String
        {
            let tokens = APIResource(
                prefix: "/api/v1/namespaces/\(namespace)/serviceaccounts/\(account)",
                plural: "token"
            )
            var spec: JSON = ["audiences": [.string(audience)], "expirationSeconds": 600]
            if let pod {
                spec["boundObjectRef"] = [
                    "apiVersion": "v1", "kind": "Pod", "name": .string(pod.name), "uid": .string(pod.uid),
                ]
            }
            let request: JSON = ["apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": spec]
            let answer = try await cluster.admin.create(tokens, request)
            return try #require(answer.at("status", "token").string)
        }

        @Test("a projected token is its account's, on its pod's node, for its audience, while the pod is there")
        func tokens() async throws {
            let reviewer = KubernetesReviewer(client: try await cluster.deployed())
            let namespace = try await cluster.namespace()
            _ = try await cluster.admin.create(Self.accounts, namespace: namespace, ["metadata": ["name": "agent"]])
            let node = "\(namespace)-node"
            _ = try await cluster.admin.create(
                .nodes,
                ["metadata": ["name": .string(node)], "spec": ["providerID": "aws:///us-east-1a/i-0123"]]
            )
            let pod = try await cluster.admin.create(
                .pods,
                namespace: namespace,
                [
                    "metadata": ["name": "agent-x"],
                    "spec": [
                        "serviceAccountName": "agent", "nodeName": .string(node), "terminationGracePeriodSeconds": 0,
                        "containers": [["name": "main", "image": "none"]],
                    ],
                ]
            )
            let token = try await token("agent", in: namespace, pod: pod, audience: "gleaner")
            let user = try #require(try await reviewer.user(token: token, audiences: ["gleaner", "other"]))
            #expect(user.name == "system:serviceaccount:\(namespace):agent")
            #expect(user.groups.contains("system:authenticated"))
            #expect(try await reviewer.node(of: user) == NodeIdentity(node: node, instance: "i-0123"))
            #expect(try await reviewer.user(token: token, audiences: ["vault"]) == nil)
            #expect(try await reviewer.user(token: token + "x", audiences: ["gleaner"]) == nil)
            let unbound = try await self.token("agent", in: namespace, pod: nil, audience: "gleaner")
            let anywhere = try #require(try await reviewer.user(token: unbound, audiences: ["gleaner"]))
            #expect(try await reviewer.node(of: anywhere) == nil)
            try await cluster.admin.delete(.pods, namespace: namespace, name: "agent-x", uid: pod.uid, graceSeconds: 0)
            #expect(
                try await RealCluster.until { try await reviewer.user(token: token, audiences: ["gleaner"]) == nil }
            )
        }

        @Test("the deployed roles let readers read, operators pause and agents report, and the cluster's own do not")
        func access() async throws {
            let reviewer = KubernetesReviewer(client: try await cluster.deployed())
            let namespace = try await cluster.namespace()
            let get = AccessQuestion.path("/gleaner/api/v1/costs", verb: "get")
            let pause = AccessQuestion.path("/gleaner/api/v1/pause", verb: "post")
            let report = AccessQuestion.path("/gleaner/api/v1/notices", verb: "post")
            for role in ["gleaner-reader", "gleaner-operator", "gleaner-agent"] {
                let user = ClusterUser(name: "\(namespace)-\(role)", groups: ["system:authenticated"])
                for question in [get, pause, report] { #expect(try await !reviewer.allows(user, question)) }
                _ = try await cluster.admin.create(
                    Self.bindings,
                    [
                        "metadata": ["name": .string(user.name)],
                        "roleRef": [
                            "apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": .string(role),
                        ],
                        "subjects": [
                            ["apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": .string(user.name)]
                        ],
                    ]
                )
                let expected = ["gleaner-reader": get, "gleaner-operator": pause, "gleaner-agent": report]
                #expect(
                    try await RealCluster.until {
                        try await reviewer.allows(user, expected[role] ?? .listPods(namespace: nil))
                    }
                )
                for question in [get, pause, report] where question != expected[role] {
                    #expect(try await !reviewer.allows(user, question))
                }
                #expect(try await !reviewer.allows(user, .listPods(namespace: namespace)))
            }
            // Why our paths have a prefix.
            let anybody = ClusterUser(name: "anybody", groups: ["system:authenticated"])
            #expect(try await reviewer.allows(anybody, .path("/api/v1/costs", verb: "get")))
        }
    }
}
