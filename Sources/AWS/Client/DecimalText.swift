import Foundation

/// Prices as AWS writes them.
enum DecimalText {
    /// Reads a whole text as an exact amount; `Decimal(string:)` alone would stop at the first stray character.
    /// - Parameter text: digits with at most one point.
    /// - Returns: nil for anything else.
    static func parse(_ text: String) -> Decimal? {
        guard (1...30).contains(text.utf8.count), text.utf8.filter({ $0 == UInt8(ascii: ".") }).count <= 1,
            text.utf8.contains(where: { (0x30...0x39).contains($0) }),
            text.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".") })
        else { return nil }
        return Decimal(string: text, locale: Locale(identifier: "en_US_POSIX"))
    }
}
