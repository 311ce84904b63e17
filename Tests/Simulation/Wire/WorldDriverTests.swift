import Model
import Testing

@testable import Simulation

@Suite("The pace of a world")
struct WorldDriverTests {
    @Test("it is slow while a notice runs and for a while after it, then fast again")
    func paceOfNotices() async throws {
        let cloud = try CloudFixtures.cloud()
        let id = try cloud.running("a").id
        let pace = WorldDriver.Pace(ceiling: 100_000)
        let driver = WorldDriver(world: World(cloud: cloud, seed: 1, arrivals: []), pace: pace)
        #expect(await driver.currentRate == pace.ceiling)
        _ = try await driver.withWorld { try $0.interrupt(node: id.value) }
        // Nobody has read the notice.
        #expect(await driver.currentRate == pace.awaitingReader)
        let end = try await driver.withWorld { world in
            _ = try world.cloud.terminate([id], at: world.now)
            return world.now
        }
        #expect(await driver.currentRate == pace.duringNotice)
        while await driver.currentRate != pace.ceiling {
            try await Task.sleep(for: .milliseconds(20))
            await driver.withWorld { _ in }
        }
        #expect(await driver.withWorld { $0.now } >= end + pace.afterNotice)
    }
}
