import Billing
import Kubernetes
import Model
import Testing

@testable import Autoscaler
@testable import Simulation

@Suite("Suspended Jobs in virtual time")
struct SuspendedJobRunTests {
    private static let start = VirtualRunTests.start

    private static func suspended(
        _ name: String,
        ranks: Int,
        labels: [String: String],
        isGang: Bool = true,
        after: Int64 = 0
    ) -> World.Arrival {
        var arrival = VirtualRunTests.job(name, gpus: 8, ranks: ranks, work: "2h", after: after)
        arrival.objects[0]["metadata"]["labels"] = JSON(labels)
        arrival.objects[0]["spec"]["suspend"] = true
        if !isGang {
            arrival.objects[0]["spec"]["template"]["metadata"]["annotations"]["gleaner.dev/gang"] = .null
            arrival.objects[0]["spec"]["template"]["metadata"]["annotations"]["gleaner.dev/gang-size"] = .null
        }
        return arrival
    }

    private static func pods(_ world: World, of job: String) -> [JSON] {
        world.cluster.store.objects(.pods).filter { $0.at("metadata", "labels", "job-name").string == job }
    }

    private static func isSuspended(_ world: World, _ job: String) -> Bool {
        world.cluster.store.find(.jobs, in: "vision", job)?.at("spec", "suspend").bool == true
    }

    @Test("a suspended Job of ours begins when its nodes stand, runs to its end, and costs what the cloud bills")
    func wholeWay() throws {
        let queue = [Label.queue: "research"]
        let world = try VirtualRunTests.world(
            seed: 4,
            interruptionsPerDay: 4,
            arrivals: [
                Self.suspended("gang", ranks: 4, labels: queue),
                Self.suspended("sweep", ranks: 3, labels: queue, isGang: false, after: 60),
                VirtualRunTests.job("ordinary", gpus: 1, work: "1h", after: 120),
            ]
        )
        let run = VirtualRun(world: world, configuration: VirtualRunTests.configuration(), seed: 4)
        var stoodAt: [String: Int] = [:]
        while !run.isOver, world.now < Self.start + .seconds(86_400) {
            run.run(until: world.now + .seconds(1))
            for name in ["gang", "sweep"] where stoodAt[name] == nil {
                guard world.cluster.store.find(.jobs, in: "vision", name) != nil else { continue }
                let pods = Self.pods(world, of: name)
                if Self.isSuspended(world, name) {
                    #expect(pods.isEmpty)
                } else {
                    // Its nodes are there before its pods are.
                    stoodAt[name] = run.core.state.claims.values.count {
                        $0.phase == .initialised && $0.workloads.contains { $0.name == name }
                    }
                }
            }
            guard stoodAt.count < 2 || world.now < Self.start + .seconds(3600) else { break }
        }
        #expect(stoodAt == ["gang": 4, "sweep": 3])
        run.run(until: Self.start + .seconds(3 * 86_400))
        #expect(world.refusals.isEmpty)
        #expect(run.isOver)
        for truth in world.truths {
            #expect(truth.completed, "\(truth.name)")
            #expect(truth.lostWorkSeconds == 0, "\(truth.name)")
        }
        let ended = run.entries.compactMap { entry -> String? in
            if case .workloadEnded(let id, let succeeded) = entry.fact { "\(id.name) \(succeeded)" } else { nil }
        }
        #expect(ended.sorted() == ["gang true", "ordinary true", "sweep true"])
        var books = Ledger(configuration: VirtualRunTests.configuration())
        for entry in run.entries { books.record(entry) }
        #expect(books.total(now: world.now).rounded(places: 2) == world.cloud.bill(at: world.now).roundedTotal)
    }

    @Test("killed at random moments while Jobs wait to begin, each of them begins and completes")
    func crashes() throws {
        let world = try VirtualRunTests.world(
            seed: 9,
            arrivals: (0..<3).map {
                Self.suspended(
                    "wait-\($0)",
                    ranks: 2,
                    labels: [Label.queue: "q"],
                    isGang: $0 == 0,
                    after: Int64($0) * 200
                )
            }
        )
        let run = VirtualRun(world: world, configuration: VirtualRunTests.configuration(), seed: 9)
        var moments = SeededGenerator(seed: 9, purpose: "crashes")
        var at = Self.start
        for _ in 0..<20 {
            at = at + .milliseconds(moments.integer(in: 1...90_000))
            run.run(until: at)
            run.crash()
        }
        run.run(until: Self.start + .seconds(3 * 86_400))
        #expect(run.isOver)
        for truth in world.truths { #expect(truth.completed, "\(truth.name)") }
        let replayed = Autoscaler(
            configuration: VirtualRunTests.configuration(),
            identity: "virtual",
            entries: run.entries
        )
        #expect(replayed.state == run.core.state)
    }

    @Test("suspended Jobs that nobody gave us, or that Kueue manages, stay as they are and cost nothing")
    func others() throws {
        let kueue = [Label.queue: "research", "kueue.x-k8s.io/queue-name": "team"]
        let world = try VirtualRunTests.world(
            seed: 5,
            arrivals: [
                Self.suspended("paused", ranks: 1, labels: [:]), Self.suspended("kueue", ranks: 2, labels: kueue),
            ]
        )
        let run = VirtualRun(world: world, configuration: VirtualRunTests.configuration(), seed: 5)
        run.run(until: Self.start + .seconds(7200))
        #expect(Self.isSuspended(world, "paused") && Self.isSuspended(world, "kueue"))
        #expect(world.cloud.instances.isEmpty)
    }
}
