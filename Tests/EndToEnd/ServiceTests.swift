import Foundation
import Model
import Simulation
import Testing

extension EndToEnd {
    @Suite("A running service")
    struct ServiceTests {
        private static let training =
            "{after: 0s, manifest: demo/training.yaml, namespace: vision, name: train, work: 30m}"

        @Test("launches nothing while it is paused, also after a restart, and goes on when it is resumed")
        func pause() async throws {
            let scene = try Scene()
            // Work comes after five seconds of the wall clock: by then the service is paused.
            try await scene.startWorld(
                speed: 300,
                arrivals: ["{after: 25m, manifest: demo/training.yaml, namespace: vision, name: train, work: 10m}"]
            )
            var service = try scene.startService()
            let first = try await scene.address(of: service)
            #expect(try await scene.post("\(first)/api/v1/pause") == 200)
            // An answered request may still be on its way to the journal.
            try await Task.sleep(for: .milliseconds(500))
            service.terminate()
            #expect(try await service.end().status == 0, "\(service.errors)")
            service = try scene.startService()
            let second = try await scene.address(of: service)
            _ = try await scene.wait { $0.workloads.count == 1 }
            try await Task.sleep(for: .seconds(2))
            #expect(try await scene.status().launches.isEmpty)
            #expect(try await scene.post("\(second)/api/v1/resume") == 200)
            let status = try await scene.wait { $0.isDone && $0.workloads.count == 1 }
            #expect(status.liveInstances == 0)
        }

        @Test("is restarted by SIGTERM in the middle of the work, goes on, and is reported in three formats")
        func report() async throws {
            let scene = try Scene()
            try await scene.startWorld(arrivals: [Self.training])
            var service = try scene.startService()
            _ = try await scene.wait { $0.liveInstances > 0 }
            service.terminate()
            #expect(try await service.end().status == 0, "\(service.errors)")
            service = try scene.startService()
            let url = try await scene.address(of: service)
            let status = try await scene.wait { $0.isDone && $0.workloads.count == 1 }
            #expect(status.launchedInstances == 1)
            #expect(status.workloads.first?.attempts == 1)
            let bill = status.meterCost.formatted()
            for _ in 0..<50 where try await scene.costs(url).total.totalCost != bill {
                try await Task.sleep(for: .milliseconds(100))
            }
            #expect(try await scene.costs(url).total.totalCost == bill)

            let table = try await report(scene, url, [])
            #expect(table.contains("TEAM"))
            #expect(table.split(separator: "\n").last?.contains(bill) == true, "\(table)")
            let json = try await report(scene, url, ["-o", "json"])
            #expect(try JSONDecoder().decode(Costs.self, from: Data(json.utf8)).total.totalCost == bill)
            let csv = try await report(scene, url, ["-o", "csv", "--aggregate", "workload"])
            #expect(csv.split(whereSeparator: \.isNewline).contains { $0.contains("vision/train,") }, "\(csv)")
            let refused = try await Program.run(
                ["report", "--server", url, "--window", "often"],
                folder: scene.folder
            )
            #expect(refused.status == 1)
            #expect(refused.errors.contains("window"), "\(refused.errors)")
        }

        private func report(_ scene: Scene, _ url: String, _ options: [String]) async throws -> String {
            let outcome = try await Program.run(["report", "--server", url] + options, folder: scene.folder)
            #expect(outcome.status == 0, "\(outcome.errors)")
            #expect(outcome.errors.isEmpty)
            return outcome.output
        }
    }
}
