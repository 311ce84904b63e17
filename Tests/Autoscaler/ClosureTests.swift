import Model
import Testing

@testable import Autoscaler

@Suite("The memory of empty pools")
struct ClosureTests {
    /// A spot offering in another zone, and one of another type: the first shares the quota of `Scene.spot`, the other
    /// has one of its own.
    private static let elsewhere = Offering(instanceType: "p4d.24xlarge", zone: "us-east-1b", capacityType: .spot)
    private static let graphics = Offering(instanceType: "g5.48xlarge", zone: "us-east-1a", capacityType: .spot)

    private static func scene() -> Scene {
        var scene = Scene(
            Scene.configuration { configuration in
                configuration.pools[0].shapes.append(
                    Pool.ShapeTemplate(name: "a10g-8", instanceTypes: ["g5.48xlarge"])
                )
            }
        )
        var catalogue = Scene.catalogue
        catalogue.instanceTypes["p4d.24xlarge"]?.vCPUs = 96
        catalogue.instanceTypes["g5.48xlarge"] = InstanceType(
            name: "g5.48xlarge",
            allocatable: Scene.resources(cpu: 190, memoryGi: 700, gpus: 8, pods: 100),
            accelerator: "A10G",
            vCPUs: 192
        )
        for (offering, price) in [(Self.elsewhere, "11"), (Self.graphics, "9")] {
            catalogue.prices[offering] = PricePoint(
                offering: offering,
                pricePerHour: Money(price) ?? .zero,
                effectiveAt: Scene.start
            )
        }
        scene.tell([.catalogueObserved(catalogue)])
        return scene
    }

    private func closed(_ decisions: Decisions) -> [Offering: String] {
        let choices = decisions.plans.last?.input.choices ?? []
        return Dictionary(
            choices.compactMap { choice in choice.closedBecause.map { (choice.offering, $0) } }
        ) { first, _ in first }
    }

    private func closures(_ facts: [Fact]) -> [(until: Timestamp, failures: Int)] {
        facts.compactMap { fact in
            if case .offeringClosed(Scene.spot, let until, let failures, _) = fact { (until, failures) } else { nil }
        }
    }

    /// Answers the plan that is asked for with nothing, and lets time pass until the next.
    private func nextPlan(_ scene: inout Scene, after seconds: Int64) throws -> (generation: Int, input: PlanInput) {
        if let open = scene.lastPlan { scene.tell([.planned(generation: open.generation, Plan())]) }
        return try #require(scene.tell([Scene.prices], after: seconds).plans.last)
    }

    @Test("it closes for three minutes, then for twice as long each time less up to a quarter, an hour at most")
    func lengths() throws {
        var scene = Scene()
        var request = try scene.launchGang()
        var lengths: [Int64] = []
        for _ in 0..<8 {
            let answer = scene.tell([.launchEnded(request.id, .failed(.noCapacity, message: "none"))])
            let closure = try #require(closures(answer.facts).first)
            lengths.append((closure.until - scene.now).components.seconds)
            // It is tried again when its time is over, by one request.
            let plan = try nextPlan(&scene, after: lengths[lengths.count - 1])
            #expect(plan.input.choices.allSatisfy { $0.closedBecause == nil })
            let next = scene.tell([.planned(generation: plan.generation, Scene.purchase(Scene.gangID, nodes: 2))])
            request = try #require(next.launches.first)
        }
        #expect(lengths.first == 180)
        for (index, length) in lengths.enumerated().dropFirst() {
            let whole = min(180 << Int64(index), 3600)
            #expect(length <= whole && length >= whole * 3 / 4, "closure \(index): \(length) s")
        }
        #expect(Set(lengths.suffix(3)).count > 1)
        let replayed = Autoscaler(configuration: Scene.configuration(), identity: "journal", entries: scene.entries)
        #expect(replayed.state == scene.core.state)
    }

