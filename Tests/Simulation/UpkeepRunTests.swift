import Billing
import Foundation
import Kubernetes
import Model
import Testing

@testable import Autoscaler
@testable import Simulation

@Suite("Upkeep in virtual time")
struct UpkeepRunTests {
    private static let start = VirtualRunTests.start

    /// What the run must hold at its end, whatever went wrong on the way.
    private func check(_ run: VirtualRun, losesNothing: Bool = true) {
        let world = run.world
        #expect(run.isOver)
        #expect(world.refusals.isEmpty)
        for truth in world.truths {
            #expect(truth.completed, "\(truth.name)")
            if losesNothing { #expect(truth.lostWorkSeconds == 0, "\(truth.name)") }
        }
        #expect(world.cloud.instances.allSatisfy { !$0.isLive })
        var ledger = Ledger(configuration: run.configuration)
        for entry in run.entries { ledger.record(entry) }
        #expect(ledger.total(now: world.now) == world.cloud.bill(at: world.now).roundedTotal)
        let replayed = Autoscaler(configuration: run.configuration, identity: "virtual", entries: run.entries)
        #expect(replayed.state == run.core.state)
    }

    @Test(
        "machines that become impaired under a gang and single jobs are replaced, and no saved work is lost",
        arguments: [1, 2] as [UInt64]
    )
    func impairments(seed: UInt64) throws {
        let world = try VirtualRunTests.world(seed: seed, interruptionsPerDay: 1) { cloud in
            cloud.scheduledImpairments = [
                ScheduledImpairment(after: .seconds(3 * 3600), pattern: OfferingPattern(instanceType: "g*"), count: 2),
                ScheduledImpairment(after: .seconds(4 * 3600), pattern: OfferingPattern(instanceType: "p*")),
            ]
        }
        let run = VirtualRun(world: world, configuration: VirtualRunTests.configuration(), seed: seed)
        run.run(until: Self.start + .seconds(3 * 86_400))
        check(run)
        let moved = run.entries.filter { entry in
            if case .interruptionStep(.relocationIntended(let relocation)) = entry.fact {
                relocation.cause == .impaired
            } else {
                false
            }
        }
        #expect(!moved.isEmpty)
        // None was left as it was: what the checks found is gone long before the work was done.
        for instance in world.cloud.instances where instance.impairedAt != nil { #expect(!instance.isLive) }
    }

    @Test("killed while impaired machines are replaced, it converges all the same", arguments: [3, 4] as [UInt64])
    func crashes(seed: UInt64) throws {
        let world = try VirtualRunTests.world(seed: seed, interruptionsPerDay: 2) { cloud in
            cloud.scheduledImpairments = [ScheduledImpairment(after: .seconds(3 * 3600), count: 3)]
        }
        let run = VirtualRun(world: world, configuration: VirtualRunTests.configuration(), seed: seed)
        var generator = SeededGenerator(seed: seed, purpose: "crashes")
        while !run.isOver, run.world.now < Self.start + .seconds(4 * 86_400) {
            run.run(until: run.world.now + .seconds(5))
            let isMoving = !run.core.state.relocations.isEmpty
            guard run.crashes < 20, isMoving, generator.chance(0.3) else { continue }
            run.crash()
        }
        #expect(run.crashes > 0)
        check(run)
    }

    @Test("nodes that reach their age are replaced within budgets, jobs move without losing work, gangs are left alone")
    func ages() throws {
        var configuration = VirtualRunTests.configuration()
        for index in configuration.pools.indices {
            configuration.pools[index].disruption.expireAfter = .seconds(2 * 3600)
        }
        let world = try VirtualRunTests.world(seed: 7, interruptionsPerDay: 0)
        let run = VirtualRun(world: world, configuration: configuration, seed: 7)
        run.run(until: Self.start + .seconds(3 * 86_400))
        check(run)
        let intents = run.entries.compactMap { entry in
            if case .consolidationIntended(let intent) = entry.fact { intent } else { nil }
        }
        #expect(intents.contains { $0.reason == .expired })
        let gang = world.truths.first { $0.name.contains("llm") }
        #expect(gang != nil)
        #expect(intents.allSatisfy { intent in intent.workloads.allSatisfy { $0.kind != "Gang" } })
        // The gang ran once, from its first attempt to its end.
        let starts = run.entries.compactMap { entry -> Attempt? in
            if case .attemptStarted(let attempt) = entry.fact, attempt.workload.kind == "Gang" { attempt } else { nil }
        }
        #expect(starts.count == 1)
    }

    @Test("quotas hold back what EC2 would refuse, the decision says that it is a quota, and all work is done in turn")
    func quotas() throws {
        let spot = Quota(family: .graphics, isSpot: true)
        let onDemand = Quota(family: .graphics, isSpot: false)
        let arrivals = (0..<8).map { VirtualRunTests.job("train-\($0)", gpus: 1, work: "1h", after: Int64($0)) }
        let world = try VirtualRunTests.world(seed: 11, interruptionsPerDay: 1, arrivals: arrivals) { cloud in
            // What is larger, and of another quota, is not to be had at all.
            cloud.quotas = [
                spot: 12, onDemand: 4, Quota(family: .p, isSpot: true): 0, Quota(family: .p, isSpot: false): 0,
            ]
        }
        let run = VirtualRun(world: world, configuration: VirtualRunTests.configuration(), seed: 11)
        var most: [Quota: Int64] = [:]
        while !run.isOver, run.world.now < Self.start + .seconds(2 * 86_400) {
            run.run(until: run.world.now + .seconds(30))
            for quota in [spot, onDemand] { most[quota] = max(most[quota] ?? 0, world.cloud.used(of: quota)) }
        }
        check(run)
        #expect((most[spot] ?? 0) <= 12 && (most[onDemand] ?? 0) <= 4)
        let said = run.entries.contains { entry in
            guard case .explained(let explanation) = entry.fact else { return false }
            let words = [explanation.summary] + explanation.rejected.map(\.reason)
            return words.contains { $0.contains("the account's quota") }
        }
        #expect(said)
    }
}
