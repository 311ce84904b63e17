import Foundation
import Journal
import Model
import Simulation
import Testing

extension EndToEnd {
    @Suite("A service that is killed")
    struct KillTests {
        @Test("ten times at random moments, it converges and loses nothing", .timeLimit(.minutes(5)))
        func killed() async throws {
            let seed = ProcessInfo.processInfo.environment["GLEANER_SEED"].flatMap(UInt64.init) ?? 20_260_803
            var chance = SeededGenerator(seed: seed, purpose: "kills")
            let scene = try Scene()
            try await scene.startWorld(
                speed: 1000,
                arrivals: [
                    "{after: 0s, manifest: demo/training.yaml, namespace: vision, name: first, work: 90m}",
                    "{after: 5m, manifest: demo/training.yaml, namespace: vision, name: second, work: 2h}",
                    "{after: 10m, manifest: demo/gang-v100.yaml, namespace: language, name: gang, work: 1h}",
                    "{after: 15m, manifest: demo/notebook.yaml, namespace: platform, name: notebook, work: 30m}",
                    "{after: 20m, manifest: demo/training.yaml, namespace: language, name: third, work: 90m}",
                    "{after: 1h, manifest: demo/training.yaml, namespace: platform, name: fourth, work: 1h}",
                ],
                interruptions: [
                    #"{after: 40m, offering: "*/*/spot", count: 2}"#, #"{after: 90m, offering: "*/*/spot"}"#,
                    #"{after: 100m, offering: "*/*/spot"}"#,
                ]
            )
            var service = try scene.startService()
            var moments: [String] = []
            for _ in 0..<10 {
                let wait = chance.integer(in: 300...2500)
                try await Task.sleep(for: .milliseconds(wait))
                // One that had ended by itself would not have been killed.
                #expect(service.isRunning, "\(service.errors)")
                service.kill()
                moments.append("\(wait) ms, world \(try await scene.status().now)")
                service = try scene.startService()
            }
            print("killed, by seed \(seed), after: \(moments.joined(separator: "; "))")

            // What waits for spot may do so for half an hour, and beside others a machine is slow.
            let status = try await scene.wait(180) { $0.isDone && $0.workloads.count == 6 }
            #expect(status.workloads.filter { !$0.completed }.map(\.name) == [])
            #expect(status.refusals == [])
            #expect(status.liveInstances == 0)
            #expect(status.interruptions >= 3)
            #expect(status.launches.filter { $0.launched > $0.asked }.map(\.clientToken) == [])
            let lost = status.workloads.filter { $0.checkpointFitsNotice && $0.lostWorkSeconds > 0 }
            #expect(lost.map { "\($0.name): \($0.lostWorkSeconds) s" } == [])
            try await expectBooks(scene, service, equal: status.meterCost.formatted())

            service.terminate()
            #expect(try await service.end().status == 0, "\(service.errors)")
            try await expectIntents(scene, status)
        }

        /// The books know the last end a moment after the world does.
        private func expectBooks(_ scene: Scene, _ service: Program, equal bill: String) async throws {
            let url = try await scene.address(of: service)
            var costs = try await scene.costs(url)
            for _ in 0..<100 where costs.isEstimated || costs.total.totalCost != bill {
                try await Task.sleep(for: .milliseconds(100))
                costs = try await scene.costs(url)
            }
            #expect(costs.total.totalCost == bill)
            #expect(!costs.isEstimated)
        }

        /// Every launch the cloud ever saw was in the journal before, and ended there.
        private func expectIntents(_ scene: Scene, _ status: WorldStatus) async throws {
            let journal = try SQLiteJournal(path: scene.path("journal.sqlite"))
            var intended: [LaunchID: Int] = [:]
            var ended: Set<LaunchID> = []
            var epochs: Set<Int64> = []
            for entry in try await journal.entries() {
                epochs.insert(entry.epoch)
                switch entry.fact {
                case .launchIntended(let request, _):
                    #expect(intended.updateValue(request.count, forKey: request.id) == nil, "\(request.id) twice")
                case .launchEnded(let id, _): ended.insert(id)
                default: break
                }
            }
            #expect(ended == Set(intended.keys))
            for launch in status.launches {
                #expect(intended[launch.clientToken] == launch.asked, "\(launch.clientToken)")
            }
            print("\(epochs.count) epochs wrote, \(intended.count) launches, \(status.launchedInstances) instances")
            try journal.close()
        }
    }
}
