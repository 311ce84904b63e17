import Foundation
import HTTPTransport
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
            try await first.leads(within: 15)
            let second = try service(scene, "b")
            try await scene.serves("b", within: 15)
            try await Task.sleep(for: .seconds(4))
            #expect(second.isRunning, "\(second.errors)")
            #expect(!second.isLeading)
            #expect(second.errors.contains("standing by"))
            try await expectStandby(scene, "b")

            first.kill()
            try await second.leads(within: 15)
            let third = try service(scene, "c")
            let status = try await scene.wait { $0.isDone && $0.workloads.count == 2 }
            #expect(status.refusals == [])
            #expect(status.launches.filter { $0.launched > $0.asked }.map(\.clientToken) == [])
            #expect(!third.isLeading)
            let fourth = try service(scene, "d")
            try await scene.serves("d", within: 15)
            fourth.terminate()
            #expect(try await fourth.end().status == 0, "one that stood by: \(fourth.errors)")

            second.terminate()
            #expect(try await second.end().status == 0, "\(second.errors)")
            try await third.leads(within: 6)
            third.kill()

            let journal = try SQLiteJournal(path: scene.path("journal.sqlite"))
            let epochs = try await journal.entries().map(\.epoch)
            #expect(epochs == epochs.sorted() && Set(epochs).count >= 2)
            try journal.close()
        }

        @Test(
            "a leader that was asleep while another one took over ends when it wakes, and nothing of it counts any more",
            .timeLimit(.minutes(3))
        )
        func sleeper() async throws {
            let scene = try Scene()
            let work = "{after: 0s, manifest: demo/training.yaml, namespace: vision, name: first, work: 90m}"
            try await scene.startWorld(speed: 200, arrivals: [work])
            let first = try service(scene, "a")
            try await first.leads(within: 15)
            let second = try service(scene, "b")
            try await scene.serves("b", within: 15)
            // Both are to have written something in the end.
            _ = try await scene.wait { !$0.launches.isEmpty }
            first.freeze()
            // It holds the journal open, and its lease is as good as new.
            try await second.leads(within: 15)
            first.thaw()
            let outcome = try await first.end()
            #expect(outcome.status == 1)
            #expect(outcome.errors.contains("leadership "), "\(outcome.errors)")
            let status = try await scene.wait { $0.isDone && $0.workloads.count == 1 }
            #expect(status.launches.filter { $0.launched > $0.asked }.map(\.clientToken) == [])
            second.terminate()
            #expect(try await second.end().status == 0, "\(second.errors)")
            let journal = try SQLiteJournal(path: scene.path("journal.sqlite"))
            let epochs = try await journal.entries().map(\.epoch)
            #expect(epochs == epochs.sorted() && Set(epochs).count == 2)
            try journal.close()
        }

        /// Alive, not ready, and of no opinion about anything.
        private func expectStandby(_ scene: Scene, _ name: String) async throws {
            let data = try Data(contentsOf: URL(filePath: scene.path("\(name).json")))
            let url = try #require(try JSONDecoder().decode([String: String].self, from: data)["url"])
            func ask(_ path: String) async throws -> (status: Int, text: String) {
                let answer = try await scene.http.send(HTTPRequest(url: url + path), maximumBodyBytes: 1 << 20)
                return (answer.status, String(decoding: answer.body, as: UTF8.self))
            }
            #expect(try await ask("/livez").status == 200)
            let ready = try await ask("/readyz")
            #expect(ready.status == 503 && ready.text.contains("Stands by: ") && ready.text.contains(" leads."))
            let costs = try await ask("/api/v1/costs")
            #expect(costs.status == 503 && costs.text.contains("Ask the process that leads."))
            #expect(try await ask("/metrics").text.contains("gleaner_leader 0"))
        }

        private func service(_ scene: Scene, _ name: String) throws -> Program {
            let arguments = try scene.serviceArguments(["--ready-file": scene.path("\(name).json")])
            return try scene.start(arguments + ["--leader-elect"], environment: scene.serviceEnvironment)
        }
    }
}

extension Program {
    fileprivate var isLeading: Bool { errors.contains("leading") }

    fileprivate func leads(within seconds: Double) async throws {
        let deadline = ContinuousClock.now + .seconds(seconds)
        while !isLeading {
            try #require(ContinuousClock.now < deadline, "it did not begin to lead within \(seconds) s: \(errors)")
            try await Task.sleep(for: .milliseconds(50))
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
