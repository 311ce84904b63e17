import Billing
import Foundation
import Kubernetes
import Model
import Testing

@testable import Autoscaler
@testable import Simulation

@Suite("The spot policy in virtual time")
struct SpotPolicyRunTests {
    private static let start = VirtualRunTests.start
    /// A tick of the capacity below.
    private static let tick: Int64 = 600

    private static func configuration() -> GleanerConfiguration {
        var result = VirtualRunTests.configuration()
        for index in result.pools.indices { result.pools[index].acceptedAnnotations = ["deadline"] }
        return result
    }

    private static func job(
        _ name: String,
        gpus: Int = 1,
        ranks: Int = 1,
        hours: Int,
        deadline: Double? = nil,
        checkpoint: String = "signal"
    ) -> World.Arrival {
        var arrival = VirtualRunTests.job(name, gpus: gpus, ranks: ranks, work: "\(hours)h")
        func annotate(_ key: String, _ value: String) {
            arrival.objects[0]["spec"]["template"]["metadata"]["annotations"]["gleaner.dev/\(key)"] = .string(value)
        }
        annotate("checkpoint", checkpoint)
        if let deadline { annotate("deadline", "\(start + .seconds(Int64(deadline * 3600)))") }
        return arrival
    }

    /// Spot capacity by ticks, in all zones alike; the last tick lasts.
    private static func run(
        seed: UInt64,
        _ arrivals: [World.Arrival],
        spot: [Int64],
        pace: ClusterPace = ClusterPace()
    ) throws -> VirtualRun {
        let counts = spot + Array(repeating: spot.last ?? 0, count: 6 * 24 * 7)
        let trace = try CapacityTrace(gapSeconds: tick, counts: counts)
        let world = try VirtualRunTests.world(seed: seed, interruptionsPerDay: 0, arrivals: arrivals, pace: pace) {
            $0.capacityRules = [CapacityRule(OfferingPattern(capacityType: .spot), .trace(trace, factor: 40))]
        }
        return VirtualRun(world: world, configuration: configuration(), seed: seed)
    }

    /// Runs to the end, and sees that all of it was done, that nothing saved was lost, and that the books balance.
    private func finish(_ run: VirtualRun) {
        run.run(until: Self.start + .seconds(5 * 86_400))
        let world = run.world
        #expect(run.isOver)
        #expect(world.refusals.isEmpty)
        for truth in world.truths { #expect(truth.completed, "\(truth.name)") }
        var books = Ledger(configuration: run.configuration)
        for entry in run.entries { books.record(entry) }
        #expect(books.total(now: world.now).rounded(places: 2) == world.cloud.bill(at: world.now).roundedTotal)
        let replayed = Autoscaler(configuration: run.configuration, identity: "virtual", entries: run.entries)
        #expect(replayed.state == run.core.state)
    }

    private func late(_ run: VirtualRun, _ deadlines: [String: Double]) -> [String] {
        run.world.truths.compactMap { truth in
            guard let hours = deadlines[truth.name], let end = truth.endedAt else { return nil }
            return end <= Self.start + .seconds(Int64(hours * 3600)) ? nil : "\(truth.name) at \(end)"
        }
    }

    /// Moves that were begun, those apart that the cloud refused: by workload, in order.
    private func moves(_ run: VirtualRun) -> [(workload: String, isUrgent: Bool, summary: String)] {
        var intents: [ConsolidationIntent] = []
        var result: [(workload: String, isUrgent: Bool, summary: String)] = []
        for entry in run.entries {
            if case .consolidationIntended(let intent) = entry.fact, intent.reason == .repriced {
                intents.append(intent)
            }
            guard case .interruptionStep(.relocationIntended(let relocation)) = entry.fact,
                let intent = intents.last(where: { $0.claims.first == relocation.claim })
            else { continue }
            result.append((intent.workloads.first?.name ?? "", intent.isUrgent == true, intent.summary))
        }
        return result
    }

    /// Six hours of work each, with from a quarter of an hour to a day to spare, alone and in a gang.
    private static let deadlines: [String: Double] = [
        "tight": 6.25, "close": 6.75, "usual": 8, "easy": 12, "far": 30, "gang": 7, "unsaved": 9,
    ]

    private static func trainings() -> [World.Arrival] {
        deadlines.sorted { $0.key < $1.key }.map { name, deadline in
            job(
                name,
                gpus: name == "gang" ? 8 : 1,
                ranks: name == "gang" ? 3 : 1,
                hours: 6,
                deadline: deadline,
                checkpoint: name == "unsaved" ? "none" : "signal"
            )
        }
    }

    @Test(
        "no deadline is missed when spot goes for good, whenever that is",
        arguments: [0, 1, 5, 22, 40]
    )
    func vanishes(ticks: Int) throws {
        let run = try Self.run(seed: 21, Self.trainings(), spot: Array(repeating: 1, count: ticks) + [0])
        finish(run)
        #expect(late(run, Self.deadlines) == [])
    }

    @Test("no deadline is missed while spot comes and goes", arguments: [31, 32, 33] as [UInt64])
    func flickers(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed, purpose: "capacity")
        let spot = (0..<400).map { _ in Int64(generator.chance(0.5) ? 1 : 0) }
        let run = try Self.run(seed: seed, Self.trainings(), spot: spot)
        finish(run)
        #expect(late(run, Self.deadlines) == [])
    }

