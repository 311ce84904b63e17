import Foundation
import Model

/// A price per hour in whole billionths of a thousandth of a dollar, so that costs are sums and products of integers.
struct ExactPrice: Hashable, Sendable {
    /// Units of 10^-12 dollars per hour: finer than any cloud quotes. Between zero and a million dollars.
    var units: Int128

    init(_ money: Money) {
        let scaled = Money(money.amount * Decimal(sign: .plus, exponent: 12, significand: 1)).rounded(places: 0)
        units = min(max(Int128(scaled.description) ?? 0, 0), 1_000_000_000_000_000_000)
    }

    private init(units: Int128) {
        self.units = units
    }

    static let zero = ExactPrice(units: 0)

    /// The cost of a share of a node over a time; exact, so that parts of a time add up to the whole.
    func costing(seconds: Int64, millionths: Int64) -> ExactAmount {
        ExactAmount(units: units * Int128(seconds) * Int128(millionths))
    }
}

/// An exact cost: price x seconds x share, not yet divided. It becomes money once, when it is rounded to cents.
struct ExactAmount: Hashable, Comparable, Sendable {
    /// Units of 10^-12 dollars per hour, seconds and millionths of a node, multiplied.
    var units: Int128

    static let zero = ExactAmount(units: 0)

    /// How many units make a cent.
    static let unitsPerCent: Int128 = 10_000_000_000 * 3600 * 1_000_000

    static func < (left: ExactAmount, right: ExactAmount) -> Bool { left.units < right.units }
    static func + (left: ExactAmount, right: ExactAmount) -> ExactAmount {
        ExactAmount(units: left.units + right.units)
    }
    static func += (left: inout ExactAmount, right: ExactAmount) { left.units += right.units }

    /// Rounded half to even.
    var cents: Int64 {
        let (quotient, remainder) = units.quotientAndRemainder(dividingBy: Self.unitsPerCent)
        let isUp = remainder * 2 > Self.unitsPerCent || (remainder * 2 == Self.unitsPerCent && quotient % 2 != 0)
        return Int64(clamping: quotient + (isUp ? 1 : 0))
    }

    /// Hands out a rounded sum over the amounts that make it up: each gets its whole cents, the rest goes one by one
    /// to the largest remainders, the earlier first among equals.
    /// - Parameters:
    ///   - cents: The rounded sum of the amounts, itself perhaps handed out before; within a cent of the exact one.
    ///   - amounts: Each zero or more.
    /// - Returns: Cents for each amount, that add up to the sum.
    static func apportion(cents: Int64, over amounts: [ExactAmount]) -> [Int64] {
        var result: [Int64] = []
        var remainders: [(index: Int, remainder: Int128)] = []
        result.reserveCapacity(amounts.count)
        for (index, amount) in amounts.enumerated() {
            let (quotient, remainder) = amount.units.quotientAndRemainder(dividingBy: unitsPerCent)
            result.append(Int64(clamping: quotient))
            if remainder > 0 { remainders.append((index, remainder)) }
        }
        let missing = Int(cents - result.reduce(0, +))
        guard missing > 0 else { return result }
        remainders.sort { ($1.remainder, $0.index) < ($0.remainder, $1.index) }
        for (index, _) in remainders.prefix(missing) { result[index] += 1 }
        return result
    }
}

extension Money {
    init(cents: Int64) {
        let magnitude = Decimal(sign: .plus, exponent: -2, significand: Decimal(cents.magnitude))
        self.init(cents < 0 ? -magnitude : magnitude)
    }
}

/// Splits a share of a node, in millionths, in proportion to weights: whole millionths that add up exactly, what is
/// left over to the largest remainders, the earlier first among equals.
func split(millionths: Int64, by weights: [Int64]) -> [Int64] {
    let sum = weights.reduce(Int128(0)) { $0 + Int128($1) }
    guard sum > 0 else { return weights.map { _ in 0 } }
    var result: [Int64] = []
    var remainders: [(index: Int, remainder: Int128)] = []
    for (index, weight) in weights.enumerated() {
        let (quotient, remainder) = (Int128(weight) * Int128(millionths)).quotientAndRemainder(dividingBy: sum)
        result.append(Int64(quotient))
        remainders.append((index, remainder))
    }
    let missing = Int(millionths - result.reduce(0, +))
    guard missing > 0 else { return result }
    remainders.sort { ($1.remainder, $0.index) < ($0.remainder, $1.index) }
    for (index, _) in remainders.prefix(missing) { result[index] += 1 }
    return result
}
