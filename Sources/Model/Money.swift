package import Foundation

/// An exact amount of the one currency that Gleaner counts in (US dollars on AWS), or a price per hour in it.
///
/// Only ever made from decimal strings or whole numbers: a floating literal would carry its binary error into the books.
package struct Money: Hashable, Comparable, Sendable {
    package var amount: Decimal

    package init(_ amount: Decimal) {
        self.amount = amount
    }

    /// Reads a plain decimal number such as `3.0672`; signs are allowed, exponents, blanks and separators are not.
    ///
    /// At most 30 digits, so that what comes from outside is exact with room to add and multiply.
    package init?(_ text: some StringProtocol) {
        self.init(text, maximumDigits: 30)
    }

    private init?(_ text: some StringProtocol, maximumDigits: Int) {
        var digits = 0
        var points = 0
        for (index, byte) in text.utf8.enumerated() {
            switch byte {
            case 48...57: digits += 1
            case 0x2E: points += 1
            case 0x2B, 0x2D: guard index == 0 else { return nil }
            default: return nil
            }
        }
        guard digits > 0, digits <= maximumDigits, points <= 1,
            let amount = Decimal(string: String(text), locale: Locale(identifier: "en_US_POSIX"))
        else { return nil }
        self.amount = amount
    }

    package static let zero = Money(Decimal(0))

    package static func < (left: Money, right: Money) -> Bool { left.amount < right.amount }
    package static func + (left: Money, right: Money) -> Money { Money(left.amount + right.amount) }
    package static func - (left: Money, right: Money) -> Money { Money(left.amount - right.amount) }
    package static func * (left: Money, right: Int) -> Money { Money(left.amount * Decimal(right)) }
    /// An equal share, to the last digit that a `Decimal` holds: for estimates, never for books.
    package static func / (left: Money, right: Int) -> Money { Money(left.amount / Decimal(right)) }
    package static func += (left: inout Money, right: Money) { left.amount += right.amount }
    package static func -= (left: inout Money, right: Money) { left.amount -= right.amount }

    /// What a price per hour comes to over a time: price x seconds first, divided by 3600 once.
    package func costing(seconds: Int64) -> Money {
        Money(amount * Decimal(seconds) / 3600)
    }

    /// Rounded half to even at the given number of decimal places.
    package func rounded(places: Int = 2) -> Money {
        var source = amount
        var result = Decimal()
        NSDecimalRound(&result, &source, places, .bankers)
        return Money(result)
    }

    /// As a floating number, for charts and comparisons that no book depends on.
    package var approximate: Double { NSDecimalNumber(decimal: amount).doubleValue }
}

extension Money: CustomStringConvertible {
    package var description: String { NSDecimalNumber(decimal: amount).stringValue }

    /// Rounded half to even and padded to the given number of decimal places: `12.30`.
    package func formatted(places: Int = 2) -> String {
        let text = rounded(places: places).description
        guard places > 0 else { return text }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        let fraction = parts.count > 1 ? String(parts[1]) : ""
        return "\(parts[0]).\(fraction)\(String(repeating: "0", count: max(0, places - fraction.count)))"
    }
}

extension Money: Codable {
    /// What `description` may write of a `Decimal`: 39 digits and a 128th place.
    private static let maximumWrittenDigits = 168

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let money = Money(text, maximumDigits: Self.maximumWrittenDigits) else {
            throw DecodingError.dataCorruptedError(
                in: container,
                debugDescription: "\"\(text)\" is not a decimal number"
            )
        }
        self = money
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