    @Test("work that lost its slack to slow starts goes on demand before spot can cost it its deadline")
    func slowStarts() throws {
        let deadlines = ["train": 6.4, "gang": 6.45]
        let arrivals = deadlines.sorted { $0.key < $1.key }.map { name, deadline in
            Self.job(name, gpus: name == "gang" ? 8 : 1, ranks: name == "gang" ? 3 : 1, hours: 6, deadline: deadline)
        }
        let spot = Array(repeating: Int64(1), count: 6) + [0]
        let run = try Self.run(seed: 71, arrivals, spot: spot, pace: ClusterPace(boot: 500, pull: 200))
        finish(run)
        #expect(late(run, deadlines) == [])
        #expect(moves(run).filter(\.isUrgent).map(\.workload).sorted() == ["gang", "train"])
        #expect(run.world.truths.allSatisfy { $0.lostWorkSeconds == 0 })
    }

    @Test(
        "killed in the middle of every move, no deadline is missed and the books balance",
        arguments: [41, 42] as [UInt64]
    )
    func crashes(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed, purpose: "crashes")
        let spot = (0..<400).map { _ in Int64(generator.chance(0.6) ? 1 : 0) }
        let run = try Self.run(seed: seed, Self.trainings(), spot: spot)
        while !run.isOver, run.world.now < Self.start + .seconds(2 * 86_400) {
            run.run(until: run.world.now + .seconds(60))
            let isMoving = run.core.state.consolidations.contains { $0.intent.reason == .repriced }
            if run.crashes < 25, generator.chance(isMoving ? 0.3 : 0.01) { run.crash() }
        }
        finish(run)
        #expect(late(run, Self.deadlines) == [])
    }

    @Test("on-demand is left for spot when it comes back and that pays: nothing is lost, and it costs less")
    func comesBack() throws {
        let hours = 20
        let arrivals = [Self.job("train", hours: hours), Self.job("gang", gpus: 8, ranks: 2, hours: hours)]
        let without = try Self.run(seed: 51, arrivals, spot: [0])
        finish(without)
        #expect(moves(without).isEmpty)
        let run = try Self.run(seed: 51, arrivals, spot: Array(repeating: 0, count: 18) + [1])
        finish(run)
        #expect(Set(moves(run).map(\.workload)) == ["gang", "train"] && moves(run).count <= 4)
        #expect(moves(run).allSatisfy { !$0.isUrgent })
        #expect(run.world.truths.allSatisfy { $0.lostWorkSeconds == 0 && $0.attempts <= 3 })
        let costs = [without, run].map { $0.world.cloud.bill(at: $0.world.now).roundedTotal }
        #expect(costs[1] < costs[0])
        print("on demand \(costs[0]), moved to spot \(costs[1]):", moves(run).map(\.summary))
    }

    @Test("capacity that flickers does not make work flap between spot and on-demand")
    func doesNotFlap() throws {
        let spot = (0..<300).map { Int64($0 / 2 % 2) }
        let run = try Self.run(seed: 61, [Self.job("train", hours: 20, deadline: 40)], spot: spot)
        finish(run)
        #expect(late(run, ["train": 40]) == [])
        // Spot is there for twenty minutes each time, and never left by choice.
        let times = run.entries.compactMap { entry in
            if case .interruptionStep(.relocationIntended) = entry.fact { entry.at } else { nil }
        }
        #expect(!times.isEmpty)
        #expect(zip(times, times.dropFirst()).allSatisfy { $1 - $0 > .seconds(1800) })
        #expect(moves(run).allSatisfy { !$0.isUrgent })
        let without = try Self.run(seed: 61, [Self.job("train", hours: 20, deadline: 40)], spot: [0])
        finish(without)
        let costs = [without, run].map { $0.world.cloud.bill(at: $0.world.now).roundedTotal }
        #expect(costs[1] < costs[0])
    }
}