    @Test("after its time one launch tries it, others wait for what that says, and success opens it at once")
    func probe() throws {
        var scene = Scene()
        let request = try scene.launchGang()
        scene.tell([.launchEnded(request.id, .failed(.noCapacity, message: "none"))])
        scene.tell([.podChanged(Scene.pod("other-0", job: "other")), .jobChanged(Scene.job("other"))])
        let plan = try nextPlan(&scene, after: 181)
        let other = WorkloadID(namespace: "vision", kind: "Job", name: "other", uid: "uid-job-other")
        let both = Plan(
            purchases: Scene.purchase(Scene.gangID, nodes: 2).purchases
                + Scene.purchase(other, nodes: 1, gang: false).purchases
        )
        let tried = scene.tell([.planned(generation: plan.generation, both)])
        #expect(tried.launches.map(\.workloads) == [[Scene.gangID]])
        let probe = try #require(tried.launches.first)
        #expect(tried.facts.explanations.contains { $0.contains("launch \(probe.id) tries whether that still holds") })
        let instances = ["i-0", "i-1"].map { Scene.instance($0, at: scene.now) }
        let opened = scene.tell([.launchEnded(probe.id, .launched(instances))])
        #expect(opened.facts.contains { if case .offeringOpened(Scene.spot) = $0 { true } else { false } })
        #expect(closed(opened).isEmpty)
        let next = try #require(opened.plans.last)
        let bought = scene.tell([.planned(generation: next.generation, Scene.purchase(other, nodes: 1, gang: false))])
        #expect(bought.launches.count == 1)
    }

    @Test("a probe that is refused closes it again, for longer")
    func failedProbe() throws {
        var scene = Scene()
        let request = try scene.launchGang()
        scene.tell([.launchEnded(request.id, .failed(.noCapacity, message: "none"))])
        let plan = try nextPlan(&scene, after: 181)
        let tried = scene.tell([.planned(generation: plan.generation, Scene.purchase(Scene.gangID, nodes: 2))])
        let probe = try #require(tried.launches.first)
        let refused = scene.tell([.launchEnded(probe.id, .failed(.noCapacity, message: "none"))])
        let closure = try #require(closures(refused.facts).first)
        #expect(closure.failures == 2)
        #expect(closed(refused)[Scene.spot]?.hasPrefix("no capacity until") == true)
    }

    @Test("what was left alone for long is begun with afresh")
    func forgotten() throws {
        var scene = Scene()
        let request = try scene.launchGang()
        scene.tell([.launchEnded(request.id, .failed(.noCapacity, message: "none"))])
        let plan = try nextPlan(&scene, after: 180 + 3601)
        let tried = scene.tell([.planned(generation: plan.generation, Scene.purchase(Scene.gangID, nodes: 2))])
        let again = try #require(tried.launches.first)
        let refused = scene.tell([.launchEnded(again.id, .failed(.noCapacity, message: "none"))])
        #expect(closures(refused.facts).map(\.failures) == [1])
    }

    @Test("an interruption does not shorten how long an offering is closed")
    func interrupted() throws {
        var scene = Scene()
        _ = try scene.runGang()
        let instance = InstanceID("i-0")
        scene.tell([.noticeReceived(Notice(id: "n", kind: .interruption, instance: instance, at: scene.now))])
        let first = try #require(closures(scene.facts).last)
        #expect(first.until == scene.now + .seconds(180))
        let other = Notice(id: "m", kind: .interruption, instance: InstanceID("i-1"), at: scene.now)
        scene.tell([.noticeReceived(other)])
        #expect(closures(scene.facts).count == 1)
    }

    @Test("a quota's refusal closes all that counts against it, says so, and nothing else")
    func quota() throws {
        var scene = Self.scene()
        let request = try scene.launchGang()
        let refused = scene.tell([.launchEnded(request.id, .failed(.quota, message: "MaxSpotInstanceCountExceeded"))])
        let closed = closed(refused)
        #expect(Set(closed.keys) == [Scene.spot, Self.elsewhere])
        #expect(closed[Scene.spot]?.contains("the account's quota All P Spot Instance Requests is reached") == true)
        // Their own calls say how full it is by now.
        #expect(refused.commands.contains { if case .inquire(.quotas) = $0 { true } else { false } })
        let plan = try #require(refused.plans.last)
        let purchase = Scene.purchase(Scene.gangID, nodes: 2, offering: Scene.onDemand)
        let bought = scene.tell([.planned(generation: plan.generation, purchase)])
        #expect(bought.launches.count == 1)
    }

