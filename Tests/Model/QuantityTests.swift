import Foundation
import Model
import Testing

@Suite struct QuantityTests {
    @Test(
        "reads what Kubernetes writes",
        arguments: [
            ("0", 0), ("1", 1000), ("100m", 100), ("1.5", 1500), ("0.5", 500), (".5", 500), ("5.", 5000), ("+2", 2000),
            ("-1", -1000), ("-250m", -250), ("1k", 1_000_000), ("2M", 2_000_000_000), ("1Ki", 1_024_000),
            ("1.5Gi", 1_610_612_736_000), ("32Gi", 34_359_738_368_000), ("1e3", 1_000_000), ("1E3", 1_000_000),
            ("15e-1", 1500), ("12e+2", 1_200_000), ("2Ti", 2_199_023_255_552_000), ("0.5Ki", 512_000),
            // What is finer than a thousandth is rounded up, as Kubernetes does.
            ("1n", 1), ("1u", 1), ("1500u", 2), ("0.0001", 1), ("100000000n", 100), ("1.0000", 1000),
            ("0.00000000000000000000", 0), ("1.500000000000000000000", 1500),
            ("0.1Ki", 102_400), ("0.0001Ki", 103),
        ] as [(String, Int64)]
    )
    func reads(text: String, thousandths: Int64) throws {
        #expect(try #require(Quantity(text)).thousandths == thousandths)
    }

    @Test("rounds away from zero below it, as Kubernetes does")
    func negative() throws {
        #expect(try #require(Quantity("-1500u")).thousandths == -2)
    }

    @Test(
        "refuses what is no quantity, and what would not fit",
        arguments: [
            "", " ", ".", "-", "m", "Gi", "1 Gi", "1gi", "1K", "1KiB", "1mi", "1e", "1e1.5", "1ee3", "1e99", "--1",
            "1.2.3", "0x10", "99999999999999999999", "8Ei", "1e18", "9223372036854775807", "١", "1e+-3", "NaN", "1E",
            "1e-9223372036854775808", "1e9223372036854775807",
        ]
    )
    func refuses(text: String) {
        #expect(Quantity(text) == nil)
    }

    @Test(
        "writes the shortest exact form",
        arguments: [
            ("32Gi", "32Gi"), ("1000", "1000"), ("0.25", "250m"), ("4", "4"), ("1024", "1Ki"), ("0", "0"),
            ("-1024", "-1Ki"), ("1.5Gi", "1536Mi"), ("2Ti", "2Ti"), ("1Pi", "1Pi"), ("4Pi", "4Pi"), ("-0.5", "-500m"),
            ("1024Ti", "1Pi"), ("3000Ki", "3000Ki"),
        ]
    )
    func writes(text: String, expected: String) throws {
        let quantity = try #require(Quantity(text))
        #expect(quantity.description == expected)
        #expect(Quantity(quantity.description) == quantity)
    }

    @Test("a whole number is rounded up, away from what a pod would not get")
    func whole() throws {
        #expect(try #require(Quantity("1.2")).whole == 2)
        #expect(try #require(Quantity("1m")).whole == 1)
        #expect(Quantity(8).whole == 8)
        #expect(Quantity.zero.whole == 0)
        #expect(try #require(Quantity("-1.2")).whole == -1)
        #expect(try #require(Quantity("-2")).whole == -2)
        #expect(Quantity(thousandths: .max).whole == 9_223_372_036_854_776)
    }

    @Test("every amount survives being written and read")
    func roundTrip() throws {
        var generator = SeededGenerator(seed: 11)
        for _ in 0..<2000 {
            let shift = Int.random(in: 0...50, using: &generator)
            let quantity = Quantity(
                thousandths: Int64.random(in: -1_000_000_000_000_000_000...1_000_000_000_000_000_000, using: &generator)
                    >> Int64(shift)
            )
            #expect(Quantity(quantity.description) == quantity)
        }
    }

    @Test("random text never traps")
    func fuzz() {
        var generator = SeededGenerator(seed: 5)
        let letters = Array("0123456789.+-eEmunkMGTPKi ")
        for _ in 0..<20_000 {
            let text = String(
                (0..<Int.random(in: 0...24, using: &generator)).map { _ in
                    letters[Int.random(in: letters.indices, using: &generator)]
                }
            )
            if let quantity = Quantity(text) { #expect(Quantity(quantity.description) == quantity) }
        }
    }
}
