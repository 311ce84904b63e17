import Foundation
import Kubernetes
import Model
import Testing

private enum Kubectl {
    /// Nil when there is none.
    static let path = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        .map { "\($0)/kubectl" }.first { FileManager.default.isExecutableFile(atPath: $0) }
}

extension RealClusterTests {
    @Suite("Deployment with kubectl apply -k", .enabled(if: Kubectl.path != nil, "needs kubectl"))
    struct RealDeploymentTests {
        private static let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()

        private static let deployments = APIResource(prefix: "/apis/apps/v1", plural: "deployments")
        private static let daemonSets = APIResource(prefix: "/apis/apps/v1", plural: "daemonsets")
        private static let policies = APIResource(prefix: "/apis/networking.k8s.io/v1", plural: "networkpolicies")
        private static let secrets = APIResource(prefix: "/api/v1", plural: "secrets")

        private let cluster: RealCluster

        init() throws { cluster = try RealCluster() }

        /// Runs a program of the package against the cluster, and ends with what it said.
        private func run(_ words: [String]) throws -> String {
            let (process, output) = (Process(), Pipe())
            process.executableURL = URL(filePath: words[0])
            process.arguments = Array(words.dropFirst())
            process.currentDirectoryURL = Self.package
            process.environment = ProcessInfo.processInfo.environment
                .merging(["KUBECONFIG": "\(RealCluster.folder ?? "")/admin.kubeconfig"]) { $1 }
            process.standardOutput = output
            process.standardError = output
            try process.run()
            let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            process.waitUntilExit()
            guard process.terminationStatus == 0 else { throw Failed(command: words, output: text) }
            return text
        }

        struct Failed: Error {
            var command: [String]
            var output: String
        }

        @Test("kubectl apply -k is accepted, twice over, and pods come of it")
        func applied() async throws {
            let kubectl = try #require(Kubectl.path)
            for folder in ["deploy/kubernetes", "deploy/kubernetes/agent"] {
                _ = try run([kubectl, "apply", "-k", folder])
                let again = try run([kubectl, "apply", "-k", folder, "--dry-run=server"])
                let changed = again.split(separator: "\n").filter { !$0.contains(" unchanged") && $0.contains("/") }
                #expect(changed == [])
            }
            let deployment = try await cluster.admin.get(Self.deployments, namespace: "gleaner", name: "gleaner")
            let spec = deployment.at("spec", "template", "spec")
            // What the server did not know it would have dropped.
            #expect(spec.at("securityContext", "seccompProfile", "type") == "RuntimeDefault")
            #expect(spec["containers"][0].at("securityContext", "readOnlyRootFilesystem") == true)
            #expect(spec["containers"][0]["livenessProbe"].at("httpGet", "scheme") == "HTTPS")
            let configuration = try #require(
                spec["volumes"].elements.compactMap { $0.at("configMap", "name").string }.first
            )
            let map = try await cluster.admin.get(RealCluster.configMaps, namespace: "gleaner", name: configuration)
            #expect(map.at("data", "gleaner.yaml").string?.contains("kind: GleanerConfiguration") == true)
            _ = try await cluster.admin.get(Self.policies, namespace: "gleaner", name: "gleaner")
            let hasPod = try await RealCluster.until {
                try await cluster.admin.list(.pods, namespace: "gleaner") { $0.name }.items
                    .contains { $0.hasPrefix("gleaner-") }
            }
            #expect(hasPod)
        }

        @Test("the agent runs on the nodes that Gleaner bought, starting or not, and on no other")
        func agents() async throws {
            let kubectl = try #require(Kubectl.path)
            _ = try run([kubectl, "apply", "-k", "deploy/kubernetes/agent"])
            let ours = "agent-\(UUID().uuidString.lowercased().prefix(8))"
            try await cluster.node("\(ours)-other")
            _ = try await cluster.admin.create(
                .nodes,
                [
                    "metadata": ["name": .string(ours), "labels": [Label.pool: "single-gpu"]],
                    "spec": ["taints": [["key": "gleaner.dev/starting", "effect": "NoSchedule"]]],
                ]
            )
            func places() async throws -> [String] {
                try await cluster.admin.list(.pods, namespace: "gleaner-agent") { pod in
                    pod.at("spec", "affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution")
                        .at("nodeSelectorTerms")[0]["matchFields"][0]["values"][0].string ?? ""
                }.items
            }
            let hasAgent = try await RealCluster.until { try await places().contains(ours) }
            #expect(hasAgent)
            #expect(try await !places().contains("\(ours)-other"))
        }

