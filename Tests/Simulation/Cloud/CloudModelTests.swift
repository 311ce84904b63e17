import Model
import Testing

@testable import Simulation

@Suite("Cloud model")
struct CloudModelTests {
    let start = CloudFixtures.start

    @Test("a repeated token gives the first answer and launches nothing, even after the instance is gone")
    func idempotency() throws {
        let cloud = try CloudFixtures.cloud()
        let specification = CloudFixtures.specification("a", count: 2)
        let first = try cloud.launch(specification, at: start)
        #expect(first.instances.count == 2)
        #expect(try cloud.launch(specification, at: start + .seconds(5)) == first)
        #expect(cloud.instances.count == 2)
        _ = try cloud.terminate(first.instances, at: start + .seconds(60))
        _ = cloud.advance(to: start + .seconds(9000))
        #expect(cloud.instances.isEmpty)
        #expect(try cloud.launch(specification, at: start + .seconds(9000)) == first)
        #expect(cloud.instances.isEmpty)
    }

    @Test("a token with other parameters is refused")
    func mismatch() throws {
        let cloud = try CloudFixtures.cloud()
        _ = try cloud.launch(CloudFixtures.specification("a"), at: start)
        let error = #expect(throws: CloudError.self) {
            try cloud.launch(CloudFixtures.specification("a", count: 2), at: start)
        }
        #expect(error?.code == "IdempotentParameterMismatch")
    }

    @Test("a launch that comes short of its minimum launches nothing, and stays refused under its token")
    func allOrNone() throws {
        let cloud = try CloudFixtures.cloud()
        cloud.setCapacity(3, of: CloudFixtures.spot(), at: start)
        let answer = try cloud.launch(CloudFixtures.specification("four", count: 4), at: start)
        #expect(answer.groups.isEmpty)
        #expect(answer.refusals.map(\.error.code) == ["InsufficientInstanceCapacity"])
        #expect(cloud.instances.isEmpty)
        cloud.setCapacity(10, of: CloudFixtures.spot(), at: start)
        #expect(try cloud.launch(CloudFixtures.specification("four", count: 4), at: start) == answer)
        #expect(try cloud.launch(CloudFixtures.specification("again", count: 4), at: start).instances.count == 4)
    }

    @Test("a part-filled fleet within its minimum launches what there is")
    func partialFleet() throws {
        let cloud = try CloudFixtures.cloud()
        cloud.setCapacity(3, of: CloudFixtures.spot(), at: start)
        var specification = CloudFixtures.specification("part", count: 5)
        specification.minimum = 2
        #expect(try cloud.launch(specification, at: start).instances.count == 3)
    }

    @Test("a fleet in one zone takes all its instances from the zone that can give the most")
    func singleZone() throws {
        let cloud = try CloudFixtures.cloud()
        cloud.setCapacity(1, of: CloudFixtures.spot("g5.xlarge", "us-east-1a"), at: start)
        cloud.setCapacity(4, of: CloudFixtures.spot("g5.xlarge", "us-east-1b"), at: start)
        cloud.setCapacity(3, of: CloudFixtures.spot("g5.xlarge", "us-east-1c"), at: start)
        var specification = CloudFixtures.specification("zone", count: 4)
        specification.overrides = ["a", "b", "c"].map { .init(instanceType: "g5.xlarge", zone: "us-east-1\($0)") }
        specification.singleZone = true
        #expect(try cloud.launch(specification, at: start).groups.map(\.offering.zone) == ["us-east-1b"])
    }

    @Test("a type without a published saving is never sold as spot")
    func noSpot() throws {
        let cloud = try CloudFixtures.cloud()
        let answer = try cloud.launch(CloudFixtures.specification("rtx", type: "g7e.2xlarge"), at: start)
        #expect(answer.instances.isEmpty)
        #expect(cloud.price(of: CloudFixtures.spot("g7e.2xlarge"), at: start) == nil)
    }

    @Test("an instance runs within seconds, and its states change at whole seconds")
    func bootTimeline() throws {
        let cloud = try CloudFixtures.cloud()
        let at = start + .milliseconds(1234)
        let id = try cloud.launch(CloudFixtures.specification("a"), at: at).instances[0]
        #expect(cloud.instance(id)?.state == .pending)
        _ = cloud.advance(to: at + .seconds(10))
        let instance = try #require(cloud.instance(id))
        #expect(instance.state == .running)
        #expect(instance.launchedAt == start + .seconds(1))
        let runningAt = try #require(instance.runningAt)
        #expect(runningAt.milliseconds % 1000 == 0)
        #expect(runningAt > at)
        #expect(instance.privateDNSName == "ip-10-0-0-4.ec2.internal")
    }

    @Test("an interrupted instance is warned, reclaimed 120 seconds later, terminated, and forgotten after an hour")
    func interruptionTimeline() throws {
        let cloud = try CloudFixtures.cloud()
        let instance = try cloud.running("a")
        let at = start + .seconds(100)
        try cloud.interrupt(instance.id, at: at)
        #expect(cloud.instance(instance.id)?.reclaimAt == at + .seconds(120))
        _ = cloud.advance(to: at + .milliseconds(119_999))
        #expect(cloud.instance(instance.id)?.state == .running)
        let changes = cloud.advance(to: at + .seconds(120))
        #expect(changes.contains(.instanceState(instance.id, .shuttingDown, at: at + .seconds(120))))
        #expect(cloud.instance(instance.id)?.instance.stateReason == Instance.spotReclaimed)
        _ = cloud.advance(to: at + .seconds(180))
        #expect(cloud.instance(instance.id)?.state == .terminated)
        _ = cloud.advance(to: at + .seconds(180 + 3600))
        #expect(cloud.instance(instance.id) == nil)
    }

    @Test("an instance that its owner terminates during the notice ends by its owner")
    func terminationDuringNotice() throws {
        let cloud = try CloudFixtures.cloud()
        let instance = try cloud.running("a")
        try cloud.interrupt(instance.id, at: cloud.now)
        let answer = try cloud.terminate([instance.id], at: cloud.now + .seconds(30))
        #expect(answer.map(\.previous) == [.running])
        #expect(answer.map(\.current) == [.shuttingDown])
        _ = cloud.advance(to: cloud.now + .seconds(300))
        #expect(cloud.instance(instance.id)?.stateReason == .user)
        #expect(cloud.instance(instance.id)?.transitionReason.hasPrefix("User initiated (2026-07-21 ") == true)
    }

    @Test("terminating an unknown instance terminates none of the others")
    func unknownInstance() throws {
        let cloud = try CloudFixtures.cloud()
        let instance = try cloud.running("a")
        let error = #expect(throws: CloudError.self) {
            try cloud.terminate([instance.id, InstanceID("i-0123456789abcdef0")], at: cloud.now)
        }
        #expect(error?.code == "InvalidInstanceID.NotFound")
        #expect(cloud.instance(instance.id)?.state == .running)
    }

    @Test("capacity that falls below what runs interrupts the excess and no more")
    func lostCapacity() throws {
        let cloud = try CloudFixtures.cloud()
        _ = try cloud.launch(CloudFixtures.specification("a", count: 5), at: start)
        _ = cloud.advance(to: start + .seconds(20))
        cloud.setCapacity(2, of: CloudFixtures.spot(), at: start + .seconds(30))
        #expect(cloud.instances.filter { $0.warnedAt != nil }.count == 3)
        #expect(cloud.instances.filter { $0.warnedAt == nil }.count == 2)
        #expect(try cloud.launch(CloudFixtures.specification("b"), at: start + .seconds(31)).instances.isEmpty)
    }

    @Test("with interruptions the capacity of a market breaks away about as often as configured")
    func spells() throws {
        var configuration = CloudFixtures.configuration()
        configuration.interruptionsPerDay = 4
        let cloud = try CloudFixtures.cloud(configuration)
        var breaks = 0
        for change in cloud.advance(to: start + .seconds(30 * 86_400)) {
            guard case .capacityMoved(_, let capacity, _) = change else { continue }
            if capacity < configuration.spotCapacity.lowerBound { breaks += 1 }
        }
        // Six markets for 30 days at 4 a day of up time, which the down spells shorten.
        #expect((400...720).contains(breaks))
    }

    @Test("a trace sets an offering's capacity tick by tick")
    func traces() throws {
        var configuration = CloudFixtures.configuration()
        let trace = try CapacityTrace(gapSeconds: 300, counts: [0, 2, 2, 1])
        configuration.capacityRules = [
            CapacityRule(try #require(OfferingPattern("g5.xlarge/*a/spot")), .trace(trace, factor: 1))
        ]
        let cloud = try CloudFixtures.cloud(configuration)
        #expect(try cloud.launch(CloudFixtures.specification("none"), at: start).instances.isEmpty)
        _ = cloud.advance(to: start + .seconds(300))
        #expect(try cloud.launch(CloudFixtures.specification("two", count: 2), at: cloud.now).instances.count == 2)
        _ = cloud.advance(to: start + .seconds(899))
        #expect(cloud.instances.allSatisfy { $0.warnedAt == nil })
        _ = cloud.advance(to: start + .seconds(900))
        #expect(cloud.instances.filter { $0.warnedAt == start + .seconds(900) }.count == 1)
        // Tick 4 is tick 0 again.
        #expect(cloud.capacity(of: CloudFixtures.spot()) == 1)
        _ = cloud.advance(to: start + .seconds(1200))
        #expect(cloud.capacity(of: CloudFixtures.spot()) == 0)
    }

    @Test("a scheduled interruption waits for an instance to hit")
    func scheduledInterruption() throws {
        var configuration = CloudFixtures.configuration()
        configuration.scheduledInterruptions = [ScheduledInterruption(after: .seconds(60))]
        let cloud = try CloudFixtures.cloud(configuration)
        _ = cloud.advance(to: start + .seconds(100))
        let instance = try cloud.running("a")
        _ = cloud.advance(to: start + .seconds(400))
        #expect(cloud.instance(instance.id)?.warnedAt == start + .seconds(360))
    }

    @Test("spot prices move within bounds, in millionths, 20 to 90 minutes apart")
    func priceWalk() throws {
        let cloud = try CloudFixtures.cloud()
        _ = cloud.advance(to: start + .seconds(20 * 86_400))
        let points = cloud.spotPrices("g5.xlarge", zone: "us-east-1b", since: start)
        #expect(points.count > 300)
        let onDemand = try #require(Money("1.006"))
        for (earlier, later) in zip(points.dropFirst(), points.dropFirst(2)) {
            let gap = later.effectiveAt - earlier.effectiveAt
            #expect(gap >= .seconds(1200))
            #expect(gap <= .seconds(3 * 5400))
            #expect(later.pricePerHour.rounded(places: 6) == later.pricePerHour)
            #expect(later.pricePerHour <= onDemand)
            #expect(later.pricePerHour >= Money("0.25") ?? .zero)
        }
        let sorted = points.map(\.effectiveAt)
        #expect(sorted == sorted.sorted())
        #expect(points[0].effectiveAt <= start)
    }

    @Test("the same seed and calls give the same cloud, another seed another")
    func determinism() throws {
        func story(seed: UInt64) throws -> [String] {
            var configuration = CloudConfiguration(seed: seed, startsAt: start)
            configuration.interruptionsPerDay = 20
            let cloud = try CloudFixtures.cloud(configuration)
            var lines: [String] = []
            for hour in 0..<48 {
                let at = start + .seconds(Int64(hour) * 3600)
                lines += cloud.advance(to: at).map { "\($0)" }
                let answer = try cloud.launch(CloudFixtures.specification("t\(hour)", count: 2), at: at)
                lines.append("\(answer)")
            }
            lines += cloud.queue.receive(maximum: 1000, visibilityTimeout: .seconds(30), now: cloud.now)
                .map(\.body)
            lines.append("\(cloud.bill(at: cloud.now).total)")
            return lines
        }
        let first = try story(seed: 7)
        #expect(try story(seed: 7) == first)
        #expect(try story(seed: 8) != first)
    }

    @Test("time can be cut into any steps without changing what happens")
    func stepsDoNotMatter() throws {
        var configuration = CloudConfiguration(seed: 3, startsAt: start)
        configuration.interruptionsPerDay = 20
        let coarse = try CloudFixtures.cloud(configuration)
        let fine = try CloudFixtures.cloud(configuration)
        for cloud in [coarse, fine] { _ = try cloud.launch(CloudFixtures.specification("a", count: 6), at: start) }
        let end = start + .seconds(86_400)
        var seen = fine.advance(to: start)
        while let next = fine.nextChange, next <= end { seen += fine.advance(to: next) }
        #expect(coarse.advance(to: end) == seen)
    }

    @Test("the core's values agree with the cloud's")
    func coreValues() throws {
        let cloud = try CloudFixtures.cloud()
        let catalogue = cloud.catalogue(instanceTypes: ["g7e.2xlarge", "p3.2xlarge", "no.such"], at: start)
        #expect(catalogue.instanceTypes.keys.sorted() == ["g7e.2xlarge", "p3.2xlarge"])
        #expect(catalogue.instanceTypes["g7e.2xlarge"]?.accelerator == "RTX-PRO-Server-6000")
        #expect(catalogue.prices.count == 3 + 6)
        let shape = Shape(name: "v100", instanceTypes: ["p3.2xlarge"], allocatable: Resources())
        let request = LaunchRequest(
            id: "launch-1",
            pool: "p",
            shape: shape,
            offering: CloudFixtures.spot("p3.2xlarge"),
            count: 2,
            pricePerHour: .zero,
            nodeLabels: [:],
            nodeTaints: [],
            tags: [Tag.cluster: "demo"],
            workloads: [],
            gang: nil,
            expectedCost: .zero
        )
        guard case .launched(let instances) = cloud.launch(request, at: start) else {
            Issue.record("not launched")
            return
        }
        #expect(cloud.instances(clusterName: "demo", at: start) == instances)
        #expect(cloud.instances(clusterName: "other", at: start).isEmpty)
        cloud.setCapacity(0, of: request.offering, at: start)
        var second = request
        second.id = "launch-2"
        guard case .failed(.noCapacity, _) = cloud.launch(second, at: start) else {
            Issue.record("launched without capacity")
            return
        }
        cloud.terminateKnown(instances.map(\.id) + [InstanceID("i-0123456789abcdef0")], at: start + .seconds(60))
        #expect(cloud.instances.allSatisfy { $0.state == .shuttingDown })
    }
}
