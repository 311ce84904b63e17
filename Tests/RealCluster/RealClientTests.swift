import Foundation
import HTTPTransport
import Kubernetes
import Testing

extension RealClusterTests {
    @Suite("Client on a real API server")
    struct ClientTests {
        private let cluster: RealCluster

        init() throws {
            cluster = try RealCluster()
        }

        /// Makes more objects than a page holds.
        private func manyConfigMaps(_ count: Int) async throws -> String {
            let cluster = cluster
            let namespace = try await cluster.namespace()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<count {
                    if number >= 20 { try await group.next() }
                    group.addTask { _ = try await cluster.configMap("c-\(number)", in: namespace) }
                }
                try await group.waitForAll()
            }
            return namespace
        }

        @Test("a list of several pages is whole, also when its pages expire under way")
        func pages() async throws {
            let namespace = try await manyConfigMaps(620)
            let isFirst = Locked(true)
            let listing = try await cluster.admin.list(RealCluster.configMaps, namespace: namespace) { object in
                let compacts = isFirst.withLock { isFirst in
                    defer { isFirst = false }
                    return isFirst
                }
                // While the first page is read: the token of the second one stands for a version that is gone.
                if compacts { try RealCluster.compact() }
                return object.name
            }
            let own = listing.items.filter { $0.hasPrefix("c-") }
            #expect(Set(own).count == 620 && own.count == 620)
            #expect(!isFirst.withLock { $0 })
        }

        @Test("a watch from a version that was compacted away says that it expired")
        func expired() async throws {
            let namespace = try await cluster.namespace()
            let old = try await cluster.configMap("a", in: namespace).version
            _ = try await cluster.configMap("b", in: namespace)
            try RealCluster.compact()
            await #expect(
                throws: KubernetesError.expired(request: "watch of /api/v1/namespaces/\(namespace)/configmaps")
            ) {
                _ = try await cluster.admin.watch(RealCluster.configMaps, namespace: namespace, from: old) { _ in }
            }
        }

        @Test("watches that the server ends go on where they were: nothing is missed, nothing comes twice")
        func resume() async throws {
            let cluster = cluster
            let namespace = try await cluster.namespace()
            let short = KubernetesClient(try RealCluster.access("admin"), watching: WatchHabits(seconds: 1))
            var version = try await short.list(.pods, namespace: namespace) { $0.name }.resourceVersion
            let writing = Task {
                for number in 0..<30 {
                    _ = try await cluster.pod("p-\(number)", in: namespace)
                    try await Task.sleep(for: .milliseconds(100))
                }
            }
            let seen = Locked<[String: [String]]>([:])
            _ = try await RealCluster.until {
                version = try await short.watch(.pods, namespace: namespace, from: version) { changes in
                    for case .changed(let pod) in changes {
                        seen.withLock { $0[pod.name, default: []].append(pod.version) }
                    }
                }
                return seen.withLock { $0.count == 30 }
            }
            try await writing.value
            let all = seen.withLock { $0 }
            #expect(all.count == 30)
            #expect(all.allSatisfy { Set($0.value).count == $0.value.count })
        }

        @Test("bookmarks move a watch on that brings no changes")
        func bookmarks() async throws {
            let quiet = try await cluster.namespace()
            let busy = try await cluster.namespace()
            let client = KubernetesClient(try RealCluster.access("admin"), watching: WatchHabits(seconds: 4))
            let start = try await client.list(.pods, namespace: quiet) { $0.name }.resourceVersion
            let elsewhere = try await cluster.pod("p", in: busy).version
            let end = try await client.watch(.pods, namespace: quiet, from: start) { _ in
                Issue.record("a change in a namespace without any")
            }
            #expect(try #require(Int(end)) >= #require(Int(elsewhere)))
        }

        @Test("a client certificate, a credential command and another name for TLS are taken")
        func credentials() async throws {
            try await KubernetesClient(RealCluster.access("certificate")).probe(.nodes)

            let admin = try RealCluster.access("admin")
            guard case .token(let token) = admin.credential else {
                Issue.record("the admin has no token")
                return
            }
            var access = admin
            let kind = #""kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1""#
            access.credential = .exec(
                ExecPlugin(
                    command: "sh",
                    arguments: ["-c", #"echo '{\#(kind),"status":{"token":"'$TOKEN'"}}'"#],
                    environment: ["PATH": "/usr/bin:/bin", "TOKEN": token]
                )
            )
            try await KubernetesClient(access).probe(.nodes)

            access = admin
            access.tls.serverName = "kubernetes"
            try await KubernetesClient(access).probe(.nodes)
            access.tls.serverName = "other.test"
            do {
                try await KubernetesClient(access).probe(.nodes)
                Issue.record("a certificate of another name was taken")
            } catch .transport(.tls) {
            }
            access = admin
            access.tls.authorities = nil
            do {
                try await KubernetesClient(access).probe(.nodes)
                Issue.record("a certificate of an unknown authority was taken")
            } catch .transport(.tls) {
            }
            access.tls.verifiesPeer = false
            try await KubernetesClient(access).probe(.nodes)
        }

        @Test("a token that the server does not know is said")
        func unknown() async throws {
            var access = try RealCluster.access("admin")
            access.credential = .token("nobody")
            do {
                try await KubernetesClient(access).probe(.pods)
                Issue.record("an unknown token was taken")
            } catch {
                #expect(
                    error.description
                        == "GET /api/v1/pods: the API server does not know us (Unauthorized): "
                        + "check the token or client certificate"
                )
            }
        }
    }
}
