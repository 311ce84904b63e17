import Billing
import Foundation
import Kubernetes
import Model
import Testing

@testable import Autoscaler
@testable import Simulation

@Suite("Consolidation in virtual time")
struct ConsolidationRunTests {
    private static let start = VirtualRunTests.start

    private static func configuration(_ policy: Disruption.Policy) -> GleanerConfiguration {
        var result = VirtualRunTests.configuration()
        for index in result.pools.indices {
            result.pools[index].disruption = Disruption(
                policy: policy,
                minimumNodeAge: .seconds(600),
                budgets: [DisruptionBudget(nodes: .percent(50))]
            )
        }
        return result
    }

    /// Machines for four on which a job of three and one of one are packed together; the larger ends early, and leaves
    /// the other alone.
    private static func run(
        seed: UInt64,
        _ policy: Disruption.Policy,
        interruptionsPerDay: Double = 0
    ) throws -> VirtualRun {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let catalogue = try CloudCatalogue.load(
            path: root.appending(path: "config/catalogues/aws-us-east-1.csv").path()
        )
        var cloud = CloudConfiguration(seed: seed, startsAt: start)
        cloud.interruptionsPerDay = interruptionsPerDay
        let arrivals = (0..<3).flatMap { index in
            [
                VirtualRunTests.job("large-\(index)", gpus: 3, work: "\(60 + 90 * index)m", after: 60),
                VirtualRunTests.job("small-\(index)", gpus: 1, work: "10h", after: 60),
            ]
        }
        let world = World(
            cloud: CloudModel(configuration: cloud, catalogue: catalogue),
            seed: seed,
            arrivals: arrivals
        )
        return VirtualRun(world: world, configuration: configuration(policy), seed: seed)
    }

    private func check(_ run: VirtualRun) {
        let world = run.world
        #expect(run.isOver)
        #expect(world.refusals.isEmpty)
        #expect(world.truths.count == 6)
        for truth in world.truths {
            #expect(truth.completed, "\(truth.name)")
            #expect(truth.lostWorkSeconds == 0, "\(truth.name)")
        }
        #expect(world.cloud.instances.allSatisfy { !$0.isLive })
        var ledger = Ledger(configuration: run.configuration)
        for entry in run.entries { ledger.record(entry) }
        #expect(ledger.total(now: world.now) == world.cloud.bill(at: world.now).roundedTotal)
        let replayed = Autoscaler(configuration: run.configuration, identity: "virtual", entries: run.entries)
        #expect(replayed.state == run.core.state)
    }

    /// Those apart by which the spot policy moves work.
    private func intents(_ run: VirtualRun) -> [ConsolidationIntent] {
        run.entries.compactMap { if case .consolidationIntended(let intent) = $0.fact { intent } else { nil } }
            .filter { $0.reason != .repriced }
    }

    @Test("half-empty nodes are given up, it costs less, no work is lost, and the books equal the bill")
    func saves() throws {
        let kept = try Self.run(seed: 5, .whenEmpty)
        kept.run(until: Self.start + .seconds(4 * 86_400))
        check(kept)
        #expect(intents(kept).isEmpty)
        let moved = try Self.run(seed: 5, .whenEmptyOrUnderutilized)
        moved.run(until: Self.start + .seconds(4 * 86_400))
        check(moved)
        #expect(!intents(moved).isEmpty)
        let costs = [kept, moved].map { $0.world.cloud.bill(at: $0.world.now).roundedTotal }
        print("consolidation: \(costs[0]) -> \(costs[1])", intents(moved).map(\.summary))
        #expect(costs[1] < costs[0])
    }

    @Test(
        "killed in the middle of every move, and interrupted beside, it converges: nothing lost, the books balanced",
        arguments: 1...3 as ClosedRange<UInt64>
    )
    func crashes(seed: UInt64) throws {
        let run = try Self.run(seed: seed, .whenEmptyOrUnderutilized, interruptionsPerDay: 4)
        var generator = SeededGenerator(seed: seed, purpose: "crashes")
        var known = 0
        var wasOpen = 0
        while !run.isOver, run.world.now < Self.start + .seconds(6 * 86_400) {
            run.run(until: run.world.now + .seconds(30))
            let isOpen = !run.core.state.consolidations.isEmpty
            if isOpen { wasOpen += 1 }
            let isNew = intents(run).count > known
            known = intents(run).count
            guard run.crashes < 30, isNew || (isOpen && generator.chance(0.2)) else { continue }
            run.crash()
        }
        #expect(wasOpen > 0)
        #expect(run.crashes > 0)
        check(run)
    }

    @Test("no more nodes of a pool are on their way out by our own choice than its budget allows")
    func budgets() throws {
        let run = try Self.run(seed: 9, .whenEmptyOrUnderutilized)
        while !run.isOver, run.world.now < Self.start + .seconds(4 * 86_400) {
            let before = run.entries.count
            run.run(until: run.world.now + .seconds(20))
            let drains = run.entries.dropFirst(before).contains { entry in
                if case .claimDraining = entry.fact { true } else { false }
            }
            guard drains else { continue }
            for pool in run.configuration.pools {
                let claims = run.core.state.claims.values.filter {
                    $0.pool == pool.name && $0.phase != .launching && $0.phase != .booting
                }
                let out = claims.filter { $0.phase != .initialised }.count
                #expect(out <= (claims.count + 1) / 2)
            }
        }
        check(run)
    }
}
