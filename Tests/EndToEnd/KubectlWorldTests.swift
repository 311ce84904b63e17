import Foundation
import Simulation
import Testing

extension EndToEnd {
    @Suite("kubectl against a world's process")
    struct KubectlWorldTests {
        static let kubectl = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
            .map { "\($0)/kubectl" }.first { FileManager.default.isExecutableFile(atPath: $0) }

        private static let job = """
            apiVersion: batch/v1
            kind: Job
            metadata: {name: by-hand, namespace: vision}
            spec:
              template:
                metadata:
                  annotations: {gleaner.dev/checkpoint: signal, world.gleaner.dev/work: 20m}
                spec:
                  restartPolicy: Never
                  tolerations: [{key: nvidia.com/gpu, operator: Exists, effect: NoSchedule}]
                  containers:
                    - name: main
                      image: registry.example/research/train:2026.7
                      resources:
                        requests: {cpu: "2", memory: 8Gi, nvidia.com/gpu: "1"}
                        limits: {nvidia.com/gpu: "1"}
            """

        @Test(
            "a Job that is created by hand gets a node, completes, and is seen on its way",
            .enabled(if: kubectl != nil, "kubectl is not installed; on Debian: apt-get install kubernetes-client")
        )
        func createdByHand() async throws {
            let scene = try Scene()
            // The world's own arrival makes the namespace.
            try await scene.startWorld(
                speed: 300,
                arrivals: ["{after: 0s, manifest: demo/training.yaml, namespace: vision, name: other, work: 10m}"]
            )
            let service = try scene.startService()
            _ = try await scene.wait { !$0.workloads.isEmpty }
            let file = try scene.write("job.yaml", Self.job)
            #expect(try await run(scene, ["create", "-f", file]).contains("job.batch/by-hand created"))
            _ = try await scene.wait { status in status.liveInstances > 0 }
            let pods = try await run(scene, ["get", "pods", "--namespace", "vision"])
            #expect(pods.contains("by-hand-"), "\(pods)")
            try await expectSoon("a node") { try await run(scene, ["get", "nodes"]).contains("Ready") }
            _ = try await run(
                scene,
                ["wait", "--namespace", "vision", "--for=condition=complete", "job/by-hand", "--timeout=45s"]
            )
            let jobs = try await run(scene, ["get", "jobs", "--namespace", "vision", "by-hand"])
            #expect(jobs.contains("1/1"), "\(jobs)")
            let status = try await scene.wait { $0.isDone }
            #expect(status.workloads.map(\.name) == ["by-hand", "other"])
            #expect(service.isRunning)
        }

        private func expectSoon(_ what: String, _ isSo: () async throws -> Bool) async throws {
            for _ in 0..<50 {
                if try await isSo() { return }
                try await Task.sleep(for: .milliseconds(100))
            }
            Issue.record("\(what) did not show within 5 s")
        }

        private func run(_ scene: Scene, _ arguments: [String]) async throws -> String {
            let outcome = try await Program.run(
                ["--kubeconfig", scene.world.kubeconfig, "--cache-dir", scene.path("cache")] + arguments,
                executable: try #require(Self.kubectl),
                folder: scene.folder,
                within: 60
            )
            #expect(outcome.status == 0, "kubectl \(arguments): \(outcome.errors)")
            return outcome.output
        }
    }
}
