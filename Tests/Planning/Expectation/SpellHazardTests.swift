import Foundation
import Model
import Testing

@testable import Planning

@Suite("Hazards by the age of a spell")
struct SpellHazardTests {
    private static let forever: Duration = .seconds(1_000_000_000_000)
    private static let day: Duration = .seconds(86_400)
    private static let a = Offering(instanceType: "p3.2xlarge", zone: "us-east-1a", capacityType: .spot)
    private static let b = Offering(instanceType: "p3.2xlarge", zone: "us-east-1b", capacityType: .spot)

    private static func at(_ seconds: Int64) -> Timestamp { Timestamp(seconds: 1_000_000 + seconds) }

    private static func estimate(
        _ exposures: [Offering: PoolExposure],
        prior: SpellHazard = .measured,
        after seconds: Int64,
        halfLife: Duration = forever
    ) -> SpellHazardEstimate {
        SpellHazardEstimate(exposures: exposures, prior: prior, halfLife: halfLife, at: at(seconds))
    }

    /// Nodes that stand for so many seconds each, one after the other, until they are taken without a word.
    private static func spells(_ lengths: [Int64], halfLife: Duration = forever) -> (PoolExposure, end: Int64) {
        var pool = PoolExposure(since: at(0))
        var now: Int64 = 0
        for length in lengths {
            pool.changeStanding(by: 1, at: at(now), halfLife: halfLife)
            now += length
            pool.interrupt(at: at(now), halfLife: halfLife, wasAnnounced: false)
            pool.changeStanding(by: -1, at: at(now), halfLife: halfLife)
            now += 3600
        }
        return (pool, now)
    }

    @Test("the hazard falls with the age, and its integral is what a spell survives")
    func falling() {
        let hazard = SpellHazard.measured
        #expect(abs(hazard.perHour(atAge: 0) - 1.9) < 1e-12)
        #expect(abs(hazard.perHour(atAge: 4.5) - 0.19) < 1e-12)
        #expect(hazard.perHour(atAge: -1) == hazard.perHour(atAge: 0))
        #expect(abs(hazard.expected(fromAge: 0.5, to: 1.5) - 0.95 * log(2.0)) < 1e-12)
        #expect(abs(hazard.survival(fromAge: 0, to: 0.5) - pow(0.5, 0.95)) < 1e-12)
        let day = SpellHazard(interruptionsInFirstDay: 0.5)
        #expect(abs(day.expected(fromAge: 0, to: 24) - 0.5) < 1e-12)
        #expect(SpellHazard(shape: 0).survival(fromAge: 0, to: 1000) == 1)
    }

    @Test("when a spell ends that ends within a time is the mean of its density there", arguments: [0.4, 0.95, 1, 1.7])
    func meanEnd(shape: Double) {
        let hazard = SpellHazard(shape: shape)
        for (age, hours) in [(0, 0.1), (0, 4), (3, 1), (-1, 2), (50, 0.02)] as [(Double, Double)] {
            var (sum, weight) = (0.0, 0.0)
            for index in 0..<20_000 {
                let time = (Double(index) + 0.5) / 20_000 * hours
                let age = max(0, age)
                let density = hazard.perHour(atAge: age + time) * hazard.survival(fromAge: age, to: age + time)
                sum += time * density
                weight += density
            }
            #expect(abs(hazard.meanEnd(fromAge: age, within: hours) - sum / weight) < 1e-4 * hours)
        }
        #expect(SpellHazard(shape: 0).meanEnd(fromAge: 1, within: 2) == 1)
    }

    @Test("where nothing was seen the prior holds, and on-demand capacity is never taken")
    func prior() {
        let estimate = Self.estimate([:], after: 0)
        #expect(estimate.hazard(of: Self.a) == .measured)
        #expect(estimate.perHour(of: Self.a, at: Self.at(0)) == 1.9)
        #expect(estimate.unannouncedShare == 0.05)
        let onDemand = Offering(instanceType: "p3.2xlarge", zone: "us-east-1a", capacityType: .onDemand)
        #expect(estimate.perHour(of: onDemand, at: Self.at(0)) == 0)
    }

