extension JSON {
    /// What a parse may cost.
    package struct Limits: Sendable {
        package var bytes: Int
        package var depth: Int

        package init(bytes: Int = 256 << 20, depth: Int = 128) {
            self.bytes = bytes
            self.depth = depth
        }
    }

    /// Reads one JSON value (RFC 8259) that fills the bytes; of repeated fields the last one counts.
    ///
    /// - Parameters:
    ///   - bytes: UTF-8.
    ///   - limits: The size and depth beyond which nothing is read.
    /// - Throws: `JSONError`, with the offset of the first byte that does not fit.
    package init(parsing bytes: [UInt8], limits: Limits = Limits()) throws(JSONError) {
        guard bytes.count <= limits.bytes else { throw .tooLarge(bytes: bytes.count, limit: limits.bytes) }
        var parser = JSONParser(bytes: bytes, depthLimit: limits.depth)
        self = try parser.document()
    }

    /// Reads one JSON value from a text.
    ///
    /// - Parameter text: The JSON text.
    /// - Throws: `JSONError`, with the offset of the first byte that does not fit.
    package init(parsing text: String) throws(JSONError) {
        try self.init(parsing: Array(text.utf8))
    }
}

extension JSON {
    /// What the API server notes about who wrote which field: large, and of no use to a reader.
    private static let omittedField = "managedFields"

    /// Reads a list of objects without holding more than one of them; each comes without its `managedFields`.
    /// - Parameters:
    ///   - bytes: A JSON object with an array `items`.
    ///   - item: Takes an object.
    /// - Returns: The list's other fields, and `items` as an empty array.
    /// - Throws: `JSONError`, or what `item` throws.
    package static func list(_ bytes: [UInt8], _ item: (JSON) throws -> Void) throws -> JSON {
        var parser = JSONParser(bytes: bytes, depthLimit: Limits().depth, omittedField: omittedField)
        return try parser.list(item)
    }

    /// Reads an event of a watch; its object comes without its `managedFields`.
    /// - Parameter bytes: One line of the stream.
    /// - Throws: `JSONError`.
    package init(event bytes: [UInt8]) throws(JSONError) {
        var parser = JSONParser(bytes: bytes, depthLimit: Limits().depth, omittedField: Self.omittedField)
        self = try parser.document()
    }
}

/// A recursive descent over bytes that checks every index.
struct JSONParser {
    private let bytes: [UInt8]
    private let depthLimit: Int
    /// Fields of this name are stepped over.
    private let omittedField: String?
    /// The first byte that has not been read.
    private(set) var position: Int

    init(bytes: [UInt8], depthLimit: Int, position: Int = 0, omittedField: String? = nil) {
        self.bytes = bytes
        self.depthLimit = depthLimit
        self.position = position
        self.omittedField = omittedField
    }

    mutating func document() throws(JSONError) -> JSON {
        let value = try value(depth: 0)
        skipSpace()
        guard position == bytes.count else { throw .expected("the end", offset: position) }
        return value
    }

    /// Reads an object whose field `items` is an array, and hands out its elements one by one.
    /// - Parameter item: Takes an element; what it throws ends the reading.
    /// - Returns: The other fields.
    /// - Throws: `JSONError`, or what `item` throws.
    mutating func list(_ item: (JSON) throws -> Void) throws -> JSON {
        skipSpace()
        guard take(UInt8(ascii: "{")) else { throw JSONError.expected("an object", offset: position) }
        var fields = [String: JSON]()
        var isFirst = true
        while true {
            skipSpace()
            if take(UInt8(ascii: "}")) { break }
            if !isFirst {
                guard take(UInt8(ascii: ",")) else {
                    throw JSONError.expected("a comma or a closing brace", offset: position)
                }
                skipSpace()
            }
            isFirst = false
            let key = try fieldName()
            skipSpace()
            if key == "items", peek == UInt8(ascii: "[") {
                try elements(item)
                fields[key] = []
            } else {
                fields[key] = try value(depth: 1)
            }
        }
        skipSpace()
        guard position == bytes.count else { throw JSONError.expected("the end", offset: position) }
        return .object(fields)
    }