        @Test("the agent may report notices and nothing else, the service may ask who somebody is and what they may do")
        func access() async throws {
            let kubectl = try #require(Kubectl.path)
            for folder in ["deploy/kubernetes", "deploy/kubernetes/agent"] {
                _ = try run([kubectl, "apply", "-k", folder])
            }
            let reviews = APIResource(prefix: "/apis/authorization.k8s.io/v1", plural: "subjectaccessreviews")
            func may(_ account: String, _ attributes: JSON) async throws -> Bool {
                let isPath = attributes["path"].string != nil
                let review: JSON = [
                    "spec": [
                        "user": .string("system:serviceaccount:\(account)"),
                        isPath ? "nonResourceAttributes" : "resourceAttributes": attributes,
                    ]
                ]
                return try await cluster.admin.create(reviews, review).at("status", "allowed").bool == true
            }
            let agent = "gleaner-agent:gleaner-agent"
            let notices: JSON = ["path": "/gleaner/api/v1/notices", "verb": "post"]
            #expect(try await RealCluster.until { try await may(agent, notices) })
            #expect(try await !may(agent, ["path": "/gleaner/api/v1/costs", "verb": "get"]))
            #expect(try await !may(agent, ["path": "/gleaner/api/v1/pause", "verb": "post"]))
            let service = "gleaner:gleaner"
            for (group, resource) in [("authentication", "tokenreviews"), ("authorization", "subjectaccessreviews")] {
                #expect(
                    try await may(
                        service,
                        ["group": .string("\(group).k8s.io"), "resource": .string(resource), "verb": "create"]
                    )
                )
            }
            #expect(try await !may(service, ["resource": "secrets", "verb": "list"]))
            func lease(_ name: String) -> JSON {
                [
                    "group": "coordination.k8s.io", "resource": "leases", "verb": "update", "namespace": "gleaner",
                    "name": .string(name),
                ]
            }
            #expect(try await RealCluster.until { try await may(service, lease("gleaner")) })
            #expect(try await !may(service, lease("another")))
        }

        @Test("the certificate is good for the service's name, and its key is where the agents cannot read it")
        func certificate() async throws {
            let kubectl = try #require(Kubectl.path)
            for folder in ["deploy/kubernetes", "deploy/kubernetes/agent"] {
                _ = try run([kubectl, "apply", "-k", folder])
            }
            _ = try run(["deploy/kubernetes/make-certificate"])
            let first = try await cluster.admin.get(
                RealCluster.configMaps,
                namespace: "gleaner-agent",
                name: "gleaner-ca"
            )
            // Once more renews it.
            _ = try run(["deploy/kubernetes/make-certificate"])
            let authority = try await cluster.admin.get(
                RealCluster.configMaps,
                namespace: "gleaner-agent",
                name: "gleaner-ca"
            )
            #expect(authority.at("data", "ca.crt") != first.at("data", "ca.crt"))
            #expect(Set(authority["data"].fields.keys) == ["ca.crt"])
            let secret = try await cluster.admin.get(Self.secrets, namespace: "gleaner", name: "gleaner-tls")
            let folder = FileManager.default.temporaryDirectory.appending(path: "certificate-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            let certificate = try #require(secret.at("data", "tls.crt").string.flatMap { Data(base64Encoded: $0) })
            try certificate.write(to: folder.appending(path: "tls.crt"))
            try Data((authority.at("data", "ca.crt").string ?? "").utf8).write(to: folder.appending(path: "ca.crt"))
            let answer = try run([
                "/usr/bin/openssl", "verify", "-CAfile", folder.appending(path: "ca.crt").path(),
                "-purpose", "sslserver", "-verify_hostname", "gleaner.gleaner.svc",
                folder.appending(path: "tls.crt").path(),
            ])
            #expect(answer.contains(": OK"))
            try FileManager.default.removeItem(at: folder)
        }
    }
}
