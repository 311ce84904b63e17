import Foundation
import Model

/// How amounts and times are written on the page.
enum Wording {
    /// `$1,234.50`.
    static func money(_ money: Money) -> String {
        let text = money.formatted()
        let isNegative = text.hasPrefix("-")
        let parts = text.drop { $0 == "-" }.split(separator: ".")
        var whole = ""
        for (index, digit) in (parts.first ?? "0").enumerated() {
            let left = (parts.first?.count ?? 0) - index
            if index > 0, left % 3 == 0 { whole += "," }
            whole.append(digit)
        }
        return "\(isNegative ? "−" : "")$\(whole).\(parts.count > 1 ? parts[1] : "00")"
    }

    /// A price, with the digits that it has.
    static func price(_ money: Money) -> String { "$\(money)/h" }

    /// `2026-11-21 05:00`, UTC.
    static func time(_ time: Timestamp) -> String {
        let text = time.description
        return "\(text.prefix(10)) \(text.dropFirst(11).prefix(5))"
    }

    /// `Nov 21`, for axes.
    static func day(_ time: Timestamp) -> String {
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let text = time.description
        guard let month = Int(text.dropFirst(5).prefix(2)), months.indices.contains(month - 1) else { return text }
        return "\(months[month - 1]) \(text.dropFirst(8).prefix(2))"
    }

    /// `05:00`, for axes.
    static func clock(_ time: Timestamp) -> String { String(time.description.dropFirst(11).prefix(5)) }

    /// `45 s`, `12 min`, `3.5 h`, `2.1 d`.
    static func length(seconds: Double) -> String {
        switch seconds {
        case ..<90: "\(Int(seconds.rounded())) s"
        case ..<5400: "\(Int((seconds / 60).rounded())) min"
        case ..<172_800: "\(tenths(seconds / 3600)) h"
        default: "\(tenths(seconds / 86_400)) d"
        }
    }

    static func percent(_ value: Double) -> String { "\(value < 0 ? "−" : "")\(tenths(abs(value))) %" }

    private static func tenths(_ value: Double) -> String {
        let rounded = Int((value * 10).rounded())
        return rounded % 10 == 0 ? "\(rounded / 10)" : "\(rounded / 10).\(rounded % 10)"
    }
}
