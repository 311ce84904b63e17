/// The API's times as text: milliseconds since 1970 in UTC to RFC 3339 and back, without a calendar object.
package enum RFC3339 {
    private static let millisecondsADay: Int64 = 86_400_000

    /// The time in whole seconds, as `metav1.Time` has it: `2025-11-21T05:18:00Z`.
    package static func string(_ milliseconds: Int64) -> String {
        let (date, second) = parts(milliseconds)
        return "\(date)\(pad(second / 1000, 2))Z"
    }

    /// The time with microseconds, as `metav1.MicroTime` has it: `2025-11-21T05:18:00.250000Z`.
    package static func microseconds(_ milliseconds: Int64) -> String {
        let (date, second) = parts(milliseconds)
        return "\(date)\(pad(second / 1000, 2)).\(pad(second % 1000, 3))000Z"
    }

    /// Milliseconds since 1970 of an RFC 3339 time with any fraction and offset.
    ///
    /// - Parameter text: The time's text.
    /// - Returns: The time, none when the text is no such time.
    package static func milliseconds(_ text: String) -> Int64? {
        let bytes = Array(text.utf8)
        guard bytes.count >= 20, bytes.count <= 40, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"),
            bytes[10] == UInt8(ascii: "T") || bytes[10] == UInt8(ascii: "t"), bytes[13] == UInt8(ascii: ":"),
            bytes[16] == UInt8(ascii: ":"), let year = number(bytes[0..<4]), let month = number(bytes[5..<7]),
            let day = number(bytes[8..<10]), let hour = number(bytes[11..<13]), let minute = number(bytes[14..<16]),
            let second = number(bytes[17..<19]), (1...12).contains(month), (1...31).contains(day), hour < 24,
            minute < 60, second < 61
        else { return nil }
        var rest = bytes[19...]
        var thousandths: Int64 = 0
        if rest.first == UInt8(ascii: ".") {
            let digits = rest.dropFirst().prefix { $0 >= 0x30 && $0 <= 0x39 }
            guard !digits.isEmpty else { return nil }
            var scale: Int64 = 100
            for digit in digits.prefix(3) {
                thousandths += Int64(digit - 0x30) * scale
                scale /= 10
            }
            rest = rest.dropFirst(digits.count + 1)
        }
        guard let offset = offsetMinutes(rest) else { return nil }
        let seconds = days(year, month, day) * 86_400 + hour * 3600 + (minute - offset) * 60 + second
        return seconds * 1000 + thousandths
    }

    private static func offsetMinutes(_ bytes: ArraySlice<UInt8>) -> Int64? {
        let bytes = Array(bytes)
        if bytes == [UInt8(ascii: "Z")] || bytes == [UInt8(ascii: "z")] { return 0 }
        guard bytes.count == 6, bytes[3] == UInt8(ascii: ":"), let hours = number(bytes[1..<3]),
            let minutes = number(bytes[4..<6]), hours < 24, minutes < 60
        else { return nil }
        switch bytes[0] {
        case UInt8(ascii: "+"): return hours * 60 + minutes
        case UInt8(ascii: "-"): return -(hours * 60 + minutes)
        default: return nil
        }
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> Int64? {
        var value: Int64 = 0
        for byte in bytes {
            guard byte >= 0x30, byte <= 0x39 else { return nil }
            value = value * 10 + Int64(byte - 0x30)
        }
        return value
    }

    /// Date and time up to the minute's colon, and the milliseconds in that minute.
    private static func parts(_ milliseconds: Int64) -> (String, Int64) {
        let day = milliseconds >= 0 ? milliseconds / millisecondsADay : (milliseconds + 1) / millisecondsADay - 1
        let ofDay = milliseconds - day * millisecondsADay
        let (year, month, dayOfMonth) = date(day)
        let text =
            "\(pad(year, 4))-\(pad(month, 2))-\(pad(dayOfMonth, 2))T\(pad(ofDay / 3_600_000, 2)):\(pad(ofDay / 60_000 % 60, 2)):"
        return (text, ofDay % 60_000)
    }

    /// Days since 1970-01-01, counted in 400-year eras that begin on 1 March of year 0 of the Gregorian calendar.
    private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    /// The reverse of `days`.
    private static func date(_ days: Int64) -> (Int64, Int64, Int64) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    private static func pad(_ value: Int64, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
