/// A Kubernetes resource quantity, exact to a thousandth of its unit (`100m`, `1.5`, `32Gi`).
package struct Quantity: Hashable, Comparable, Codable, Sendable {
    /// Thousandths: 1 CPU is 1000, 1 byte is 1000.
    package var thousandths: Int64

    package init(thousandths: Int64) {
        self.thousandths = thousandths
    }

    package init(_ whole: Int64) {
        thousandths = whole * 1000
    }

    package init(from decoder: any Decoder) throws {
        thousandths = try decoder.singleValueContainer().decode(Int64.self)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(thousandths)
    }

    package static let zero = Quantity(thousandths: 0)

    /// Reads the serialised form of `resource.Quantity`: a decimal number with a suffix of `n`, `u`, `m`, none, `k`
    /// to `E`, `Ki` to `Ei`, or a decimal exponent. As Kubernetes does, rounds up what is finer than a thousandth.
    /// Nil when it is not a quantity or would not fit.
    package init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        var index = 0
        var negative = false
        if index < bytes.count, bytes[index] == 0x2B || bytes[index] == 0x2D {
            negative = bytes[index] == 0x2D
            index += 1
        }
        var mantissa: Int128 = 0
        var exponent = 0
        var digits = 0
        var afterPoint = false
        while index < bytes.count {
            let byte = bytes[index]
            if byte == 0x2E, !afterPoint {
                afterPoint = true
            } else if byte >= 48, byte <= 57 {
                let (product, overflow) = mantissa.multipliedReportingOverflow(by: 10)
                let (sum, overflowed) = product.addingReportingOverflow(Int128(byte - 48))
                guard !overflow, !overflowed else { return nil }
                mantissa = sum
                digits += 1
                if afterPoint { exponent -= 1 }
            } else {
                break
            }
            index += 1
        }
        guard digits > 0, let unit = Self.unit(String(decoding: bytes[index...], as: UTF8.self)) else { return nil }
        exponent += unit.exponent + 3
        var value = mantissa
        for _ in 0..<unit.binaryShifts {
            let (product, overflow) = value.multipliedReportingOverflow(by: 1024)
            guard !overflow else { return nil }
            value = product
        }
        while exponent > 0 {
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            guard !overflow else { return nil }
            value = product
            exponent -= 1
        }
        var roundUp = false
        while exponent < 0 {
            roundUp = roundUp || value % 10 != 0
            value /= 10
            exponent += 1
        }
        if roundUp { value += 1 }
        guard let fitting = Int64(exactly: negative ? -value : value) else { return nil }
        thousandths = fitting
    }

    private static func unit(_ suffix: String) -> (exponent: Int, binaryShifts: Int)? {
        switch suffix {
        case "": (0, 0)
        case "n": (-9, 0)
        case "u": (-6, 0)
        case "m": (-3, 0)
        case "k": (3, 0)
        case "M": (6, 0)
        case "G": (9, 0)
        case "T": (12, 0)
        case "P": (15, 0)
        case "E": (18, 0)
        case "Ki": (0, 1)
        case "Mi": (0, 2)
        case "Gi": (0, 3)
        case "Ti": (0, 4)
        case "Pi": (0, 5)
        case "Ei": (0, 6)
        default:
            if let first = suffix.first, first == "e" || first == "E", let exponent = Int(suffix.dropFirst()),
                (-18...18).contains(exponent)
            {
                (exponent, 0)
            } else {
                nil
            }
        }
    }

    package static func < (left: Quantity, right: Quantity) -> Bool { left.thousandths < right.thousandths }
    package static func + (left: Quantity, right: Quantity) -> Quantity {
        Quantity(thousandths: left.thousandths + right.thousandths)
    }
    package static func - (left: Quantity, right: Quantity) -> Quantity {
        Quantity(thousandths: left.thousandths - right.thousandths)
    }

    /// The value as a whole number, rounded up.
    package var whole: Int64 { thousandths / 1000 + (thousandths % 1000 > 0 ? 1 : 0) }
}

extension Quantity: CustomStringConvertible {
    /// The shortest exact form that Kubernetes reads back: `250m`, `4`, `32Gi`.
    package var description: String {
        guard thousandths % 1000 == 0 else { return "\(thousandths)m" }
        var value = thousandths / 1000
        for suffix in ["", "Ki", "Mi", "Gi", "Ti", "Pi"] {
            guard value != 0, value % 1024 == 0, suffix != "Pi" else { return "\(value)\(suffix)" }
            value /= 1024
        }
        return "\(value)"
    }
}
