import Foundation
import Testing

extension EndToEnd {
    @Suite("A month from files")
    struct SimulateClusterTests {
        private func run(_ arguments: [String]) async throws -> Program.Outcome {
            let folder = FileManager.default.temporaryDirectory.appending(path: "gleaner-month-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: folder) }
            let workloads = folder.appending(path: "one.yaml")
            let text = """
                apiVersion: v1
                kind: Pod
                metadata:
                  name: probe
                  creationTimestamp: "2026-10-01T09:00:00Z"
                  annotations: {world.gleaner.dev/work: 20m}
                spec: {containers: [{name: probe, image: a, resources: {limits: {nvidia.com/gpu: "1"}}}]}
                """
            try Data(text.utf8).write(to: workloads)
            return try await Program.run(
                [
                    "simulate", "cluster", "--workloads", workloads.path(), "--traces", "config/replay/traces",
                    "--prices", "config/catalogues/aws-us-east-1.csv", "--config", "config/replay/gleaner.yaml",
                ] + arguments,
                folder: folder,
                within: 120
            )
        }

        @Test("data on standard output, notes on standard error, and no bar where nobody looks")
        func formats() async throws {
            let table = try await run([])
            #expect(table.status == 0, "\(table.errors)")
            #expect(table.output.split(separator: "\n").contains { $0.hasPrefix("finished") && $0.hasSuffix("1 of 1") })
            #expect(table.errors.contains("gleaner: 1 workloads, submitted 2026-10-01T09:00:00Z"))
            #expect(!table.errors.contains("\r") && !table.errors.contains("["))
            let json = try await run(["-o", "json"])
            #expect(try JSONSerialization.jsonObject(with: Data(json.output.utf8)) is [String: Any])
            let csv = try await run(["-o", "csv"])
            #expect(csv.output.hasPrefix("configuration,totalCost,"))
        }

        @Test("what is wrong with a file or an option is said, and the exit code is not 0")
        func wrong() async throws {
            let missing = try await run(["--config", "nowhere.yaml"])
            #expect(missing.status == 2 && missing.errors.contains("nowhere.yaml: there is no such file"))
            let patience = try await run(["--patience", "soon"])
            #expect(patience.status == 64 && patience.errors.contains("must be a duration such as 36h or 14d"))
            let prices = try await run(["--prices", "nowhere.json"])
            #expect(prices.status == 1 && prices.errors.contains("gleaner: nowhere.json: no such file"))
        }
    }
}
