import HTTPTransport
import Kubernetes
import Runtime
import Testing

@Suite("Asking the API server who somebody is and what they may do")
struct KubernetesReviewerTests {
    private static let agent = ClusterUser(
        name: "system:serviceaccount:gleaner:gleaner-agent",
        uid: "u-1",
        groups: ["system:serviceaccounts", "system:authenticated"],
        extra: [
            "authentication.kubernetes.io/pod-name": ["agent-x"], "authentication.kubernetes.io/pod-uid": ["p-1"],
        ]
    )

    private static func answer(_ status: JSON) -> ScriptedServer.Answer {
        .whole(201, (["status": status] as JSON).description)
    }

    @Test("a valid token is its user, with what the server says beside")
    func valid() async throws {
        let server = try ScriptedServer { _ in
            Self.answer([
                "authenticated": true, "audiences": ["gleaner"],
                "user": [
                    "username": "ada", "uid": "7", "groups": ["team-a"], "extra": ["scopes": ["x", "y"]],
                ],
            ])
        }
        let reviewer = KubernetesReviewer(client: server.client())
        let user = try await reviewer.user(token: "secret", audiences: ["gleaner", "other"])
        #expect(user == ClusterUser(name: "ada", uid: "7", groups: ["team-a"], extra: ["scopes": ["x", "y"]]))
        let request = try #require(server.requests.first)
        #expect(request.method == "POST")
        #expect(request.target == "/apis/authentication.k8s.io/v1/tokenreviews")
        #expect(request.json["spec"] == ["token": "secret", "audiences": ["gleaner", "other"]])
    }

    @Test(
        "an expired token, one for others, and one of which nobody knows for whom it is, are nobody's",
        arguments: [
            ["authenticated": false, "error": "token has expired"], ["error": "unknown"],
            ["authenticated": true, "audiences": ["vault"], "user": ["username": "ada"]],
            ["authenticated": true, "user": ["username": "ada"]],
            ["authenticated": true, "audiences": ["gleaner"], "user": ["username": ""]], [:],
        ] as [JSON]
    )
    func invalid(status: JSON) async throws {
        let server = try ScriptedServer { _ in Self.answer(status) }
        #expect(try await KubernetesReviewer(client: server.client()).user(token: "t", audiences: ["gleaner"]) == nil)
    }

    @Test("a path is asked as a nonResourceURL, pods as a resource, and only a plain yes is one")
    func access() async throws {
        let server = try ScriptedServer { request in
            let spec = request.json["spec"]
            if spec.at("nonResourceAttributes", "path").string == "/gleaner/metrics" {
                return Self.answer(["allowed": true])
            }
            if spec.at("resourceAttributes", "namespace").string == "vision" {
                return Self.answer(["allowed": true, "denied": true])
            }
            return Self.answer(["allowed": false])
        }
        let reviewer = KubernetesReviewer(client: server.client())
        #expect(try await reviewer.allows(Self.agent, .path("/gleaner/metrics", verb: "get")))
        #expect(try await !reviewer.allows(Self.agent, .listPods(namespace: "vision")))
        #expect(try await !reviewer.allows(Self.agent, .listPods(namespace: nil)))
        let specs = server.requests.map { $0.json["spec"] }
        #expect(specs.allSatisfy { $0["user"].string == Self.agent.name && $0["uid"].string == "u-1" })
        #expect(specs.allSatisfy { $0["groups"].elements.count == 2 && $0["extra"].fields.count == 2 })
        #expect(specs[0]["nonResourceAttributes"] == ["path": "/gleaner/metrics", "verb": "get"])
        #expect(specs[1].at("resourceAttributes", "resource").string == "pods")
        #expect(specs[1].at("resourceAttributes", "verb").string == "list")
        #expect(specs[2].at("resourceAttributes", "namespace").string == "")
    }

    @Test("a server that fails, forbids or is not there is no answer, and no error names the token")
    func down() async throws {
        let statuses = [500, 403, 401]
        for status in statuses {
            let server = try ScriptedServer { _ in ScriptedServer.status(status, "Broken", "no") }
            let reviewer = KubernetesReviewer(client: server.client())
            let error = await #expect(throws: KubernetesError.self) {
                _ = try await reviewer.user(token: "secret-token", audiences: ["gleaner"])
            }
            #expect(error.map { !$0.description.contains("secret-token") } == true)
            await #expect(throws: KubernetesError.self) {
                _ = try await reviewer.allows(Self.agent, .listPods(namespace: nil))
            }
        }
        let nowhere = KubernetesClient(
            KubernetesAccess(server: "http://127.0.0.1:9"),
            retries: RetryPolicy(maximumAttempts: 1)
        )
        await #expect(throws: KubernetesError.self) {
            _ = try await KubernetesReviewer(client: nowhere).user(token: "t", audiences: ["gleaner"])
        }
    }

    @Test("the node of a token is that of its pod; a newer server says it at once")
    func node() async throws {
        let server = try ScriptedServer { request in
            switch request.target {
            case "/api/v1/namespaces/gleaner/pods/agent-x":
                return .whole(
                    200,
                    (["metadata": ["uid": "p-1"], "spec": ["nodeName": "ip-10-0-0-1"]] as JSON).description
                )
            case "/api/v1/nodes/ip-10-0-0-1", "/api/v1/nodes/ip-10-0-0-2":
                let instance = request.target.hasSuffix("1") ? "i-1" : "i-2"
                let node: JSON = [
                    "metadata": ["name": "n", "uid": "u", "creationTimestamp": "2026-11-21T05:00:00Z"],
                    "spec": ["providerID": .string("aws:///us-east-1a/\(instance)")],
                ]
                return .whole(200, node.description)
            default: return ScriptedServer.status(404, "NotFound")
            }
        }
        let reviewer = KubernetesReviewer(client: server.client())
        #expect(try await reviewer.node(of: Self.agent) == NodeIdentity(node: "ip-10-0-0-1", instance: "i-1"))
        var newer = Self.agent
        newer.extra["authentication.kubernetes.io/node-name"] = ["ip-10-0-0-2"]
        #expect(try await reviewer.node(of: newer) == NodeIdentity(node: "ip-10-0-0-2", instance: "i-2"))
        #expect(server.requests.map(\.target).filter { $0.contains("/pods/") }.count == 1)
    }

    @Test("a token that is bound to no pod, to a pod that is gone or another by now, speaks for no node")
    func noNode() async throws {
        let server = try ScriptedServer { request in
            request.target.hasSuffix("/pods/agent-x")
                ? .whole(200, (["metadata": ["uid": "p-2"], "spec": ["nodeName": "n"]] as JSON).description)
                : ScriptedServer.status(404, "NotFound")
        }
        let reviewer = KubernetesReviewer(client: server.client())
        #expect(try await reviewer.node(of: Self.agent) == nil)
        var gone = Self.agent
        gone.extra["authentication.kubernetes.io/pod-name"] = ["agent-y"]
        #expect(try await reviewer.node(of: gone) == nil)
        var unbound = Self.agent
        unbound.extra = ["authentication.kubernetes.io/node-name": ["n"]]
        #expect(try await reviewer.node(of: unbound) == nil)
        var person = Self.agent
        person.name = "ada"
        person.extra["authentication.kubernetes.io/node-name"] = ["n"]
        #expect(try await reviewer.node(of: person) == nil)
    }
}
