import Model
import Testing

@testable import Planning

@Suite("The advice how often to save")
struct CheckpointAdviceTests {
    private static let risk = SpellRisk(pools: [.init(hazard: .measured, ageHours: 1)])

    private static func advice(
        _ contract: CheckpointContract = .signal,
        cost: Int64?,
        unannounced: Double = 0.05,
        risk: SpellRisk = risk
    ) -> CheckpointAdvice {
        CheckpointAdvice(risk: risk, contract: contract, costSeconds: cost, unannouncedShare: unannounced)
    }

    @Test("before a checkpoint was measured a minute is assumed, and whoever can be asked does not rely on the notice")
    func assumed() throws {
        let signal = Self.advice(.signal, cost: nil)
        let http = Self.advice(.http, cost: nil)
        #expect(signal.costSeconds == 60 && !signal.isMeasured)
        #expect(try #require(signal.intervalSeconds) > 3 * #require(http.intervalSeconds))
        #expect(Self.advice(.http, cost: 60).intervalSeconds == signal.intervalSeconds)
        #expect(Self.advice(.none, cost: 60).intervalSeconds == http.intervalSeconds)
    }

    @Test("an interval is a minute at least and a month at most, and none where all stops are announced in time")
    func bounds() {
        #expect(Self.advice(.none, cost: 0).intervalSeconds.map { $0 >= 60 } == true)
        let young = SpellRisk(pools: [.init(hazard: SpellHazard(shape: 50), ageHours: 0)])
        #expect(Self.advice(.none, cost: 1, risk: young).intervalSeconds == 60)
        #expect(Self.advice(.none, cost: 86_400 * 365).intervalSeconds == 2_592_000)
        #expect(Self.advice(.signal, cost: 30, unannounced: 0).intervalSeconds == nil)
        #expect(Self.advice(.none, cost: 30, risk: SpellRisk(pools: [])).intervalSeconds == nil)
    }

    @Test("a checkpoint that failed shows what one takes at the least, and is no measurement")
    func failed() {
        func advice(_ measured: Int64?, _ least: Int64?) -> CheckpointAdvice {
            CheckpointAdvice(
                risk: Self.risk,
                contract: .http,
                costSeconds: measured,
                atLeast: least,
                unannouncedShare: 0.05
            )
        }
        #expect(advice(nil, 300).costSeconds == 300 && !advice(nil, 300).isMeasured)
        #expect(advice(nil, 30).costSeconds == 60)
        #expect(advice(400, 300).costSeconds == 400 && advice(40, 300).costSeconds == 300)
        // It does not fit into a notice then.
        #expect(advice(40, 300).intervalSeconds == advice(nil, 300).intervalSeconds)
    }

    @Test("its worth is what it spares at the price, and never negative")
    func worth() {
        let advice = Self.advice(.none, cost: 120)
        let price = Money("40") ?? .zero
        let never = advice.worth(afterHours: 0, over: nil, pricePerHour: price)
        let often = advice.worth(afterHours: 0, over: 60, pricePerHour: price)
        #expect(often.presentWastedShare > 0.66 && often.presentWastedShare < 0.7)
        #expect(never.wastedShare == often.wastedShare)
        #expect(never.savedPerHour > .zero && often.savedPerHour > never.savedPerHour)
        let old = advice.worth(afterHours: 100, over: nil, pricePerHour: price)
        #expect(old.presentWastedShare < never.presentWastedShare)
        for interval in [1, 600, 1800, 3600, 86_400] as [Int64] {
            let worth = advice.worth(afterHours: 0, over: interval, pricePerHour: price)
            let spared = worth.presentWastedShare - worth.wastedShare
            #expect(abs(worth.savedPerHour.approximate - 40 * spared) < 1e-4)
        }
        #expect(advice.worth(afterHours: 0, over: nil, pricePerHour: .zero).savedPerHour == .zero)
    }
}
