import Foundation
import Testing

@testable import Planning

@Suite("When to save next")
struct CheckpointTimingTests {
    /// A risk that does not change: a shape and a scale so large that a month moves neither.
    private static func constant(perHour: Double) -> SpellRisk {
        SpellRisk(pools: [.init(hazard: SpellHazard(shape: perHour * 1e7, scaleHours: 1e7), ageHours: 0)])
    }

    private static func pool(shape: Double, age: Double) -> SpellRisk.Pool {
        SpellRisk.Pool(hazard: SpellHazard(shape: shape, scaleHours: 0.4), ageHours: age)
    }

    @Test("at a constant hazard the interval is Daly's, which is Young's without the cost's own terms")
    func constantHazard() throws {
        let risk = Self.constant(perHour: 1.0 / 24)
        let interval = try #require(CheckpointTiming(costHours: 0.1).intervalHours(after: 0, risk))
        let young = (2 * 0.1 * 24).squareRoot()
        let daly = young * (1 + (0.1 / 48).squareRoot() / 3 + 0.1 / 48 / 9) - 0.1
        #expect(abs(interval - daly) < 0.001)
        // A cost beyond what the terms are for: the exact solution, by fixed point.
        var exact = 1.0
        for _ in 0..<200 { exact = 1 - exp(-(exact + 20)) }
        let long = try #require(CheckpointTiming(costHours: 20).intervalHours(after: 0, Self.constant(perHour: 1)))
        #expect(abs(long - exact) < 0.01)
    }

    @Test(
        "on a falling hazard it wastes at most 0.5% more than the exact solution",
        arguments: [0.6, 0.8, 1, 1.5, 3],
        [0.5, 2, 5, 10, 24]
    )
    func nearlyExact(shape: Double, costMinutes: Double) {
        let hazard = SpellHazard(shape: shape, scaleHours: 0.4)
        let timing = CheckpointTiming(costHours: costMinutes / 60)
        let exact = ExactTiming(hazard: hazard, costHours: costMinutes / 60)
        let risk = SpellRisk(pools: [.init(hazard: hazard, ageHours: 0)])
        let ratio = exact.waste { timing.intervalHours(after: $0, risk) ?? .infinity } / exact.leastWaste
        #expect(ratio >= 0.999)
        #expect(ratio <= 1.005)
    }

