/// Times by the rules of cron, in UTC: five fields (minute, hour, day of month, month, day of week) or a word such as
/// `@daily`.
///
/// As in Kubernetes' own CronJobs: a day counts when the day of month *or* the day of week is one of those named, once
/// both are named; `*` and `?` name none.
package struct CronSchedule: Hashable, Sendable {
    /// As it was written.
    package let text: String
    private let minutes: CronField
    private let hours: CronField
    private let days: CronField
    private let months: CronField
    private let weekdays: CronField

    private static let words = [
        "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *", "@weekly": "0 0 * * 0",
        "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@hourly": "0 * * * *",
    ]

    /// - Parameter text: five fields with a blank between them, or one of `@yearly`, `@monthly`, `@weekly`, `@daily`,
    ///   `@hourly`.
    /// - Throws: `CronMistake`, which says what is wrong in words for a person.
    package init(_ text: String) throws(CronMistake) {
        self.text = text
        if text.hasPrefix("@"), Self.words[text] == nil {
            throw CronMistake("\"\(text)\" is not one of \(Self.words.keys.sorted().joined(separator: ", "))")
        }
        if text.hasPrefix("TZ=") || text.hasPrefix("CRON_TZ=") {
            throw CronMistake("a schedule is in UTC; remove the time zone")
        }
        let fields = (Self.words[text] ?? text).split(whereSeparator: \.isWhitespace).map(String.init)
        guard fields.count == 5 else {
            throw CronMistake(
                "\"\(text)\" has \(fields.count) \(fields.count == 1 ? "field" : "fields"); a schedule has five: "
                    + "minute, hour, day of month, month, day of week, such as \"0 9 * * mon-fri\""
            )
        }
        minutes = try CronField(fields[0], .minute)
        hours = try CronField(fields[1], .hour)
        days = try CronField(fields[2], .day)
        months = try CronField(fields[3], .month)
        weekdays = try CronField(fields[4], .weekday)
        guard comes else { throw CronMistake("\"\(text)\" names a day that never comes") }
    }

    /// Whether some year has a day that it names.
    private var comes: Bool {
        guard weekdays.isFree else { return true }
        let lengths: [Int64] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        return (1...12).contains { month in
            months.contains(month) && (1...lengths[Int(month) - 1]).contains { days.contains($0) }
        }
    }

    /// Whether it came within a length of time before a moment, that moment itself included.
    ///
    /// - Parameters:
    ///   - now: The moment asked about.
    ///   - duration: How long it lasts each time it comes.
    /// - Returns: True from each of its times, inclusive, until `duration` later, exclusive.
    package func isActive(at now: Timestamp, for duration: Duration) -> Bool {
        guard duration > .zero else { return false }
        let minute = Self.floorDivide(now.milliseconds, 60_000)
        // The first minute that is late enough to last until now.
        let first = Self.floorDivide((now - duration).milliseconds, 60_000) + 1
        guard first <= minute else { return false }
        let today = Self.floorDivide(minute, 1440)
        let firstDay = Self.floorDivide(first, 1440)
        var day = today
        while day >= firstDay {
            if includes(day: day) {
                let from = day == firstDay ? first - day * 1440 : 0
                let until = day == today ? minute - day * 1440 : 1439
                if includesMinute(from: from, until: until) { return true }
            }
            day -= 1
        }
        return false
    }

    private func includesMinute(from: Int64, until: Int64) -> Bool {
        (from / 60...until / 60).contains { hour in
            guard hours.contains(hour) else { return false }
            let low = max(from, hour * 60) - hour * 60
            let high = min(until, hour * 60 + 59) - hour * 60
            return low <= high && (low...high).contains { minutes.contains($0) }
        }
    }

    /// Whether it comes on a day, counted from 1970-01-01.
    private func includes(day: Int64) -> Bool {
        let date = Timestamp.civil(fromDays: day)
        guard months.contains(date.month) else { return false }
        // 1970-01-01 was a Thursday.
        let weekday = day + 4 - Self.floorDivide(day + 4, 7) * 7
        if days.isFree { return weekdays.contains(weekday) }
        if weekdays.isFree { return days.contains(date.day) }
        return days.contains(date.day) || weekdays.contains(weekday)
    }

    private static func floorDivide(_ left: Int64, _ right: Int64) -> Int64 {
        left >= 0 ? left / right : (left - right + 1) / right
    }
}

/// What is wrong with a schedule.
package struct CronMistake: Error, Hashable, CustomStringConvertible {
    package var description: String

    init(_ description: String) {
        self.description = description
    }
}

extension CronSchedule: Codable {
    package init(from decoder: any Decoder) throws {
        try self.init(decoder.singleValueContainer().decode(String.self))
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}
