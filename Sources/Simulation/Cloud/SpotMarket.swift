import Foundation
import Model

/// Price and capacity of one instance type as spot in one zone, moving by its own chances alone: what others buy there
/// is not ours to know, and what we buy does not move it.
struct SpotMarket: Sendable {
    /// A price and the second from which it holds.
    struct Step: Hashable, Sendable {
        var second: Int64
        /// Millionths of the currency an hour.
        var micros: Int64
    }

    let offering: Offering
    /// Oldest first.
    private(set) var history: [Step]
    private(set) var capacity: Int64
    /// When it moves next, in seconds since 1970; nil is never.
    private(set) var nextPriceChange: Int64?
    private(set) var nextCapacityChange: Int64?
    /// When the next break of its capacity is announced, if it is.
    private(set) var nextAnnouncement: Int64?

    /// Recorded prices that are still to come, the next one last; nil where the price moves by chance.
    private var coming: [Step]?
    private let baseMicros: Int64
    private let ceilingMicros: Int64
    private var deviation = 0.0
    private var prices: SeededGenerator
    private var spells: SeededGenerator
    private let rule: CapacityRule.Supply?
    private let range: ClosedRange<Int64>
    private let breaksPerDay: Double
    private let announcedShare: Double
    private let startSecond: Int64
    private var isUp = true

    /// - Returns: Nil when the type is not sold as spot.
    init?(entry: CloudCatalogue.Entry, zone: String, configuration: CloudConfiguration) {
        let offering = Offering(instanceType: entry.name, zone: zone, capacityType: .spot)
        let recorded = configuration.recordedSpotPrices.map { $0[offering] ?? [] }
        if let recorded {
            guard !recorded.isEmpty else { return nil }
        } else {
            guard entry.spotSavingPercent != nil else { return nil }
        }
        self.offering = offering
        startSecond = configuration.startsAt.seconds
        let purpose = "\(entry.name)/\(zone)"
        prices = SeededGenerator(seed: configuration.seed, purpose: "price/\(purpose)")
        spells = SeededGenerator(seed: configuration.seed, purpose: "capacity/\(purpose)")
        ceilingMicros = SpotMarket.micros(entry.onDemandPricePerHour)
        if let recorded {
            let start = startSecond
            let steps = recorded.map {
                Step(second: $0.effectiveAt.seconds, micros: SpotMarket.micros($0.pricePerHour))
            }
            // What is older than the world holds at its start, and so does the first price where none is older.
            baseMicros = (steps.last { $0.second <= start } ?? steps.first)?.micros ?? ceilingMicros
            let coming = Array(steps.drop { $0.second <= start }.reversed())
            nextPriceChange = coming.last?.second
            self.coming = coming
        } else {
            let ofZone = prices.number(from: 0.9, to: 1.1)
            let saving = entry.spotSavingPercent ?? 0
            baseMicros = min(
                ceilingMicros,
                max(1, Int64((Double(ceilingMicros) * Double(100 - saving) / 100 * ofZone).rounded()))
            )
            nextPriceChange = startSecond + prices.integer(in: 60...5400)
        }
        // An hour of history, so that what holds at the start is known at the start.
        history = [Step(second: startSecond - 3600, micros: baseMicros)]
        range = configuration.spotCapacity
        // The Spot Instance Advisor's highest class, 25% a month, breaks at the configured rate, the others in proportion.
        breaksPerDay = configuration.interruptionsPerDay * entry.monthlyInterruption / 0.25
        announcedShare = configuration.announcedShare
        rule = configuration.capacityRules.first { $0.pattern.matches(offering) }?.supply
        capacity = 0
        switch rule {
        case .fixed(let count):
            capacity = count
        case .trace(let trace, let factor):
            capacity = trace.count(at: 0) * factor
            nextCapacityChange = trace.nextChange(after: 0).map { startSecond + $0 }
        case nil:
            capacity = spells.integer(in: range)
            scheduleBreak(from: startSecond)
        }
    }

