/// SplitMix64: the same seed gives the same numbers on every machine.
///
/// Constants from Steele, Lea and Flood, *Fast Splittable Pseudorandom Number Generators* (OOPSLA 2014).
package struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    package init(seed: UInt64) {
        state = seed
    }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }

    package mutating func number(_ range: ClosedRange<Int64>) -> Int64 { .random(in: range, using: &self) }

    package mutating func chance(_ percent: Int64) -> Bool { number(1...100) <= percent }

    /// One element of a list that is not empty, each equally likely.
    package mutating func one<Element>(of list: [Element]) -> Element {
        list[Int(number(0...Int64(list.count - 1)))]
    }
}
