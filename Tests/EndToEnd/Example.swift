import Foundation
import HTTPTransport
import Kubernetes
import Model
import Simulation
import Testing

/// deploy/examples/pytorch, as its README has people use it.
enum Example {
    static let python = ProcessInfo.processInfo.environment["GLEANER_TRAINING_PYTHON"]
    private static let folder = Program.package.appending(path: "deploy/examples/pytorch")

    /// A pool of small spot nodes, nothing else.
    ///
    /// The world is faster than the training computes: asked as often as the world's clock has it, it would do nothing else.
    static let configuration = """
        apiVersion: gleaner.dev/v1
        kind: GleanerConfiguration
        clusterName: demo
        aws:
          region: us-east-1
          interruptionQueue: gleaner-demo
          imageID: ami-00000000000000000
          subnetTags: {gleaner.dev/discovery: demo}
        pools:
          - name: small
            instanceTypes: [g4dn.xlarge, g4dn.2xlarge, g5.xlarge, g5.2xlarge, g6.xlarge, g6.2xlarge]
            capacityTypes: [spot]
        planningWindow: 5s
        idleTimeout: 120s
        checkpoints:
          askRegularly: false

        """

    /// Where a container finds `python3`.
    static var searchPath: String {
        get throws {
            let python = try #require(python)
            return "\(URL(filePath: python).deletingLastPathComponent().path()):/usr/bin:/bin"
        }
    }

    /// Starts the script by itself, on the scene's checkpoint.
    static func start(_ scene: Scene, _ arguments: [String]) throws -> Program {
        try scene.start(
            [folder.appending(path: "train.py").path(), "--folder", scene.path("checkpoints")] + arguments,
            executable: try #require(python)
        )
    }

    /// What a run comes to that nobody disturbs: its steps with their loss, and a digest of its weights.
    static func undisturbed(_ scene: Scene, steps: Int) async throws -> (steps: [String], digest: String) {
        let program = try scene.start(
            [
                folder.appending(path: "train.py").path(), "--folder", scene.path("undisturbed"),
                "--steps", "\(steps)",
            ],
            executable: try #require(python)
        )
        let outcome = try await program.end(within: 300)
        #expect(outcome.status == 0, "\(outcome.errors)")
        let lines = outcome.output.split(separator: "\n").map(String.init)
        let computed = lines.filter { $0.hasPrefix("step ") }
        #expect(computed.count == steps)
        return (computed, try #require(digest(lines)))
    }

    static func digest(_ lines: [String]) -> String? {
        lines.last { $0.hasPrefix("done at ") }?.split(separator: " ").last.map(String.init)
    }

    /// Submits the example with kubectl, changed as little as a run on this machine needs.
    static func submit(_ scene: Scene, _ contract: CheckpointContract, steps: Int) async throws {
        let copy = scene.folder.appending(path: "example")
        try FileManager.default.copyItem(at: folder, to: copy)
        let port = try freePort()
        var job = try String(contentsOf: copy.appending(path: "job.yaml"), encoding: .utf8)
        let asked = """
            gleaner.dev/checkpoint: http
                    gleaner.dev/checkpoint-url: ":\(port)/checkpoint"
            """
        let changes = [
            (
                "        #   gleaner.dev/checkpoint: http\n        #   gleaner.dev/checkpoint-url: \":8080/checkpoint\"\n",
                ""
            ),
            ("gleaner.dev/checkpoint: signal", contract == .http ? asked : "gleaner.dev/checkpoint: signal"),
            ("gleaner.dev/expected-runtime: 10m", "world.gleaner.dev/kind: outside"),
            ("\"1000\"", "\"\(steps)\""), ("\"0.5\"", "\"0.04\""),
            ("\"8080\"", "\"\(port)\", --hold, \"300\""), ("containerPort: 8080", "containerPort: \(port)"),
        ]
        for (old, new) in changes {
            try #require(job.contains(old), "job.yaml has no \(old)")
            job = job.replacing(old, with: new)
        }
        try Data(job.utf8).write(to: copy.appending(path: "job.yaml"))
        let outcome = try await Program.run(
            [
                "--kubeconfig", scene.world.kubeconfig, "--cache-dir", scene.path("cache"), "create", "--namespace",
                "default", "-k", copy.path(),
            ],
            executable: try #require(EndToEnd.KubectlWorldTests.kubectl),
            folder: scene.folder,
            within: 120
        )
        try #require(outcome.status == 0, "\(outcome.errors)")
    }

    static func job(_ scene: Scene) async throws -> JSON {
        let client = KubernetesClient(KubernetesAccess(server: try scene.world.kubernetes))
        return try await client.get(.jobs, namespace: "default", name: "pytorch-example")
    }

    /// A port that nobody listens on at this moment.
    static func freePort() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                bind(descriptor, pointer, length) == 0 && getsockname(descriptor, pointer, &length) == 0
            }
        }
        try #require(result, "no free port")
        return Int(UInt16(bigEndian: address.sin_port))
    }
}
