import Foundation
import Journal
import Model
import Simulation
import Testing

extension EndToEnd {
    @Suite("Two services on one journal")
    struct ElectionTests {
        @Test(
            "one acts and the other stands by; it takes over within 15 s of a kill, and at once after an orderly end",
            .timeLimit(.minutes(3))
        )
        func takeover() async throws {
            let scene = try Scene()
            try await scene.startWorld(
                speed: 200,
                arrivals: [
                    "{after: 0s, manifest: demo/training.yaml, namespace: vision, name: first, work: 90m}",
                    "{after: 40m, manifest: demo/training.yaml, namespace: vision, name: second, work: 30m}",
                ]
            )
            let first = try service(scene, "a")
            try await scene.serves("a", within: 15)
            let second = try service(scene, "b")
            try await Task.sleep(for: .seconds(4))
            #expect(second.isRunning, "\(second.errors)")
            #expect(!scene.isServing("b"))
            #expect(second.errors.contains("standing by"))

            first.kill()
            try await scene.serves("b", within: 15)
            let third = try service(scene, "c")
            let status = try await scene.wait { $0.isDone && $0.workloads.count == 2 }
            #expect(status.refusals == [])
            #expect(status.launches.filter { $0.launched > $0.asked }.map(\.clientToken) == [])
            #expect(!scene.isServing("c"))

            second.terminate()
            #expect(try await second.end().status == 0, "\(second.errors)")
            try await scene.serves("c", within: 6)
            third.kill()

            let journal = try SQLiteJournal(path: scene.path("journal.sqlite"))
            let epochs = try await journal.entries().map(\.epoch)
            #expect(epochs == epochs.sorted() && Set(epochs).count >= 2)
            try journal.close()
        }

        private func service(_ scene: Scene, _ name: String) throws -> Program {
            let arguments = try scene.serviceArguments(["--ready-file": scene.path("\(name).json")])
            return try scene.start(arguments + ["--leader-elect"], environment: scene.serviceEnvironment)
        }
    }
}

extension Scene {
    fileprivate func isServing(_ name: String) -> Bool {
        FileManager.default.fileExists(atPath: path("\(name).json"))
    }

    fileprivate func serves(_ name: String, within seconds: Double) async throws {
        let deadline = ContinuousClock.now + .seconds(seconds)
        while !isServing(name) {
            try #require(ContinuousClock.now < deadline, "\(name) did not begin to serve within \(seconds) s")
            try await Task.sleep(for: .milliseconds(50))
        }
    }
}
