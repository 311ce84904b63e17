import Model
import Testing

@testable import Simulation

@Suite("Quotas and impaired machines of the cloud")
struct CloudUpkeepTests {
    private static let spot = Quota(family: .graphics, isSpot: true)
    private static let onDemand = Quota(family: .graphics, isSpot: false)

    @Test("a launch past a quota is refused by EC2's code for it, and within it goes through")
    func quota() throws {
        var configuration = CloudFixtures.configuration()
        configuration.quotas = [Self.spot: 8, Self.onDemand: 0]
        let cloud = try CloudFixtures.cloud(configuration)
        let whole = try cloud.launch(CloudFixtures.specification("a", count: 3), at: cloud.now)
        #expect(whole.groups.isEmpty)
        #expect(whole.refusals.map(\.error.code).last == "MaxSpotInstanceCountExceeded")
        #expect(try cloud.launch(CloudFixtures.specification("b", count: 2), at: cloud.now).instances.count == 2)
        #expect(cloud.used(of: Self.spot) == 8)
        let one = try cloud.launch(CloudFixtures.specification("c", capacityType: .onDemand), at: cloud.now)
        #expect(one.refusals.map(\.error.code) == ["VcpuLimitExceeded"])
        // Another family is counted apart.
        let other = CloudFixtures.specification("d", type: "p3.2xlarge")
        #expect(try cloud.launch(other, at: cloud.now).instances.count == 1)
    }

    @Test("what ends gives its part of the quota back")
    func givesBack() throws {
        var configuration = CloudFixtures.configuration()
        configuration.quotas = [Self.spot: 4]
        let cloud = try CloudFixtures.cloud(configuration)
        let first = try cloud.running("a")
        #expect(try cloud.launch(CloudFixtures.specification("b"), at: cloud.now).groups.isEmpty)
        _ = try cloud.terminate([first.id], at: cloud.now)
        #expect(try cloud.launch(CloudFixtures.specification("c"), at: cloud.now).instances.count == 1)
    }

    @Test("a machine that is impaired runs on, is shown as such, and no message tells of it")
    func impaired() throws {
        let cloud = try CloudFixtures.cloud()
        let machine = try cloud.running("a")
        let messages = cloud.queue.count
        try cloud.impair(machine.id, checks: ["system", "instance"], at: cloud.now)
        #expect(cloud.statuses.map(\.impairments) == [["instance", "system"]])
        #expect(cloud.instance(machine.id)?.state == .running)
        #expect(cloud.queue.count == messages)
        try cloud.impair(machine.id, checks: [], at: cloud.now)
        #expect(cloud.statuses.isEmpty)
        #expect(throws: CloudError.self) { try cloud.impair(InstanceID("i-0"), at: cloud.now) }
    }
}
