import Billing
import Foundation
import Kubernetes
import Model
import Testing

@testable import Autoscaler
@testable import Simulation

@Suite("Crashes, doubled and late notices in virtual time")
struct CrashTests {
    /// A run that is watched from outside: every instance that ever was, by the launch that made it.
    private struct Watched {
        let run: VirtualRun
        var instances: [String: Set<InstanceID>] = [:]

        var world: World { run.world }

        /// Terminated instances are shown for an hour, so that a look every half hour misses none.
        mutating func advance(to end: Timestamp) {
            repeat {
                run.run(until: min(end, world.now + .seconds(1800)))
                look()
            } while world.now < end && !run.isOver
        }

        mutating func look() {
            for instance in world.cloud.instances { instances[instance.clientToken, default: []].insert(instance.id) }
        }

        /// Lets time pass until the core has just decided on something that must not happen twice.
        mutating func advanceToIntent(before end: Timestamp) {
            var known = run.entries.count
            while world.now < end, !run.isOver {
                run.run(until: world.now + .milliseconds(500))
                if run.entries.dropFirst(known).contains(where: { Self.isIntent($0.fact) }) { break }
                known = run.entries.count
            }
            look()
        }

        private static func isIntent(_ fact: Fact) -> Bool {
            switch fact {
            case .launchIntended, .terminationIntended, .strayTerminationIntended, .evictionIntended: true
            default: false
            }
        }
    }

    private static func watched(seed: UInt64, adjust: (inout CloudConfiguration) -> Void = { _ in }) throws -> Watched {
        let world = try VirtualRunTests.world(seed: seed, interruptionsPerDay: 12) { cloud in
            cloud.scheduledInterruptions = [2, 4, 5, 7].map {
                ScheduledInterruption(after: .seconds($0 * 3600), count: 2)
            }
            adjust(&cloud)
        }
        let run = VirtualRun(world: world, configuration: VirtualRunTests.configuration(), seed: seed)
        return Watched(run: run)
    }

    /// What must hold at the end of every run, whatever happened on the way.
    private func check(_ watched: Watched) {
        let world = watched.world
        #expect(watched.run.isOver)
        #expect(world.refusals.isEmpty)
        #expect(world.truths.count == 7)
        for truth in world.truths {
            #expect(truth.completed, "\(truth.name)")
            #expect(truth.checkpointFitsNotice, "\(truth.name)")
            #expect(truth.lostWorkSeconds == 0, "\(truth.name)")
        }
        #expect(world.cloud.instances.allSatisfy { !$0.isLive })
        var counts: [String: Int] = [:]
        for case .launchIntended(let request, _) in watched.run.entries.map(\.fact) {
            #expect(counts.updateValue(request.count, forKey: request.id) == nil, "\(request.id) intended twice")
        }
        for (token, instances) in watched.instances {
            #expect(instances.count <= counts[token] ?? 0, "\(token) became \(instances.count) instances")
        }
        var warned: Set<InstanceID> = []
        for case .noticeReceived(let notice, _) in watched.run.entries.map(\.fact) where notice.kind == .interruption {
            #expect(warned.insert(notice.instance).inserted, "\(notice.instance) was warned of twice")
        }
        var ledger = Ledger(configuration: watched.run.configuration)
        for entry in watched.run.entries { ledger.record(entry) }
        #expect(ledger.total(now: world.now) == world.cloud.bill(at: world.now).roundedTotal)
    }

    @Test(
        "killed at ten moments of a run, it converges: nothing twice, nothing leaked, nothing lost, the books balanced",
        arguments: 1...6 as ClosedRange<UInt64>
    )
    func crashes(seed: UInt64) throws {
        var watched = try Self.watched(seed: seed)
        var generator = SeededGenerator(seed: seed, purpose: "crashes")
        var moments = (0..<10).map { _ in generator.integer(in: 0...28_800_000) }
        moments.sort()
        for (index, moment) in moments.enumerated() {
            watched.advance(to: VirtualRunTests.start + .milliseconds(moment))
            // Every other time in the middle of something.
            if index % 2 == 1 { watched.advanceToIntent(before: watched.world.now + .seconds(3600)) }
            #expect(!watched.run.isOver)
            watched.run.crash()
        }
        watched.advance(to: VirtualRunTests.start + .seconds(4 * 86_400))
        #expect(watched.run.crashes == 10)
        check(watched)
    }

    @Test(
        "killed again and again within the two minutes of a notice, it still saves all",
        arguments: [1, 2] as [UInt64]
    )
    func crashesDuringNotices(seed: UInt64) throws {
        var watched = try Self.watched(seed: seed)
        var generator = SeededGenerator(seed: seed, purpose: "crashes")
        while !watched.run.isOver, watched.world.now < VirtualRunTests.start + .seconds(4 * 86_400) {
            watched.advance(to: watched.world.now + .seconds(10))
            guard watched.world.hasOpenNotice, watched.run.crashes < 40, generator.chance(0.3) else { continue }
            watched.run.crash()
        }
        #expect(watched.run.crashes > 5)
        check(watched)
    }

    @Test("notices that come twice, late and in any order act once", arguments: 1...4 as ClosedRange<UInt64>)
    func doubledNotices(seed: UInt64) throws {
        var watched = try Self.watched(seed: seed) { cloud in
            cloud.duplicateShare = 0.5
            cloud.lateShare = 0.3
        }
        watched.advance(to: VirtualRunTests.start + .seconds(4 * 86_400))
        #expect(watched.world.interruptions >= 8)
        check(watched)
    }
}
