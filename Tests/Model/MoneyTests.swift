import Foundation
import Model
import Testing

@Suite struct MoneyTests {
    func money(_ text: String) throws -> Money { try #require(Money(text)) }

    @Test(
        "reads plain decimal numbers exactly",
        arguments: [
            ("3.0672", "3.0672"), ("0.4033000000", "0.4033"), ("0", "0"), ("-0", "0"), ("+1.50", "1.5"),
            ("-1.5", "-1.5"),
            (".5", "0.5"), ("-.5", "-0.5"), ("5.", "5"), ("007.10", "7.1"),
            ("123456789012345678901234567.125", "123456789012345678901234567.125"),
            ("0.00000000000000000000000000001", "0.00000000000000000000000000001"),
        ]
    )
    func reads(text: String, expected: String) throws {
        #expect(try money(text).description == expected)
    }

    @Test(
        "refuses what is no plain decimal number",
        arguments: [
            "", ".", "-", "+", "-.", "1e3", "1,5", "1_000", " 1", "1 ", "1.2.3", "--1", "1-", "$1", "NaN", "0x10", "١",
            "1234567890123456789012345678901",
        ]
    )
    func refuses(text: String) {
        #expect(Money(text) == nil)
    }

    @Test(
        "rounds half to even at the cent",
        arguments: [
            ("0.125", "0.12"), ("0.135", "0.14"), ("0.145", "0.14"), ("0.1250001", "0.13"), ("0.1349999", "0.13"),
            ("0.005", "0.00"), ("0.015", "0.02"), ("0.00500000000000000000000001", "0.01"), ("2.5", "2.50"),
            ("-0.125", "-0.12"), ("-0.135", "-0.14"), ("-0.126", "-0.13"), ("-0.001", "0.00"), ("99.995", "100.00"),
            ("1", "1.00"), ("12345678.9", "12345678.90"), ("0", "0.00"),
        ]
    )
    func rounds(text: String, expected: String) throws {
        #expect(try money(text).formatted() == expected)
    }

    @Test("formats at other places")
    func places() throws {
        #expect(try money("2.5").formatted(places: 0) == "2")
        #expect(try money("3.5").formatted(places: 0) == "4")
        #expect(try money("0.40335").formatted(places: 4) == "0.4034")
        #expect(try money("1000000").formatted(places: 1) == "1000000.0")
    }

    @Test("sums, differences and products are exact")
    func arithmetic() throws {
        var sum = Money.zero
        for _ in 0..<1000 { sum += try money("0.1") }
        #expect(try sum == money("100"))
        #expect(try money("3.0672") * 3 == money("9.2016"))
        #expect(try money("1") - money("1.0001") == money("-0.0001"))
        #expect(try money("1.10") == money("1.1"))
        #expect(Set([try money("1.10"), try money("1.1")]).count == 1)
        #expect(try money("0.10001") < money("0.9"))
    }

    @Test("price times seconds is divided once")
    func costing() throws {
        #expect(try money("3.6").costing(seconds: 1) == money("0.001"))
        #expect(try money("0.7").costing(seconds: 3600) == money("0.7"))
        #expect(try money("0.7").costing(seconds: 0) == .zero)
        #expect(try money("1.1").costing(seconds: 7200) == money("2.2"))
    }

    @Test(
        "an equal share, with all its digits, comes back from JSON as it went",
        arguments: ["1", "2", "0.0001", "100", "19.301", "123456789.123", "0.000000000001"],
        [3, 7, 9, 13, 24]
    )
    func shares(amount: String, count: Int) throws {
        let share = try money(amount) / count
        let data = try JSONEncoder().encode([share, share.costing(seconds: 7)])
        #expect(try JSONDecoder().decode([Money].self, from: data) == [share, share.costing(seconds: 7)])
    }

    @Test("is a string in JSON, and nothing else")
    func json() throws {
        let data = try JSONEncoder().encode([try money("3.0672")])
        #expect(String(decoding: data, as: UTF8.self) == #"["3.0672"]"#)
        #expect(try JSONDecoder().decode([Money].self, from: data) == [try money("3.0672")])
        #expect(throws: DecodingError.self) { try JSONDecoder().decode([Money].self, from: Data("[3.0672]".utf8)) }
        #expect(throws: DecodingError.self) { try JSONDecoder().decode([Money].self, from: Data(#"["1e3"]"#.utf8)) }
    }

    @Test("every amount survives being written and read")
    func roundTrip() throws {
        var generator = SeededGenerator(seed: 3)
        for _ in 0..<1000 {
            let digits = Int64.random(in: -1_000_000_000_000...1_000_000_000_000, using: &generator)
            let scale = Int.random(in: 0...12, using: &generator)
            let sign: FloatingPointSign = digits < 0 ? .minus : .plus
            let amount = Money(
                Decimal(sign: sign, exponent: -scale, significand: Decimal(abs(digits)))
            )
            #expect(Money(amount.description) == amount)
        }
    }
}
