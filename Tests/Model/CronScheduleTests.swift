import Model
import Testing

@Suite("Cron schedules")
struct CronScheduleTests {
    private func at(_ text: String) throws -> Timestamp { try #require(Timestamp(rfc3339: text)) }

    /// Whether a schedule comes at exactly this minute.
    private func comes(_ schedule: String, _ moment: String) throws -> Bool {
        try CronSchedule(schedule).isActive(at: at(moment), for: .seconds(60))
    }

    @Test("it lasts from its time, inclusive, for its duration, exclusive")
    func edges() throws {
        let schedule = try CronSchedule("0 9 * * *")
        #expect(!schedule.isActive(at: try at("2026-11-21T08:59:59.999Z"), for: .seconds(8 * 3600)))
        #expect(schedule.isActive(at: try at("2026-11-21T09:00:00Z"), for: .seconds(8 * 3600)))
        #expect(schedule.isActive(at: try at("2026-11-21T16:59:59.999Z"), for: .seconds(8 * 3600)))
        #expect(!schedule.isActive(at: try at("2026-11-21T17:00:00Z"), for: .seconds(8 * 3600)))
        #expect(!schedule.isActive(at: try at("2026-11-21T09:00:00Z"), for: .zero))
    }

    @Test("it may last over midnight, the end of a month and of a year")
    func overMidnight() throws {
        let schedule = try CronSchedule("30 22 31 12 *")
        #expect(schedule.isActive(at: try at("2027-01-01T06:29:00Z"), for: .seconds(8 * 3600)))
        #expect(!schedule.isActive(at: try at("2027-01-01T06:30:00Z"), for: .seconds(8 * 3600)))
        let monthly = try CronSchedule("@monthly")
        #expect(monthly.isActive(at: try at("2026-11-21T08:00:00Z"), for: .seconds(21 * 86_400)))
        #expect(!monthly.isActive(at: try at("2026-11-22T00:00:00Z"), for: .seconds(21 * 86_400)))
    }

    @Test("lists, ranges, steps and names")
    func fields() throws {
        #expect(try comes("0,15 8-10 * * *", "2026-11-21T10:15:00Z"))
        #expect(try !comes("0,15 8-10 * * *", "2026-11-21T10:30:00Z"))
        #expect(try !comes("0,15 8-10 * * *", "2026-11-21T11:00:00Z"))
        #expect(try comes("*/20 * * * *", "2026-11-21T11:40:00Z"))
        #expect(try !comes("*/20 * * * *", "2026-11-21T11:50:00Z"))
        #expect(try comes("5/20 * * * *", "2026-11-21T11:45:00Z"))
        #expect(try comes("10-30/10 * * * *", "2026-11-21T11:30:00Z"))
        #expect(try !comes("10-30/10 * * * *", "2026-11-21T11:40:00Z"))
        #expect(try comes("0 0 1 Jan,NOV *", "2026-11-01T00:00:00Z"))
        #expect(try !comes("0 0 1 jan-oct *", "2026-11-01T00:00:00Z"))
    }

    @Test("either rule for days counts when both are given, and the only one when one is")
    func days() throws {
        // 2026-11-21 is a Saturday.
        #expect(try comes("0 0 * * sat", "2026-11-21T00:00:00Z"))
        #expect(try comes("0 0 * * 6", "2026-11-21T00:00:00Z"))
        #expect(try !comes("0 0 * * mon-fri", "2026-11-21T00:00:00Z"))
        #expect(try comes("0 0 * * 7", "2026-11-22T00:00:00Z"))
        #expect(try comes("0 0 * * 0", "2026-11-22T00:00:00Z"))
        #expect(try comes("0 0 * * 5-7", "2026-11-22T00:00:00Z"))
        #expect(try comes("0 0 13 * sat", "2026-11-21T00:00:00Z"))
        #expect(try comes("0 0 13 * sat", "2026-11-13T00:00:00Z"))
        #expect(try !comes("0 0 13 * sat", "2026-11-20T00:00:00Z"))
        #expect(try !comes("0 0 13 * ?", "2026-11-21T00:00:00Z"))
        #expect(try comes("0 0 29 2 *", "2028-02-29T00:00:00Z"))
    }

    @Test("times are in UTC, in the nights of March and October as in others")
    func utc() throws {
        for day in ["2026-03-29", "2026-10-25", "1969-12-31"] {
            #expect(try comes("30 2 * * *", "\(day)T02:30:00Z"))
            #expect(try !comes("30 2 * * *", "\(day)T03:30:00Z"))
        }
    }

    @Test(
        "the words stand for what they say",
        arguments: [
            ("@hourly", "2026-11-21T05:00:00Z"), ("@daily", "2026-11-21T00:00:00Z"),
            ("@midnight", "2026-11-21T00:00:00Z"), ("@weekly", "2026-11-22T00:00:00Z"),
            ("@monthly", "2026-11-01T00:00:00Z"), ("@yearly", "2026-01-01T00:00:00Z"),
            ("@annually", "2026-01-01T00:00:00Z"),
        ]
    )
    func words(word: String, moment: String) throws {
        #expect(try comes(word, moment))
        #expect(try !CronSchedule(word).isActive(at: at(moment) - .seconds(60), for: .seconds(60)))
    }

    @Test(
        "what is no schedule is refused with what is wrong",
        arguments: [
            ("0 9 * *", "has 4 fields; a schedule has five"),
            ("0 0 9 * * *", "has 6 fields"),
            ("", "has 0 fields"),
            ("60 * * * *", "\"60\" is no minute: a number from 0 to 59"),
            ("* 24 * * *", "\"24\" is no hour"),
            ("* * 0 * *", "\"0\" is no day of month: a number from 1 to 31"),
            ("* * * 13 *", "a number from 1 to 12, or a name such as jan"),
            ("* * * * funday", "\"funday\" is no day of week"),
            ("* * * * fri-mon", "\"fri-mon\" begins after its end"),
            ("*/0 * * * *", "\"*/0\" has a step that is not between 1 and 59"),
            ("1- * * * *", "\"1-\" is no minute"),
            (",1 * * * *", "\"\" is no minute"),
            ("-1 * * * *", "\"-1\" is no minute"),
            ("@fortnightly", "is not one of @annually, @daily"),
            ("CRON_TZ=UTC 0 9 * * *", "a schedule is in UTC"),
            ("0 0 30 2 *", "never comes"),
            ("0 0 31 4,6,9,11 *", "never comes"),
        ]
    )
    func refused(text: String, problem: String) {
        #expect {
            try CronSchedule(text)
        } throws: { error in
            "\(error)".contains(problem)
        }
    }
}