    private mutating func elements(_ item: (JSON) throws -> Void) throws {
        position += 1
        skipSpace()
        if take(UInt8(ascii: "]")) { return }
        while true {
            try item(try value(depth: 2))
            skipSpace()
            if take(UInt8(ascii: ",")) { continue }
            guard take(UInt8(ascii: "]")) else {
                throw JSONError.expected("a comma or a closing bracket", offset: position)
            }
            return
        }
    }

    /// Reads one value from where it stands, and stops behind it.
    mutating func value(depth: Int = 0) throws(JSONError) -> JSON {
        guard depth < depthLimit else { throw .tooDeep(limit: depthLimit, offset: position) }
        skipSpace()
        guard let first = peek else { throw .expected("a value", offset: position) }
        switch first {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        default: throw .expected("a value", offset: position)
        }
    }

    private mutating func object(depth: Int) throws(JSONError) -> JSON {
        position += 1
        var fields = [String: JSON]()
        skipSpace()
        if take(UInt8(ascii: "}")) { return .object(fields) }
        while true {
            let key = try fieldName()
            if key == omittedField {
                try skipValue(depth: depth + 1)
            } else {
                fields[key] = try value(depth: depth + 1)
            }
            skipSpace()
            if take(UInt8(ascii: ",")) { continue }
            guard take(UInt8(ascii: "}")) else { throw .expected("a comma or a closing brace", offset: position) }
            return .object(fields)
        }
    }

    /// The name of a field and the colon behind it.
    mutating func fieldName() throws(JSONError) -> String {
        skipSpace()
        guard peek == UInt8(ascii: "\"") else { throw .expected("a field name", offset: position) }
        let key = try string()
        skipSpace()
        guard take(UInt8(ascii: ":")) else { throw .expected("a colon", offset: position) }
        return key
    }

    /// Steps over this byte, white space before it aside, if it comes next.
    mutating func takeToken(_ byte: UInt8) -> Bool {
        skipSpace()
        return take(byte)
    }

    /// Steps over this byte, which must come next, white space before it aside.
    mutating func requireToken(_ byte: UInt8, _ what: String) throws(JSONError) {
        guard takeToken(byte) else { throw .expected(what, offset: position) }
    }

    /// Whether nothing but white space is left.
    mutating func isAtEnd() -> Bool {
        skipSpace()
        return position == bytes.count
    }

    private mutating func array(depth: Int) throws(JSONError) -> JSON {
        position += 1
        var elements = [JSON]()
        skipSpace()
        if take(UInt8(ascii: "]")) { return .array(elements) }
        while true {
            elements.append(try value(depth: depth + 1))
            skipSpace()
            if take(UInt8(ascii: ",")) { continue }
            guard take(UInt8(ascii: "]")) else { throw .expected("a comma or a closing bracket", offset: position) }
            return .array(elements)
        }
    }

    /// Steps over a value: its structure counts, what it holds does not.
    private mutating func skipValue(depth: Int) throws(JSONError) {
        guard depth < depthLimit else { throw .tooDeep(limit: depthLimit, offset: position) }
        skipSpace()
        switch peek {
        case UInt8(ascii: "{"): try skipElements(until: UInt8(ascii: "}"), areFields: true, depth: depth)
        case UInt8(ascii: "["): try skipElements(until: UInt8(ascii: "]"), areFields: false, depth: depth)
        case UInt8(ascii: "\""): try skipString()
        default: _ = try value(depth: depth)
        }
    }

    private mutating func skipElements(until end: UInt8, areFields: Bool, depth: Int) throws(JSONError) {
        position += 1
        skipSpace()
        if take(end) { return }
        while true {
            if areFields {
                skipSpace()
                guard peek == UInt8(ascii: "\"") else { throw .expected("a field name", offset: position) }
                try skipString()
                skipSpace()
                guard take(UInt8(ascii: ":")) else { throw .expected("a colon", offset: position) }
            }
            try skipValue(depth: depth + 1)
            skipSpace()
            if take(UInt8(ascii: ",")) { continue }
            guard take(end) else { throw .expected("a comma or the end of what is stepped over", offset: position) }
            return
        }
    }

