/// Lengths of time as people write them: `90s`, `15m`, `1h30m`, `500ms`, `2d`.
enum DurationText {
    enum Reading {
        case duration(Duration)
        case mistake(String, suggestion: String?)
    }

    private static let units: [(name: String, milliseconds: Int64)] = [
        ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1),
    ]
    /// What is written instead of a unit.
    private static let aliases = [
        "day": "d", "days": "d", "hour": "h", "hours": "h", "hr": "h", "hrs": "h", "min": "m", "mins": "m",
        "minute": "m", "minutes": "m", "sec": "s", "secs": "s", "second": "s", "seconds": "s", "msec": "ms",
        "msecs": "ms", "millis": "ms", "millisecond": "ms", "milliseconds": "ms",
    ]
    /// Ten years: longer than anything waits, and far from where sums of times end.
    private static let longestMilliseconds: Int64 = 3650 * 86_400_000

    static func read(_ text: String) -> Reading {
        if let milliseconds = milliseconds(of: text) {
            guard milliseconds <= longestMilliseconds else {
                return .mistake("\(text) is longer than 3650d", suggestion: nil)
            }
            return .duration(.milliseconds(milliseconds))
        }
        let isNumber = !text.isEmpty && text.utf8.allSatisfy { (48...57).contains($0) }
        if isNumber { return .mistake("\(text) has no unit; write \(text)s", suggestion: nil) }
        if text.hasPrefix("-"), milliseconds(of: String(text.dropFirst())) != nil {
            return .mistake("must not be negative, is \(text)", suggestion: nil)
        }
        return .mistake(
            "\"\(text)\" is not a duration; write a whole number with d, h, m, s or ms, such as 90s",
            suggestion: meant(by: text)
        )
    }

    /// The shortest way to write a length of time.
    static func write(_ duration: Duration) -> String {
        let milliseconds = duration.components.seconds * 1000 + duration.components.attoseconds / 1_000_000_000_000_000
        guard milliseconds != 0 else { return "0s" }
        for unit in units where milliseconds % unit.milliseconds == 0 {
            return "\(milliseconds / unit.milliseconds)\(unit.name)"
        }
        return "\(milliseconds)ms"
    }

    /// Numbers with units, the larger unit first, each unit at most once.
    private static func milliseconds(of text: String) -> Int64? {
        var rest = text[...]
        var total: Int64 = 0
        var nextUnit = 0
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            rest = rest.dropFirst(digits.count)
            let name = rest.prefix { !($0.isASCII && $0.isNumber) }
            rest = rest.dropFirst(name.count)
            guard let number = Int64(digits), number <= longestMilliseconds,
                let index = units[nextUnit...].firstIndex(where: { $0.name == name })
            else { return nil }
            let (part, overflow) = number.multipliedReportingOverflow(by: units[index].milliseconds)
            let (sum, overflowed) = total.addingReportingOverflow(part)
            guard !overflow, !overflowed else { return nil }
            total = sum
            nextUnit = index + 1
        }
        return total
    }

    private static func meant(by text: String) -> String? {
        let compact = text.lowercased().filter { $0 != " " }
        if compact != text, milliseconds(of: compact) != nil { return compact }
        let number = compact.prefix { $0.isASCII && $0.isNumber }
        let fraction = compact.dropFirst(number.count).first == "." ? compact.dropFirst(number.count + 1) : ""
        let tenths = fraction.prefix { $0.isASCII && $0.isNumber }
        let unit = compact.dropFirst(number.count + (fraction.isEmpty ? 0 : 1 + tenths.count))
        let name = aliases[String(unit)] ?? String(unit)
        guard let index = units.firstIndex(where: { $0.name == name }), let whole = Int64(number) else { return nil }
        if fraction.isEmpty { return milliseconds(of: "\(whole)\(name)") == nil ? nil : "\(whole)\(name)" }
        // 1.5h is 90m.
        guard tenths.count == 1, let tenth = Int64(tenths), whole < 1_000_000 else { return nil }
        let total = (whole * 10 + tenth) * units[index].milliseconds / 10
        return write(.milliseconds(total))
    }
}
