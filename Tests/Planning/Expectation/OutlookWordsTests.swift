import Model
import Testing

@testable import Planning

@Suite("Sums in words")
struct OutlookWordsTests {
    private static func price(_ text: String) -> Money { Money(text) ?? .zero }

    private static let risky = Outlook(
        startSeconds: 360,
        computingSeconds: 21_600,
        expectedInterruptions: 0.6,
        interruptionProbability: 0.452,
        lostSecondsPerInterruption: 360,
        totalSeconds: 22_392
    )

    @Test("every part of a sum is said, and its result")
    func whole() {
        #expect(
            Self.risky.sum(pricePerHour: Self.price("12.40"))
                == "12.40 $/h x (0.1 h start + 6 h work + 0.6 interruptions x 0.2 h) = 77.13 $"
        )
        #expect(
            Self.risky.sum(pricePerHour: Self.price("12.40"), nodes: 4)
                == "4 x 12.40 $/h x (0.1 h start + 6 h work + 0.6 interruptions x 0.2 h) = 308.51 $"
        )
        #expect(Self.risky.risk == "45% chance of an interruption, which costs 0.2 h")
    }

    @Test("on-demand capacity has checkpoints, and no interruptions")
    func withoutRisk() {
        let outlook = Outlook(
            startSeconds: 300,
            computingSeconds: 435_600,
            checkpointSeconds: 12,
            totalSeconds: 435_912
        )
        #expect(
            outlook.sum(pricePerHour: Self.price("0.5260"))
                == "0.526 $/h x (0.08 h start + 121 h work + <0.01 h checkpoints) = 63.69 $"
        )
        #expect(outlook.risk == "no interruptions")
    }

    @Test("prices alone are compared for one hour")
    func pricesAlone() {
        let outlook = Outlook(startSeconds: 0, computingSeconds: 3600, totalSeconds: 3600)
        #expect(outlook.sum(pricePerHour: Self.price("3"), nodes: 2) == "2 x 3.00 $/h x 1 h = 6.00 $")
    }

    @Test("what interruptions hardly ever let finish has no sum")
    func endless() {
        let model = CostModelTests.model(perHour: 1)
        let demand = CostModelTests.demand(seconds: 72 * 3600)
        let outlook = model.outlook(for: demand, on: CostModelTests.spot, accelerator: nil)
        let said = outlook.sum(pricePerHour: Self.price("1"))
        #expect(said.hasPrefix("1.00 $/h x (0.08 h start + 72 h work + "))
        #expect(said.hasSuffix("), without end"))
        #expect(outlook.risk.hasPrefix("more than 99% chance"))
    }
}
