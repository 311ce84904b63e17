import Foundation
import Model
import Planning
import Testing

@testable import Autoscaler

@Suite("Spot, on-demand or waiting")
struct SpotPolicyTests {
    private static let id = WorkloadID(namespace: "vision", kind: "Job", name: "a", uid: "uid-job-a")

    private static func after(_ seconds: Int64) -> String { "\(Scene.start + .seconds(seconds))" }

    /// A pod that waits, with what its annotations say, once spot was refused to it; what planning is asked then.
    private static func refused(
        _ annotations: [String: String],
        _ change: (inout GleanerConfiguration) -> Void = { _ in }
    ) throws -> (scene: Scene, demand: PlanInput.Demand) {
        var scene = Scene(Scene.configuration(change))
        scene.tell([.podChanged(Scene.pod("a-0", job: "a", annotations: annotations)), .jobChanged(Scene.job("a"))])
        let asked = try #require(scene.tell(after: 2).plans.first)
        let bought = scene.tell([.planned(generation: asked.generation, Scene.purchase(id, nodes: 1, gang: false))])
        let request = try #require(bought.launches.first)
        scene.tell([.launchEnded(request.id, .failed(.noCapacity, message: "none"))], after: 2)
        scene.tell(after: 2)
        let again = try #require(scene.lastPlan)
        return (scene, try #require(again.input.demands.first))
    }

    @Test("with time to spare before its deadline a workload waits for spot, and is told until when at the latest")
    func waits() throws {
        var (scene, demand) = try Self.refused([
            "checkpoint": "signal", "expected-runtime": "4h", "deadline": Self.after(24 * 3600),
        ])
        #expect(demand.capacityTypes == [.reserved, .spot])
        let none = Plan.Unplaceable(
            pods: demand.pods.map(\.id),
            explanation: Explanation(workloads: [Self.id], summary: "no capacity")
        )
        let generation = try #require(scene.lastPlan?.generation)
        let said = scene.tell([.planned(generation: generation, Plan(unplaceable: [none]))]).facts.explanations
        #expect(
            said == [
                "waits for spot, at 33% of the on-demand price, until 2026-08-04T03:50:59Z at the latest: after that a start "
                    + "on demand might miss the deadline of 2026-08-04T08:00:00Z (no capacity)"
            ]
        )
    }

