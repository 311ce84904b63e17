import Foundation
import Model
import Testing

@Suite struct TimestampTests {
    @Test(
        "reads and writes RFC 3339",
        arguments: [
            ("1970-01-01T00:00:00Z", 0, "1970-01-01T00:00:00Z"),
            ("2026-11-21T05:00:00Z", 1_795_237_200_000, "2026-11-21T05:00:00Z"),
            ("2026-11-21T05:00:00.000Z", 1_795_237_200_000, "2026-11-21T05:00:00Z"),
            ("2026-11-21T05:00:00.5Z", 1_795_237_200_500, "2026-11-21T05:00:00.500Z"),
            ("2026-11-21T05:00:00.123456789Z", 1_795_237_200_123, "2026-11-21T05:00:00.123Z"),
            ("2026-11-21t05:00:00z", 1_795_237_200_000, "2026-11-21T05:00:00Z"),
            ("2026-11-21 05:00:00Z", 1_795_237_200_000, "2026-11-21T05:00:00Z"),
            ("2026-11-21T07:30:00+02:30", 1_795_237_200_000, "2026-11-21T05:00:00Z"),
            ("2026-11-20T21:00:00-08:00", 1_795_237_200_000, "2026-11-21T05:00:00Z"),
            ("2000-02-29T23:59:59Z", 951_868_799_000, "2000-02-29T23:59:59Z"),
            ("1969-12-31T23:59:59.999Z", -1, "1969-12-31T23:59:59.999Z"),
            ("0000-03-01T00:00:00Z", -62_162_035_200_000, "0000-03-01T00:00:00Z"),
            ("9999-12-31T23:59:59Z", 253_402_300_799_000, "9999-12-31T23:59:59Z"),
            ("2016-12-31T23:59:60Z", 1_483_228_800_000, "2017-01-01T00:00:00Z"),
        ] as [(String, Int64, String)]
    )
    func text(text: String, milliseconds: Int64, canonical: String) throws {
        let time = try #require(Timestamp(rfc3339: text))
        #expect(time.milliseconds == milliseconds)
        #expect(time.description == canonical)
        #expect(Timestamp(rfc3339: canonical) == time)
    }

    @Test(
        "refuses what is no date-time",
        arguments: [
            "", "2026", "2026-11-21", "2026-11-21T05:00:00", "2026-11-21T05:00Z", "2026-02-29T00:00:00Z",
            "1900-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-04-31T00:00:00Z",
            "2026-04-00T00:00:00Z", "2026-11-21T24:00:00Z", "2026-11-21T05:60:00Z", "2026-11-21T05:00:61Z",
            "2026-11-21T05:00:00.Z", "2026-11-21T05:00:00ZZ", "2026-11-21T05:00:00+0230", "2026-11-21T05:00:00+24:00",
            "2026-11-21T05:00:00+02:60", "2026-11-21X05:00:00Z", "+026-11-21T05:00:00Z", "2026-11-21T05:00:00.5",
            "2026-11-21T05:00:00Zé", "２026-11-21T05:00:00Z", "2026-11-21T05:00:00+02:3",
        ]
    )
    func refused(text: String) {
        #expect(Timestamp(rfc3339: text) == nil)
    }

    @Test("agrees with Foundation's calendar over eight centuries")
    func calendar() throws {
        let formatter = ISO8601DateFormatter()
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<500 {
            let seconds = Int64.random(in: -10_000_000_000...16_000_000_000, using: &generator)
            let time = Timestamp(seconds: seconds)
            let expected = formatter.string(from: Date(timeIntervalSince1970: Double(seconds)))
            #expect(time.description == expected)
            #expect(Timestamp(rfc3339: expected) == time)
        }
    }

    @Test("whole seconds are rounded down, before 1970 too, and exact however far away")
    func seconds() {
        #expect(Timestamp(milliseconds: 1999).seconds == 1)
        #expect(Timestamp(milliseconds: -1).seconds == -1)
        #expect(Timestamp(milliseconds: -1000).seconds == -1)
        #expect(Timestamp(milliseconds: 9_007_199_254_740_993_999).seconds == 9_007_199_254_740_993)
    }

    @Test("the start of a month is its first moment in UTC")
    func startOfMonth() throws {
        let cases = [
            ("2026-11-21T05:00:00.250Z", "2026-11-01T00:00:00Z"), ("2024-02-29T23:59:59Z", "2024-02-01T00:00:00Z"),
            ("2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z"), ("1969-12-31T23:59:59Z", "1969-12-01T00:00:00Z"),
        ]
        for (text, expected) in cases {
            #expect(try #require(Timestamp(rfc3339: text)).startOfMonth.description == expected)
        }
    }

    @Test("adds and subtracts lengths to the millisecond")
    func arithmetic() {
        let time = Timestamp(seconds: 100)
        #expect(time + .milliseconds(1) == Timestamp(milliseconds: 100_001))
        #expect(time - .seconds(101) == Timestamp(seconds: -1))
        #expect(Timestamp(seconds: 1) - Timestamp(milliseconds: 2500) == .milliseconds(-1500))
        #expect(Duration.milliseconds(-1500).wholeMilliseconds == -1500)
        #expect(Duration.microseconds(1999).wholeMilliseconds == 1)
        #expect(Duration.milliseconds(1500).inSeconds == 1.5)
        #expect(Timestamp.distantFuture + .seconds(86_400) > .distantFuture)
    }

    @Test("is one number in JSON")
    func json() throws {
        let data = try JSONEncoder().encode([Timestamp(milliseconds: 1_700_000_000_123)])
        #expect(String(decoding: data, as: UTF8.self) == "[1700000000123]")
        #expect(try JSONDecoder().decode([Timestamp].self, from: data) == [Timestamp(milliseconds: 1_700_000_000_123)])
    }
}

/// SplitMix64: the same seed gives the same numbers everywhere.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
