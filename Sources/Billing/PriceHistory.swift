import Model

/// What an offering cost from when on, as far as it is known.
struct PriceHistory: Sendable {
    private var points: [(effectiveAt: Timestamp, price: ExactPrice)] = []
    /// What a decision reckoned with, for when no price was ever observed.
    private(set) var reckoned: ExactPrice?

    /// Prices may arrive late and again: the order of arrival does not matter, except that of two prices for the same
    /// moment the later word holds.
    mutating func observe(_ price: ExactPrice, effectiveAt: Timestamp) {
        let index = count(until: effectiveAt)
        if index > 0, points[index - 1].effectiveAt == effectiveAt {
            points[index - 1].price = price
        } else {
            points.insert((effectiveAt, price), at: index)
        }
    }

    mutating func reckon(_ price: ExactPrice) {
        reckoned = reckoned ?? price
    }

    /// The price in force at a moment; nil before any that is known.
    func price(at time: Timestamp) -> ExactPrice? {
        let index = count(until: time)
        return index > 0 ? points[index - 1].price : nil
    }

    /// The price in force at a moment, else the first known after it, else what a decision reckoned with.
    func nearestPrice(to time: Timestamp) -> ExactPrice? {
        price(at: time) ?? points.first?.price ?? reckoned
    }

    /// How many points are in force at a moment or before it.
    private func count(until time: Timestamp) -> Int {
        var low = 0
        var high = points.count
        while low < high {
            let middle = (low + high) / 2
            if points[middle].effectiveAt <= time { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
