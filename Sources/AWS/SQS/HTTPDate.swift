package import Model

/// Dates as HTTP and AWS Health write them: `Sat, 05 Jun 2016 15:10:09 GMT`.
package enum HTTPDate {
    static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    private static let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]

    /// Writes a date, to whole seconds.
    package static func text(_ time: Timestamp) -> String {
        let text = time.description
        let day = Int(((time.seconds / 86_400 + 4) % 7 + 7) % 7)
        let (year, month, date) = Timestamp.civil(fromDays: time.seconds / 86_400)
        let padded = date < 10 ? "0\(date)" : "\(date)"
        return "\(days[day]), \(padded) \(months[Int(month) - 1]) \(year) \(text.dropFirst(11).prefix(8)) GMT"
    }

    /// Reads a date.
    /// - Parameter text: the day of the week is not looked at.
    /// - Returns: milliseconds since 1970, or nil when it is no such date.
    package static func milliseconds(_ text: String) -> Int64? {
        let words = text.split(separator: " ")
        guard words.count == 6, words[0].hasSuffix(","), words[5] == "GMT", let day = Int64(words[1]),
            let month = months.firstIndex(of: String(words[2])), let year = Int64(words[3]),
            (1970...9999).contains(year)
        else { return nil }
        let clock = words[4].split(separator: ":").compactMap { Int64($0) }
        guard (1...31).contains(day), clock.count == 3, (0..<24).contains(clock[0]), (0..<60).contains(clock[1]),
            (0...60).contains(clock[2])
        else { return nil }
        let days = Timestamp.days(fromCivil: (year, Int64(month + 1), day))
        return (days * 86_400 + clock[0] * 3600 + clock[1] * 60 + clock[2]) * 1000
    }
}