    private mutating func skipString() throws(JSONError) {
        position += 1
        while let byte = peek {
            position += 1
            if byte == UInt8(ascii: "\"") { return }
            if byte == UInt8(ascii: "\\") { position += 1 }
        }
        throw .expected("a closing quote", offset: bytes.count)
    }

    private mutating func number() throws(JSONError) -> JSON {
        let start = position
        _ = take(UInt8(ascii: "-"))
        let leadingZero = peek == UInt8(ascii: "0")
        let whole = digits()
        guard whole > 0, !(leadingZero && whole > 1) else { throw .invalidNumber(offset: start) }
        var isInteger = true
        if take(UInt8(ascii: ".")) {
            isInteger = false
            guard digits() > 0 else { throw .invalidNumber(offset: start) }
        }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            isInteger = false
            if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
            guard digits() > 0 else { throw .invalidNumber(offset: start) }
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        if isInteger, let value = Int64(text) { return .integer(value) }
        guard let value = Double(text), value.isFinite else { throw .invalidNumber(offset: start) }
        return .number(value)
    }

    private mutating func digits() -> Int {
        let start = position
        while let byte = peek, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") { position += 1 }
        return position - start
    }

    private mutating func string() throws(JSONError) -> String {
        let start = position
        position += 1
        let first = position
        while position < bytes.count {
            let byte = bytes[position]
            if byte == UInt8(ascii: "\"") {
                guard let text = String(validating: bytes[first..<position], as: UTF8.self) else {
                    throw .invalidString(offset: start)
                }
                position += 1
                return text
            }
            if byte == UInt8(ascii: "\\") { return try escapedString(from: first) }
            guard byte >= 0x20 else { throw .invalidString(offset: position) }
            position += 1
        }
        throw .expected("a closing quote", offset: position)
    }

    /// The slower way, for a string with escapes; `position` stands on the first of them.
    private mutating func escapedString(from first: Int) throws(JSONError) -> String {
        var text = Array(bytes[first..<position])
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let string = String(validating: text, as: UTF8.self) else { throw .invalidString(offset: first) }
                return string
            case UInt8(ascii: "\\"): try escape(into: &text)
            case 0..<0x20: throw .invalidString(offset: position - 1)
            default: text.append(byte)
            }
        }
        throw .expected("a closing quote", offset: position)
    }

    private mutating func escape(into text: inout [UInt8]) throws(JSONError) {
        let at = position - 1
        guard let byte = peek else { throw .expected("an escape", offset: position) }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"): text.append(contentsOf: String(Character(try escapedScalar(at: at))).utf8)
        default: throw .invalidString(offset: at)
        }
    }

    /// Four hexadecimal digits, or a surrogate pair of them; a lone surrogate stands for nothing and is refused.
    private mutating func escapedScalar(at offset: Int) throws(JSONError) -> Unicode.Scalar {
        guard let high = hexadecimal() else { throw .invalidString(offset: offset) }
        if let scalar = Unicode.Scalar(high) { return scalar }
        guard high < 0xDC00, take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")), let low = hexadecimal(),
            low >= 0xDC00, low < 0xE000, let scalar = Unicode.Scalar(0x10000 + (high - 0xD800) << 10 + (low - 0xDC00))
        else { throw .invalidString(offset: offset) }
        return scalar
    }

    private mutating func hexadecimal() -> UInt32? {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = peek, let digit = Character(Unicode.Scalar(byte)).hexDigitValue, byte < 0x80 else {
                return nil
            }
            value = value << 4 | UInt32(digit)
            position += 1
        }
        return value
    }

    private mutating func word(_ word: String, _ value: JSON) throws(JSONError) -> JSON {
        for byte in word.utf8 {
            guard take(byte) else { throw .expected("\"\(word)\"", offset: position) }
        }
        return value
    }

    private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard position < bytes.count, bytes[position] == byte else { return false }
        position += 1
        return true
    }

    private mutating func skipSpace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x0A, 0x0D, 0x09: position += 1
            default: return
            }
        }
    }
}