    @Test("a launch that succeeds opens its quota at once")
    func quotaOpened() throws {
        var scene = Self.scene()
        let request = try scene.launchGang()
        scene.tell([.launchEnded(request.id, .failed(.quota, message: "MaxSpotInstanceCountExceeded"))])
        let plan = try nextPlan(&scene, after: 181)
        #expect(plan.input.choices.allSatisfy { $0.closedBecause == nil })
        let purchase = Scene.purchase(Scene.gangID, nodes: 2, offering: Self.elsewhere)
        let tried = scene.tell([.planned(generation: plan.generation, purchase)])
        let probe = try #require(tried.launches.first)
        let instances = ["i-0", "i-1"].map { Scene.instance($0, Self.elsewhere, at: scene.now) }
        let opened = scene.tell([.launchEnded(probe.id, .launched(instances))])
        #expect(opened.facts.contains(.quotaOpened(Quota(family: .p, isSpot: true))))
    }

    @Test("planning is told what is left of each quota, our own claims counted, and nothing that is old")
    func preflight() throws {
        var scene = Self.scene()
        let quota = Quota(family: .p, isSpot: true)
        scene.tell([.inquiryAnswered(.quotas([QuotaLevel(quota: quota, limit: 500, usedByOthers: 100)]))])
        let request = try scene.launchGang()
        #expect(scene.lastPlan?.input.quotas == [quota: PlanInput.QuotaRoom(limit: 500, most: 400, left: 400)])
        #expect(scene.lastPlan?.input.choices.first { $0.offering == Scene.spot }?.vCPUs == 96)
        scene.tell([.podChanged(Scene.pod("other-0", job: "other"))])
        let asked = scene.tell(after: 2)
        let left = asked.plans.last?.input.quotas[quota]?.left
        #expect(left == Int64(400 - 2 * 96))
        let answer = LaunchOutcome.launched(["i-0", "i-1"].map { Scene.instance($0, at: scene.now) })
        let later = scene.tell([.launchEnded(request.id, answer), Scene.prices], after: 1000)
        #expect(later.plans.last?.input.quotas == [:])
    }

    @Test("an inquiry that fails is made again later, and holds nothing up")
    func failedInquiry() throws {
        var scene = Self.scene()
        scene.forget()
        let failed = scene.tell([.inquiryFailed(.quotas, reason: "denied")])
        #expect(!failed.commands.contains { if case .inquire = $0 { true } else { false } })
        let again = scene.tell(after: 60)
        #expect(again.commands.contains { if case .inquire(.quotas) = $0 { true } else { false } })
        _ = try scene.launchGang()
    }

    @Test("what never became ready is looked for elsewhere, for longer the more launches there were in a row")
    func unstarted() throws {
        var scene = Scene()
        var lengths: [Int64] = []
        var request = try scene.launchGang()
        for round in 0..<2 {
            let instances = ["a", "b"].map { Scene.instance("i-\($0)\(round)", state: .running, at: scene.now) }
            scene.tell([.launchEnded(request.id, .launched(instances)), .instancesListed(instances)])
            let given = scene.tell([.instancesListed(instances), Scene.prices], after: 900)
            #expect(given.terminations.count == 2)
            let closure = try #require(closures(given.facts).last)
            lengths.append((closure.until - scene.now).components.seconds)
            let gone = instances.map { instance in
                var result = instance
                result.state = .terminated
                return result
            }
            scene.tell([.instancesListed(gone)], after: 30)
            let plan = try nextPlan(&scene, after: 800)
            let next = scene.tell([.planned(generation: plan.generation, Scene.purchase(Scene.gangID, nodes: 2))])
            request = try #require(next.launches.first)
        }
        // Both nodes of a launch are one failure.
        #expect(lengths[0] == 180)
        #expect(lengths[1] >= 270 && lengths[1] <= 360)
    }
}