    @Test("spells move the shape to the posterior mean, of all pools first and of their own then")
    func posterior() throws {
        let (pool, end) = Self.spells([1800, 3 * 1800, 7 * 1800])
        let logAges = log(2.0) + log(4.0) + log(8.0)
        let estimate = Self.estimate([Self.a: pool, Self.b: PoolExposure(since: Self.at(0))], after: end)
        let shared = (0.95 * 5 + 3) / (5 + logAges)
        #expect(abs(estimate.prior.shape - shared) < 1e-6)
        let own = try #require(estimate.hazards[Self.a])
        #expect(abs(own.shape - (shared * 5 + 3) / (5 + logAges)) < 1e-6)
        #expect(abs(estimate.hazard(of: Self.b).shape - shared) < 1e-6)
        #expect(abs(estimate.unannouncedShare - 4.0 / 23) < 1e-6)
    }

    @Test("a spell lasts while any node stands, and begins anew where others outlive a reclaim")
    func ages() {
        var pool = PoolExposure(since: Self.at(0))
        #expect(pool.spellBeganAt == nil)
        pool.changeStanding(by: 1, at: Self.at(100), halfLife: Self.forever)
        pool.changeStanding(by: 2, at: Self.at(5000), halfLife: Self.forever)
        pool.changeStanding(by: -1, at: Self.at(6000), halfLife: Self.forever)
        #expect(pool.spellBeganAt == Self.at(100))
        #expect(abs(Self.estimate([Self.a: pool], after: 7300).ageHours(of: Self.a, at: Self.at(7300)) - 2) < 1e-9)
        pool.interrupt(at: Self.at(7300), halfLife: Self.forever)
        #expect(pool.spellBeganAt == Self.at(7420))
        // Until the reclaim nothing is learnt of what stays.
        let before = pool.spells(at: Self.at(7300), halfLife: Self.forever).logAges
        #expect(abs(pool.spells(at: Self.at(7420), halfLife: Self.forever).logAges - before) < 1e-6)
        pool.changeStanding(by: -1, at: Self.at(7420), halfLife: Self.forever)
        #expect(pool.spellBeganAt == Self.at(7420))
        pool.changeStanding(by: -1, at: Self.at(8000), halfLife: Self.forever)
        #expect(pool.spellBeganAt == nil)
        #expect(Self.estimate([Self.a: pool], after: 9000).ageHours(of: Self.a, at: Self.at(9000)) == 0)
    }

    @Test("log-ages fade like a sum of small steps, in one piece or in many")
    func fading() {
        var whole = PoolExposure(since: Self.at(0))
        whole.changeStanding(by: 1, at: Self.at(0), halfLife: Self.day)
        var parts = whole
        let end: Int64 = 40 * 86_400
        for step in stride(from: Int64(0), through: end, by: 7000) {
            parts.changeStanding(by: 0, at: Self.at(step), halfLife: Self.day)
        }
        let inOne = whole.spells(at: Self.at(end), halfLife: Self.day).logAges
        let inMany = parts.spells(at: Self.at(end), halfLife: Self.day).logAges
        var sum = 0.0
        for second in stride(from: 5.0, to: Double(end), by: 10) {
            sum += 10 / (second + 1800) * exp2(-(Double(end) - second) / 86_400)
        }
        #expect(abs(inOne / sum - 1) < 1e-5)
        #expect(abs(inMany / sum - 1) < 1e-5)
    }

    @Test("what was seen long ago leaves the prior")
    func forgotten() {
        let (pool, end) = Self.spells(Array(repeating: 60, count: 50), halfLife: Self.day)
        let soon = Self.estimate([Self.a: pool], after: end, halfLife: Self.day)
        #expect(soon.hazard(of: Self.a).shape > 2)
        let late = Self.estimate([Self.a: pool], after: end + 100 * 86_400, halfLife: Self.day)
        #expect(abs(late.hazard(of: Self.a).shape - 0.95) < 1e-6)
    }
}