    @Test("on-demand is bought when waiting any longer could miss the deadline")
    func deadlineApproaches() throws {
        let waiting = ["checkpoint": "signal", "expected-runtime": "4h", "deadline": Self.after(8 * 3600)]
        var (scene, demand) = try Self.refused(waiting)
        #expect(!demand.capacityTypes.contains(.onDemand))
        var types: [CapacityType] = []
        var waited: Int64 = 0
        scene.tell([.planned(generation: try #require(scene.lastPlan?.generation), Plan())])
        while !types.contains(.onDemand), waited < 8 * 3600 {
            scene.forget()
            let refusal = Fact.offeringClosed(
                Scene.spot,
                until: scene.now + .seconds(600),
                failures: 1,
                reason: "no capacity"
            )
            scene.core.record(refusal, at: scene.now)
            scene.tell([Scene.prices], after: 60)
            waited += 60
            if let plan = scene.lastPlan {
                types = plan.input.demands[0].capacityTypes
                scene.tell([.planned(generation: plan.generation, Plan())])
            }
        }
        #expect(types == [.reserved, .onDemand])
        // Four hours of work and the longest start are left.
        let slack = 4 * 3600 - waited
        #expect(slack > 481, "\(slack)")
    }

    @Test("where no deadline is, the price of waiting decides whether spot is waited for")
    func waitingPrice() throws {
        let annotations = ["checkpoint": "signal", "expected-runtime": "8h"]
        let cheap = try Self.refused(annotations) { $0.economics.waitingPricePerAcceleratorHour = .zero }
        #expect(cheap.demand.capacityTypes == [.reserved, .spot])
        let dear = try Self.refused(annotations) { $0.economics.waitingPricePerAcceleratorHour = Money(100) }
        #expect(dear.demand.capacityTypes == [.reserved, .onDemand])
    }

    @Test("by default a workload without a deadline is on demand after half an hour without spot at the latest")
    func usualPatience() throws {
        var (scene, _) = try Self.refused(["checkpoint": "signal", "expected-runtime": "8h"])
        var waited: Int64 = 0
        scene.tell([.planned(generation: try #require(scene.lastPlan?.generation), Plan())])
        while waited < 7200 {
            let refusal = Fact.offeringClosed(
                Scene.spot,
                until: scene.now + .seconds(600),
                failures: 1,
                reason: "no capacity"
            )
            scene.core.record(refusal, at: scene.now)
            scene.tell([Scene.prices], after: 60)
            waited += 60
            guard let plan = scene.lastPlan else { continue }
            if plan.input.demands[0].capacityTypes.contains(.onDemand) { break }
            scene.tell([.planned(generation: plan.generation, Plan())])
        }
        #expect(waited <= 2400, "\(waited)")
    }

    @Test("what cannot save its work, or serves for ever, is not made to wait where it has no deadline")
    func impatient() throws {
        #expect(try Self.refused(["expected-runtime": "8h"]).demand.capacityTypes == [.reserved, .spot, .onDemand])
        var serving = Workload(id: Self.id, team: "vision", createdAt: Scene.start)
        serving.accelerators = 1
        serving.checkpoint = .signal
        #expect(serving.isForSpotPolicy)
        serving.id.kind = "StatefulSet"
        #expect(!serving.isForSpotPolicy)
    }

    @Test("what cannot save takes spot only where all of it could be lost and done again in time")
    func withoutCheckpoint() throws {
        for (deadline, takesSpot) in [(10, true), (7, false)] {
            var scene = Scene()
            let annotations = ["expected-runtime": "4h", "deadline": Self.after(Int64(deadline) * 3600)]
            scene.tell([.podChanged(Scene.pod("a-0", job: "a", annotations: annotations))])
            let demand = try #require(scene.tell(after: 2).plans.first?.input.demands.first)
            #expect(demand.capacityTypes.contains(.spot) == takesSpot, "\(deadline) h")
        }
    }

    @Test("what must not be disrupted never goes to spot, and is decided by no policy")
    func doNotDisrupt() throws {
        var scene = Scene(Scene.configuration { $0.pools[0].acceptedAnnotations.append("do-not-disrupt") })
        let annotations = ["checkpoint": "signal", "do-not-disrupt": "true", "deadline": Self.after(24 * 3600)]
        scene.tell([.podChanged(Scene.pod("a-0", job: "a", annotations: annotations))])
        let demand = try #require(scene.tell(after: 2).plans.first?.input.demands.first)
        #expect(demand.capacityTypes == [.reserved, .onDemand])
        #expect(scene.core.progress.spot.looks.isEmpty)
    }

    @Test("max-wait is a bound both ways: no on-demand before it has passed, no waiting after")
    func maxWait() throws {
        let annotations = ["checkpoint": "signal", "expected-runtime": "8h", "max-wait": "10m"]
        let dear: (inout GleanerConfiguration) -> Void = { $0.economics.waitingPricePerAcceleratorHour = Money(100) }
        let early = try Self.refused(annotations, dear)
        #expect(early.demand.capacityTypes == [.reserved, .spot])
        var (late, _) = try Self.refused(annotations) { $0.economics.waitingPricePerAcceleratorHour = .zero }
        late.tell([.planned(generation: try #require(late.lastPlan?.generation), Plan())])
        late.forget()
        late.core.record(
            .offeringClosed(Scene.spot, until: late.now + .seconds(3600), failures: 2, reason: "no capacity"),
            at: late.now
        )
        late.tell([Scene.prices], after: 700)
        #expect(try #require(late.lastPlan).input.demands[0].capacityTypes.contains(.onDemand))
    }

    @Test("where nothing is sold on demand, spot is better than nothing, however near the deadline is")
    func nothingOnDemand() throws {
        var scene = Scene()
        scene.core.record(
            .offeringClosed(Scene.onDemand, until: scene.now + .seconds(600), failures: 1, reason: "no capacity"),
            at: scene.now
        )
        let annotations = ["checkpoint": "signal", "expected-runtime": "4h", "deadline": Self.after(4 * 3600 + 400)]
        scene.tell([.podChanged(Scene.pod("a-0", job: "a", annotations: annotations))])
        let demand = try #require(scene.tell(after: 2).plans.first?.input.demands.first)
        #expect(demand.capacityTypes == [.reserved, .spot, .onDemand])
    }

    @Test("a gang is asked about as a whole: all its nodes, at what they cost together")
    func gang() throws {
        var scene = Scene()
        let annotations = Scene.gangAnnotations.merging(["deadline": Self.after(24 * 3600)]) { $1 }
        let pods = ["llm-0", "llm-1"].map { Scene.pod($0, job: "llm", annotations: annotations) }
        scene.tell(pods.map { .podChanged($0) } + [.jobChanged(Scene.job("llm", parallelism: 2))])
        let fit = try #require(scene.core.progress.spot.fits[Scene.gangID]?.fit)
        #expect(fit.spot.map(\.nodes) == [2] && fit.onDemand.map(\.nodes) == [2])
        #expect(scene.core.progress.spot.looks[Scene.gangID]?.look?.answer == .spot(Scene.spot))
    }

    @Test("pools of capacity that the policy would not take are left out, and planning chooses among the others")
    func avoided() throws {
        let other = Offering(instanceType: "p4d.24xlarge", zone: "us-east-1b", capacityType: .spot)
        var scene = Scene()
        let price = PricePoint(offering: other, pricePerHour: Money(11), effectiveAt: Scene.start)
        let annotations = ["checkpoint": "signal", "expected-runtime": "4h", "deadline": Self.after(5 * 3600)]
        scene.tell([
            .pricesObserved([price]), .podChanged(Scene.pod("a-0", job: "a", annotations: annotations)),
        ])
        let demand = try #require(scene.tell(after: 2).plans.first?.input.demands.first)
        // Both pools are as young: the policy takes either.
        #expect(demand.capacityTypes.contains(.spot) && demand.avoided.isEmpty)
        let look = try #require(scene.core.progress.spot.looks[Self.id]?.look)
        #expect(look.answer == .spot(Scene.spot))
        // One that takes no more than 35% of the on-demand price would wait, were there the dearer pool alone.
        struct Thrifty: SpotPolicy {
            func choose(_ question: SpotQuestion) -> SpotPlacement {
                question.pools.firstIndex { $0.priceRatio < 0.35 }.map { .spot(pool: $0) } ?? .waiting
            }
        }
        scene.core.progress.spot.policy = DeadlineShield(Thrifty())
        scene.core.progress.spot.looks = [:]
        scene.core.lookAtSpot(at: scene.now)
        let thrifty = try #require(scene.core.progress.spot.looks[Self.id]?.look)
        #expect(thrifty.answer == .spot(Scene.spot) && thrifty.avoided == [other])
    }

    @Test("a workload's own starts move what is reckoned for the next one, from facts alone")
    func starts() throws {
        var scene = Scene()
        _ = try scene.runGang()
        let starts = try #require(scene.core.state.records[Scene.gangID]?.starts)
        #expect(starts == State.Starts(count: 1, totalSeconds: 102, longestSeconds: 102))
        #expect(starts.expectedSeconds(prior: 300) == 201)
        let replayed = Autoscaler(configuration: scene.core.configuration, identity: "journal", entries: scene.entries)
        #expect(replayed.state == scene.core.state)
    }

    @Test("work on a slower accelerator counts for what it is")
    func speed() throws {
        var scene = Scene(Scene.configuration { $0.economics.relativeSpeed = ["A100": 0.5] })
        _ = try scene.runGang()
        scene.tell(after: 3600)
        let record = try #require(scene.core.state.records[Scene.gangID])
        #expect(record.speed == 0.5)
        #expect(scene.core.remainingSeconds(of: record, at: scene.now) == 8 * 3600 - 1800)
    }

    @Test("times without capacity are remembered from the first refusal to the last, once there is some again")
    func absences() throws {
        var scene = Scene()
        func close(_ until: Int64) {
            scene.core.record(
                .offeringClosed(Scene.spot, until: scene.now + .seconds(until), failures: 1, reason: "no capacity"),
                at: scene.now
            )
        }
        let began = scene.now
        close(180)
        scene.tell(after: 200)
        close(360)
        #expect(scene.core.state.closures[Scene.spot]?.since == began)
        scene.tell(after: 400)
        scene.core.record(.offeringOpened(Scene.spot), at: scene.now)
        let halfLife = scene.core.configuration.economics.hazardHalfLife
        let seen = try #require(scene.core.state.absences[Scene.spot]).counts(at: scene.now, halfLife: halfLife)
        #expect(seen.returns == 1)
        #expect(abs(seen.logAges - log1p(560.0 / 3600 / SpellHazard.measuredScaleHours)) < 1e-9)
    }

    @Test("a question from a file is answered by the same policy, as of a workload that nobody has seen before")
    func fromFiles() throws {
        func types(_ deadline: Int64, checkpoint: String) -> [CapacityType] {
            var scene = PlanQuestion.Scene()
            let annotations = ["checkpoint": checkpoint, "expected-runtime": "4h", "deadline": Self.after(deadline)]
            scene.pods = [Scene.pod("a-0", job: "a", annotations: annotations)]
            scene.configuration = Scene.configuration()
            let shape = Scene.purchase(Self.id, nodes: 1).purchases[0].shape
            scene.market.shapes = [shape]
            scene.market.offers = Scene.catalogue.prices.values.map {
                Market.Offer(offering: $0.offering, pricePerHour: $0.pricePerHour)
            }
            return PlanQuestion(scene, at: Scene.start).input.demands.first?.capacityTypes ?? []
        }
        #expect(types(24 * 3600, checkpoint: "signal") == [.reserved, .spot, .onDemand])
        #expect(types(4 * 3600 + 600, checkpoint: "signal") == [.reserved, .onDemand])
        #expect(types(7 * 3600, checkpoint: "none") == [.reserved, .onDemand])
    }

    @Test("a decision takes far less than a millisecond")
    func fast() throws {
        var scene = Scene()
        let annotations = ["checkpoint": "signal", "expected-runtime": "4h", "deadline": Self.after(24 * 3600)]
        scene.tell((0..<200).map { .podChanged(Scene.pod("p-\($0)", job: "j\($0)", annotations: annotations)) })
        #expect(scene.core.progress.spot.looks.count == 200)
        let began = ContinuousClock.now
        for _ in 0..<10 {
            scene.core.progress.spot.marketVersion += 1
            scene.core.lookAtSpot(at: scene.now)
        }
        let each = (ContinuousClock.now - began) / 2000
        // In a debug build, on a busy machine.
        #expect(each < .milliseconds(2), "\(each)")
    }
}
