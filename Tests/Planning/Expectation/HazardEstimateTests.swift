import Foundation
import Model
import Testing

@testable import Planning

@Suite("Interruptions to expect")
struct HazardEstimateTests {
    private static let start = Timestamp(seconds: 1_000_000)
    private static let day: Int64 = 86_400
    /// So long that nothing fades.
    private static let forever: Duration = .seconds(1_000_000_000_000)
    private static let a = Offering(instanceType: "p3.2xlarge", zone: "us-east-1a", capacityType: .spot)
    private static let b = Offering(instanceType: "p3.2xlarge", zone: "us-east-1b", capacityType: .spot)

    private static func at(_ seconds: Int64) -> Timestamp { Timestamp(seconds: 1_000_000 + seconds) }

    /// A node stands from the start on; the cloud takes it, and another follows at once, at each of the times.
    private static func exposure(interruptedAt times: [Int64], halfLife: Duration = forever) -> PoolExposure {
        var result = PoolExposure(since: start)
        result.changeStanding(by: 1, at: start, halfLife: halfLife)
        for time in times { result.interrupt(at: at(time), halfLife: halfLife) }
        return result
    }

    private static func estimate(
        _ exposures: [Offering: PoolExposure],
        perDay: Double = 0.5,
        after seconds: Int64,
        halfLife: Duration = forever
    ) -> HazardEstimate {
        HazardEstimate(
            exposures: exposures,
            priorInterruptionsPerDay: perDay,
            halfLife: halfLife,
            at: at(seconds)
        )
    }

    @Test("where nothing was seen the configured prior holds")
    func prior() {
        let estimate = Self.estimate([:], perDay: 1.2, after: 0)
        #expect(abs(estimate.priorInterruptionsPerHour - 0.05) < 1e-12)
        #expect(estimate.interruptionsPerHour.isEmpty)
    }

    @Test("ten interruptions in ten days move it to the posterior mean")
    func posterior() throws {
        let times = (1...10).map { Int64($0) * Self.day }
        let estimate = Self.estimate([Self.a: Self.exposure(interruptedAt: times)], after: 10 * Self.day)
        // (0.5 x 2 + 10) / (2 + 10) a day for all pools, and from there (11 / 12 x 2 + 10) / 12 for this one.
        let shared = 11.0 / 12
        #expect(abs(estimate.priorInterruptionsPerHour * 24 - shared) < 1e-6)
        let own = try #require(estimate.interruptionsPerHour[Self.a])
        #expect(abs(own * 24 - (shared * 2 + 10) / 12) < 1e-6)
    }

    @Test("a quiet pool is expected to stay quieter than a restless one, and an unknown one lies between")
    func pools() throws {
        let times = (1...10).map { Int64($0) * Self.day / 2 }
        let exposures = [Self.a: Self.exposure(interruptedAt: times), Self.b: Self.exposure(interruptedAt: [])]
        let estimate = Self.estimate(exposures, after: 5 * Self.day)
        let restless = try #require(estimate.interruptionsPerHour[Self.a])
        let quiet = try #require(estimate.interruptionsPerHour[Self.b])
        #expect(quiet < estimate.priorInterruptionsPerHour)
        #expect(estimate.priorInterruptionsPerHour < restless)
    }

    @Test("what was seen fades with its half-life until only the prior is left")
    func fading() {
        let halfLife: Duration = .seconds(Self.day)
        var exposure = Self.exposure(interruptedAt: [Self.day], halfLife: halfLife)
        exposure.changeStanding(by: -1, at: Self.at(Self.day), halfLife: halfLife)
        let once = exposure.counts(at: Self.at(Self.day), halfLife: halfLife)
        let later = exposure.counts(at: Self.at(2 * Self.day), halfLife: halfLife)
        #expect(once.interruptions == 1)
        #expect(abs(later.interruptions - 0.5) < 1e-12)
        // A day that fades while it passes: half of day / ln 2.
        #expect(abs(once.seconds - 43_200 / log(2)) < 1e-6)
        #expect(abs(later.seconds - once.seconds / 2) < 1e-6)
        let forgotten = Self.estimate([Self.a: exposure], after: 200 * Self.day, halfLife: halfLife)
        #expect(abs(forgotten.priorInterruptionsPerHour * 24 - 0.5) < 1e-9)
    }

    @Test("time counts once, however many nodes stand, and only while one does")
    func standing() {
        var exposure = PoolExposure(since: Self.start)
        exposure.changeStanding(by: 16, at: Self.at(100), halfLife: Self.forever)
        exposure.changeStanding(by: -6, at: Self.at(200), halfLife: Self.forever)
        exposure.changeStanding(by: -10, at: Self.at(300), halfLife: Self.forever)
        // A second word of the same end changes nothing.
        exposure.changeStanding(by: -1, at: Self.at(400), halfLife: Self.forever)
        #expect(exposure.standing == 0)
        #expect(abs(exposure.counts(at: Self.at(1000), halfLife: Self.forever).seconds - 200) < 1e-3)
    }

    @Test("nodes that are taken together are one interruption")
    func together() {
        let times: [Int64] = [1000, 1000, 1100, 1280, 1461]
        let exposure = Self.exposure(interruptedAt: times)
        // Each within three minutes of the one before, but the last.
        let counts = exposure.counts(at: Self.at(2000), halfLife: Self.forever)
        #expect(abs(counts.interruptions - 2) < 1e-6)
    }

    @Test("what is told late counts from the latest time known")
    func outOfOrder() {
        var exposure = Self.exposure(interruptedAt: [])
        exposure.changeStanding(by: 1, at: Self.at(500), halfLife: Self.forever)
        exposure.changeStanding(by: -2, at: Self.at(100), halfLife: Self.forever)
        #expect(abs(exposure.counts(at: Self.at(900), halfLife: Self.forever).seconds - 500) < 1e-3)
    }

    @Test("the estimate finds the rate of a drawn process", arguments: [0.2, 2, 10])
    func recovers(perDay: Double) throws {
        var dice = Dice(seed: UInt64(perDay * 10))
        let days: Int64 = 4000
        var times: [Int64] = []
        var time = 0.0
        while true {
            time += max(181, dice.wait(rate: perDay / Double(Self.day)))
            guard time < Double(days * Self.day) else { break }
            times.append(Int64(time))
        }
        let estimate = Self.estimate([Self.a: Self.exposure(interruptedAt: times)], after: days * Self.day)
        let own = try #require(estimate.interruptionsPerHour[Self.a]) * 24
        // Four standard errors of a Poisson count.
        #expect(abs(own - perDay) < 4 * (perDay / Double(days)).squareRoot() + 0.02 * perDay)
    }
}
