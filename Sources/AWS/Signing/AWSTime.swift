import Model

/// Instants as AWS writes them. In code: milliseconds since 1970 in UTC.
package enum AWSTime {
    /// As in `20260102T030405Z`; fractions of a second are cut off.
    package static func basic(_ milliseconds: Int64) -> String {
        let (date, time) = fields(milliseconds)
        return date.joined() + "T" + time.joined() + "Z"
    }

    /// As in `2026-01-02T03:04:05.678Z`.
    package static func extended(_ milliseconds: Int64) -> String {
        let (date, time) = fields(milliseconds)
        let fraction = padded(floorModulo(milliseconds, 1000), 3)
        return date.joined(separator: "-") + "T" + time.joined(separator: ":") + ".\(fraction)Z"
    }

    /// Reads either form, with or without a fraction; the zone must be `Z`, `+00:00` or absent.
    /// - Parameter text: as in `2026-01-02T03:04:05.678Z` or `20260102T030405Z`.
    /// - Returns: milliseconds since 1970, or nil when it is no such instant.
    package static func parse(_ text: some StringProtocol) -> Int64? {
        let parts = text.split(separator: "T", omittingEmptySubsequences: false)
        guard parts.count == 2 else { return nil }
        var clock = parts[1][...]
        for zone in ["Z", "+00:00"] where clock.hasSuffix(zone) {
            clock = clock.dropLast(zone.count)
            break
        }
        var milliseconds: Int64 = 0
        if let dot = clock.firstIndex(of: ".") {
            let digits = clock[clock.index(after: dot)...]
            guard (1...9).contains(digits.count), let fraction = number(digits.prefix(3)), number(digits) != nil else {
                return nil
            }
            milliseconds = fraction * [100, 10, 1][min(digits.count, 3) - 1]
            clock = clock[..<dot]
        }
        guard let date = split(parts[0], [4, 2, 2], "-"), let time = split(clock, [2, 2, 2], ":"),
            (1...12).contains(date[1]), (1...31).contains(date[2]), time[0] < 24, time[1] < 60, time[2] <= 60
        else { return nil }
        let days = Timestamp.days(fromCivil: (date[0], date[1], date[2]))
        return ((days * 24 + time[0]) * 60 + time[1]) * 60_000 + time[2] * 1000 + milliseconds
    }

    private static func number(_ digits: some StringProtocol) -> Int64? {
        digits.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int64(digits) : nil
    }

    /// Cuts `text` into numbers of fixed widths, with the separator between all of them or none.
    private static func split(_ text: some StringProtocol, _ widths: [Int], _ separator: Character) -> [Int64]? {
        let parts: [Substring]
        if text.contains(separator) {
            parts = String(text).split(separator: separator, omittingEmptySubsequences: false)
        } else {
            var rest = Substring(text)
            parts = widths.map { width in
                defer { rest = rest.dropFirst(width) }
                return rest.prefix(width)
            }
            guard rest.isEmpty else { return nil }
        }
        guard parts.map(\.count) == widths else { return nil }
        let numbers = parts.compactMap { number($0) }
        return numbers.count == widths.count ? numbers : nil
    }

    private static func fields(_ milliseconds: Int64) -> (date: [String], time: [String]) {
        let seconds = floorDivide(milliseconds, 1000)
        let day = floorModulo(seconds, 86_400)
        let (year, month, dayOfMonth) = Timestamp.civil(fromDays: floorDivide(seconds, 86_400))
        return (
            [padded(year, 4), padded(month, 2), padded(dayOfMonth, 2)],
            [padded(day / 3600, 2), padded(day / 60 % 60, 2), padded(day % 60, 2)]
        )
    }

    private static func padded(_ number: Int64, _ width: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, width - text.count)) + text
    }

    private static func floorDivide(_ value: Int64, _ divisor: Int64) -> Int64 {
        (value - floorModulo(value, divisor)) / divisor
    }

    private static func floorModulo(_ value: Int64, _ divisor: Int64) -> Int64 {
        let rest = value % divisor
        return rest < 0 ? rest + divisor : rest
    }
}