    @Test("the older the spell, the longer the interval; the dearer the checkpoint, the longer too")
    func grows() throws {
        let risk = SpellRisk(pools: [Self.pool(shape: 0.8, age: 0)])
        let cheap = CheckpointTiming(costHours: 0.01)
        let dear = CheckpointTiming(costHours: 0.1)
        let ages = [0.0, 0.5, 2, 10, 100]
        let intervals = try ages.map { try #require(cheap.intervalHours(after: $0, risk)) }
        #expect(intervals == intervals.sorted())
        #expect(Set(intervals).count == ages.count)
        for age in ages {
            let long = try #require(dear.intervalHours(after: age, risk))
            let short = try #require(cheap.intervalHours(after: age, risk))
            #expect(long > short)
        }
    }

    @Test("a checkpoint that fits into the notice guards against stops without one alone")
    func notice() throws {
        let risk = SpellRisk(pools: [Self.pool(shape: 0.8, age: 1)])
        let fits = CheckpointTiming(costHours: 115.0 / 3600, noticeHours: 115.0 / 3600, unannouncedShare: 0.05)
        #expect(fits.losingShare == 0.05)
        let tooLong = CheckpointTiming(costHours: 116.0 / 3600, noticeHours: 115.0 / 3600, unannouncedShare: 0.05)
        #expect(tooLong.losingShare == 1)
        let seldom = try #require(fits.intervalHours(after: 0, risk))
        let often = try #require(tooLong.intervalHours(after: 0, risk))
        #expect(seldom > 4 * often)
        let announced = CheckpointTiming(costHours: 0.01, noticeHours: 0.03, unannouncedShare: 0)
        #expect(announced.intervalHours(after: 0, risk) == nil)
    }

    @Test("where nothing is taken back no regular checkpoint is worth its cost")
    func noRisk() {
        let none = SpellRisk(pools: [Self.pool(shape: 0, age: 3)])
        #expect(none.isNone)
        #expect(CheckpointTiming(costHours: 0.1).intervalHours(after: 0, none) == nil)
        #expect(CheckpointTiming(costHours: 0.1).wastedShare(.never, none) == 0)
        #expect(CheckpointTiming(costHours: 0.1).wastedShare(.timed, none) == 0)
    }

    @Test("a checkpoint that costs nothing is always worth it, and negative costs and ages count as none")
    func edges() {
        let risk = SpellRisk(pools: [Self.pool(shape: 0.8, age: -5)])
        #expect(CheckpointTiming(costHours: 0).intervalHours(after: 0, risk) == 0)
        #expect(CheckpointTiming(costHours: -1).intervalHours(after: -2, risk) == 0)
        #expect(CheckpointTiming(costHours: 1, losingShare: -1).losingShare == 0)
        #expect(risk.perHour(after: -1) == 0.8 / 0.4)
        #expect(risk.perHour(after: 5) == 0.8 / 0.4)
        #expect(abs(risk.perHour(after: 6) - 0.8 / 1.4) < 1e-12)
        #expect(CheckpointTiming(costHours: 0).wastedShare(.timed, risk) < 0.01)
    }

    @Test("pools add up: two of the same are as one of twice the shape")
    func pools() throws {
        let two = SpellRisk(pools: [Self.pool(shape: 0.4, age: 1), Self.pool(shape: 0.4, age: 1)])
        let one = SpellRisk(pools: [Self.pool(shape: 0.8, age: 1)])
        #expect(abs(two.perHour(after: 2) - one.perHour(after: 2)) < 1e-12)
        #expect(abs(two.fall(after: 2) - 1 / 0.8) < 1e-12)
        #expect(abs(two.survival(to: 5) - one.survival(to: 5)) < 1e-12)
        let timing = CheckpointTiming(costHours: 0.05)
        let both = try #require(timing.intervalHours(after: 1, two))
        let alone = try #require(timing.intervalHours(after: 1, one))
        #expect(abs(both - alone) < 1e-9)
    }

    @Test("what is wasted is what drawn spells waste")
    func wasted() {
        let timing = CheckpointTiming(costHours: 0.05)
        let risk = SpellRisk(pools: [Self.pool(shape: 0.8, age: 0.5)])
        for rhythm in [CheckpointRhythm.never, .fixed(hours: 0.5), .timed] {
            var (wasted, run) = (0.0, 0.0)
            let draws = 20_000
            for index in 0..<draws {
                // S(t) = (0.9 / (0.9 + t))^0.8, evenly drawn.
                let length = 0.9 * (pow((Double(index) + 0.5) / Double(draws), -1 / 0.8) - 1)
                let end = min(length, CheckpointTiming.horizonHours)
                var saved = 0.0
                while true {
                    let interval: Double =
                        switch rhythm {
                        case .never: .infinity
                        case .fixed(let hours): hours
                        case .timed: timing.intervalHours(after: saved, risk) ?? .infinity
                        }
                    guard saved + interval + 0.05 <= end else { break }
                    saved += interval + 0.05
                    wasted += 0.05
                }
                if length < CheckpointTiming.horizonHours { wasted += length - saved }
                run += end
            }
            let share = timing.wastedShare(rhythm, risk)
            #expect(abs(share - wasted / run) < 0.002, "\(rhythm)")
        }
    }

    @Test("the rhythm of the advice wastes less than any fixed one")
    func best() {
        let timing = CheckpointTiming(costHours: 0.05)
        let risk = SpellRisk(pools: [Self.pool(shape: 0.8, age: 0)])
        let timed = timing.wastedShare(.timed, risk)
        for hours in [0.1, 0.2, 0.4, 0.6, 1, 2, 5] { #expect(timed < timing.wastedShare(.fixed(hours: hours), risk)) }
        #expect(timed < timing.wastedShare(.never, risk))
        // However silly a rhythm is.
        #expect(timing.wastedShare(.fixed(hours: -1), risk) > 0.9)
    }
}