    var micros: Int64 { history.last?.micros ?? baseMicros }

    /// The price in force at a second.
    func step(at second: Int64) -> Step? {
        let index = history.partitioningIndex { $0.second > second }
        return index > 0 ? history[index - 1] : history.first
    }

    /// Steps after a second, the one in force at it included.
    func steps(since second: Int64) -> ArraySlice<Step> {
        let index = history.partitioningIndex { $0.second > second }
        return history[max(0, index - 1)...]
    }

    func pricePoint(_ step: Step) -> PricePoint {
        PricePoint(
            offering: offering,
            pricePerHour: SpotMarket.money(micros: step.micros),
            effectiveAt: Timestamp(seconds: step.second)
        )
    }

    /// Moves the price and sets the time of its next move.
    /// - Returns: The new step; nil when rounding left the price where it was.
    mutating func movePrice() -> Step? {
        guard let second = nextPriceChange else { return nil }
        if let step = coming?.popLast() {
            nextPriceChange = coming?.last?.second
            guard step.micros != micros else { return nil }
            history.append(step)
            return step
        }
        // Pulled back by a tenth each time; the steps keep it within about 15% of its base.
        deviation = deviation * 0.9 + prices.number(from: -0.035, to: 0.035)
        nextPriceChange = second + prices.integer(in: 20 * 60...90 * 60)
        let moved = min(ceilingMicros, max(1, Int64((Double(baseMicros) * (1 + deviation)).rounded())))
        guard moved != micros else { return nil }
        let step = Step(second: second, micros: moved)
        history.append(step)
        return step
    }

    /// Moves the capacity and sets the time of its next move.
    mutating func moveCapacity() {
        guard let second = nextCapacityChange else { return }
        nextAnnouncement = nil
        nextCapacityChange = nil
        switch rule {
        case .fixed: return
        case .trace(let trace, let factor):
            capacity = trace.count(at: second - startSecond) * factor
            nextCapacityChange = trace.nextChange(after: second - startSecond).map { startSecond + $0 }
        case nil where isUp:
            isUp = false
            // Most breaks take all; the rest leave some.
            capacity = spells.chance(0.6) ? 0 : spells.integer(in: 0...max(1, range.lowerBound / 2))
            nextCapacityChange = second + spells.integer(in: 15 * 60...3 * 3600)
        case nil:
            isUp = true
            capacity = spells.integer(in: range)
            scheduleBreak(from: second)
        }
    }

    mutating func announcementMade() {
        nextAnnouncement = nil
    }

    private mutating func scheduleBreak(from second: Int64) {
        // Drawn whatever the rate, so that one market's rate never shifts its other chances.
        let draw = spells.fraction()
        let isAnnounced = spells.chance(announcedShare)
        let lead = spells.integer(in: 180...900)
        guard breaksPerDay > 0 else { return }
        let wait = min(-log(1 - draw) * 86_400 / breaksPerDay, 1e9)
        let at = second + max(600, Int64(wait))
        nextCapacityChange = at
        nextAnnouncement = isAnnounced && at - lead > second ? at - lead : nil
    }

    /// Exact: the text of a price with six decimals.
    static func money(micros: Int64) -> Money {
        Money(text(micros: micros)) ?? .zero
    }

    static func text(micros: Int64) -> String {
        let fraction = String(micros % 1_000_000)
        return "\(micros / 1_000_000).\(String(repeating: "0", count: 6 - fraction.utf8.count))\(fraction)"
    }

    static func micros(_ money: Money) -> Int64 {
        NSDecimalNumber(decimal: (money.amount * Decimal(1_000_000))).int64Value
    }
}

extension Array {
    /// The first index whose element belongs to the second part of a partitioned array.
    fileprivate func partitioningIndex(where belongsInSecondPart: (Element) -> Bool) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if belongsInSecondPart(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
