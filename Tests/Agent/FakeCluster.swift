import Foundation
import HTTPTransport
import Kubernetes
import Server
import TestSupport

/// An API server that knows the tokens of two agents, each on a node of its own, and lets them report.
final class FakeCluster: @unchecked Sendable {
    private let lock = NSLock()
    private var agents = ["token-1": "1", "token-2": "2"]

    /// The one token is replaced by another, as a kubelet does.
    func rotate(_ old: String, to new: String) {
        lock.withLock {
            agents[new] = agents[old]
            agents[old] = nil
        }
    }

    func reply(_ request: LoopbackServer.Request) -> LoopbackServer.Reply {
        let body = (try? JSON(parsing: request.body)) ?? .null
        switch request.path {
        case "/apis/authentication.k8s.io/v1/tokenreviews":
            let known = lock.withLock { agents[body.at("spec", "token").string ?? ""] }
            guard let number = known, body.at("spec", "audiences").elements == ["gleaner"] else {
                return Self.reply(["status": ["authenticated": false]])
            }
            return Self.reply([
                "status": [
                    "authenticated": true, "audiences": ["gleaner"],
                    "user": [
                        "username": "system:serviceaccount:gleaner:gleaner-agent", "groups": ["system:authenticated"],
                        "extra": [
                            "authentication.kubernetes.io/pod-name": ["agent-\(number)" as JSON],
                            "authentication.kubernetes.io/pod-uid": ["uid-\(number)" as JSON],
                        ],
                    ],
                ]
            ])
        case "/apis/authorization.k8s.io/v1/subjectaccessreviews":
            let asked = body.at("spec", "nonResourceAttributes")
            let isAllowed = asked == ["path": "/gleaner/api/v1/notices", "verb": "post"]
            return Self.reply(["status": ["allowed": .bool(isAllowed)]])
        case "/api/v1/namespaces/gleaner/pods/agent-1", "/api/v1/namespaces/gleaner/pods/agent-2":
            let number = String(request.path.suffix(1))
            return Self.reply([
                "metadata": ["uid": .string("uid-\(number)")], "spec": ["nodeName": .string("node-\(number)")],
            ])
        case "/api/v1/nodes/node-1", "/api/v1/nodes/node-2":
            let number = String(request.path.suffix(1))
            return Self.reply([
                "metadata": [
                    "name": .string("node-\(number)"), "uid": "u", "creationTimestamp": "2026-11-21T05:00:00Z",
                ],
                "spec": ["providerID": .string("aws:///us-east-1a/i-\(number)")],
            ])
        default: return LoopbackServer.Reply(status: 404)
        }
    }

    private static func reply(_ json: JSON) -> LoopbackServer.Reply {
        LoopbackServer.Reply(status: 200, body: json.description)
    }

    static func gate(_ url: String) -> Gate {
        let client = KubernetesClient(
            KubernetesAccess(server: url),
            retries: RetryPolicy(maximumAttempts: 2, baseDelay: .milliseconds(10))
        )
        return Gate(
            reviewer: KubernetesReviewer(client: client),
            audiences: ["gleaner"],
            logger: silentLogger
        )
    }
}
