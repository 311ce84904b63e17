/// The only source of chance in the world: SplitMix64, so that a seed gives the same numbers on every machine and with
/// every version of the standard library.
///
/// Constants from Steele, Lea and Flood, *Fast Splittable Pseudorandom Number Generators* (OOPSLA 2014).
package struct SeededGenerator: RandomNumberGenerator, Hashable, Sendable {
    private var state: UInt64

    package init(seed: UInt64) {
        state = seed
    }

    /// A stream of its own for one purpose, so that a draw for one thing never moves the chances of another.
    package init(seed: UInt64, purpose: String) {
        // FNV-1a over the purpose's bytes: short, stable, and spread by the first draws.
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in purpose.utf8 {
            hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
        }
        var mixer = SeededGenerator(seed: seed ^ hash)
        state = mixer.next()
    }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A number from 0, inclusive, to 1, exclusive.
    package mutating func fraction() -> Double {
        Double(next() >> 11) / 9_007_199_254_740_992
    }

    /// A number between the bounds, exclusive of the upper one.
    package mutating func number(from lower: Double, to upper: Double) -> Double {
        lower + fraction() * (upper - lower)
    }

    /// A whole number of the range, each equally likely.
    package mutating func integer(in range: ClosedRange<Int64>) -> Int64 {
        let width = UInt64(bitPattern: range.upperBound &- range.lowerBound)
        guard width < .max else { return Int64(bitPattern: next()) }
        return range.lowerBound &+ Int64(bitPattern: next().multipliedFullWidth(by: width + 1).high)
    }

    /// True with the given probability.
    package mutating func chance(_ probability: Double) -> Bool {
        fraction() < probability
    }

    /// Lower-case hexadecimal digits.
    package mutating func hexadecimal(digits: Int) -> String {
        var text = ""
        while text.utf8.count < digits {
            let word = String(next(), radix: 16)
            text += String(repeating: "0", count: 16 - word.utf8.count) + word
        }
        return String(text.prefix(digits))
    }
}
