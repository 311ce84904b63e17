/// A number that follows from what is mixed in, the same in every process: FNV-1a of 64 bits. It tells apart what nobody
/// tries to make alike; nothing rests on its being hard to invert.
/// http://www.isthe.com/chongo/tech/comp/fnv/
package struct Fingerprint: Sendable {
    package private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

    package init() {}

    /// Of one text.
    package init(_ text: String) {
        mix(text)
    }

    /// Mixes in the bytes of a text.
    package mutating func mix(_ text: String) {
        var text = text
        text.withUTF8 { bytes in
            for byte in bytes { mix(UInt64(byte)) }
        }
    }

    /// Mixes in a number as one step.
    package mutating func mix(_ number: UInt64) {
        value = (value ^ number) &* 0x0000_0100_0000_01b3
    }
}
