import AWS
import Testing

@Suite("AWS times")
struct AWSTimeTests {
    @Test("both written forms read back, leap days and the time before 1970 too")
    func roundTrip() {
        let days: [(String, Int64)] = [
            ("1970-01-01T00:00:00.000Z", 0),
            ("1969-12-31T23:59:59.999Z", -1),
            ("2000-02-29T12:00:00.000Z", 951_825_600_000),
            ("2024-12-31T23:59:59.500Z", 1_735_689_599_500),
        ]
        for (text, milliseconds) in days {
            #expect(AWSTime.parse(text) == milliseconds)
            #expect(AWSTime.extended(milliseconds) == text)
        }
        #expect(AWSTime.basic(951_825_600_999) == "20000229T120000Z")
        #expect(AWSTime.parse("20000229T120000Z") == 951_825_600_000)
        #expect(AWSTime.parse("2000-02-29T12:00:00+00:00") == 951_825_600_000)
        #expect(AWSTime.parse("2000-02-29T12:00:00.25Z") == 951_825_600_250)
    }

    @Test("what is no time gives none")
    func garbage() {
        for text in ["", "T", "2000-13-01T00:00:00Z", "2000-01-01", "2000-01-01T24:00:00Z", "2000-1-1T0:0:0Z", "x"] {
            #expect(AWSTime.parse(text) == nil, "\(text)")
        }
    }
}
