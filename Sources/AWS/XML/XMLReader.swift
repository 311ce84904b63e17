/// A pull reader for the XML of AWS's answers: elements and text. Attributes, comments and declarations are passed
/// over; document types and entities of one's own are refused, so that an answer cannot grow while it is read.
struct XMLReader {
    enum Token: Equatable {
        case start(String)
        case text(String)
        case end
    }

    static let longestInputBytes = 32 << 20
    static let deepestNesting = 64

    private let bytes: [UInt8]
    private var index = 0
    private var open: [ArraySlice<UInt8>] = []
    /// Set after `<a/>`: its end is still to be told.
    private var endsEmptyElement = false
    private var hasSeenRoot = false

    /// - Throws: `XMLError.tooLong`.
    init(_ bytes: [UInt8]) throws(XMLError) {
        guard bytes.count <= Self.longestInputBytes else { throw .tooLong(limitBytes: Self.longestInputBytes) }
        self.bytes = bytes
    }

    /// The next token.
    /// - Returns: nil once the root element has ended and nothing but white space follows.
    /// - Throws: `XMLError`.
    mutating func next() throws(XMLError) -> Token? {
        if endsEmptyElement {
            endsEmptyElement = false
            open.removeLast()
            return .end
        }
        while index < bytes.count {
            guard bytes[index] == UInt8(ascii: "<") else {
                let text = try readText()
                if !open.isEmpty { return .text(text) }
                guard text.utf8.allSatisfy(Self.isBlank) else { throw malformed("text outside the root element") }
                continue
            }
            if starts("<?") {
                try skip(past: "?>")
            } else if starts("<!--") {
                try skip(past: "-->")
            } else if starts("<![CDATA[") {
                guard !open.isEmpty else { throw malformed("text outside the root element") }
                return .text(try readCharacterData())
            } else if starts("<!") {
                throw malformed("a document type is not accepted")
            } else if starts("</") {
                try readEndTag()
                return .end
            } else {
                return .start(try readStartTag())
            }
        }
        guard open.isEmpty, hasSeenRoot else { throw malformed("the text ends too soon") }
        return nil
    }

    private func malformed(_ what: String) -> XMLError { .malformed(what, offset: index) }

    private static func isBlank(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D
    }

    private func starts(_ text: StaticString) -> Bool {
        let count = text.utf8CodeUnitCount
        guard index + count <= bytes.count else { return false }
        return (0..<count).allSatisfy { bytes[index + $0] == text.utf8Start[$0] }
    }

    private mutating func skip(past end: StaticString) throws(XMLError) {
        while index < bytes.count {
            if starts(end) {
                index += end.utf8CodeUnitCount
                return
            }
            index += 1
        }
        throw malformed("the text ends too soon")
    }

    private mutating func readName() throws(XMLError) -> ArraySlice<UInt8> {
        let start = index
        while index < bytes.count, !Self.isBlank(bytes[index]), !"/><=\"'&".utf8.contains(bytes[index]) { index += 1 }
        guard index > start else { throw malformed("a name is missing") }
        return bytes[start..<index]
    }

    private mutating func readStartTag() throws(XMLError) -> String {
        guard !hasSeenRoot || !open.isEmpty else { throw malformed("a second root element") }
        guard open.count < Self.deepestNesting else { throw .tooDeep(limit: Self.deepestNesting, offset: index) }
        index += 1
        let name = try readName()
        hasSeenRoot = true
        open.append(name)
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: ">"):
                index += 1
                return String(decoding: name, as: UTF8.self)
            case UInt8(ascii: "/"):
                guard starts("/>") else { throw malformed("a stray slash") }
                index += 2
                endsEmptyElement = true
                return String(decoding: name, as: UTF8.self)
            case UInt8(ascii: "\""), UInt8(ascii: "'"):
                let quote = bytes[index]
                index += 1
                while index < bytes.count, bytes[index] != quote { index += 1 }
                index += 1
            case UInt8(ascii: "<"):
                throw malformed("a tag inside a tag")
            default:
                index += 1
            }
        }
        throw malformed("the text ends too soon")
    }

    private mutating func readEndTag() throws(XMLError) {
        index += 2
        let name = try readName()
        while index < bytes.count, Self.isBlank(bytes[index]) { index += 1 }
        guard starts(">"), let expected = open.last, expected == name else {
            throw malformed("an end tag out of place")
        }
        index += 1
        open.removeLast()
    }

    private mutating func readCharacterData() throws(XMLError) -> String {
        index += 9
        let start = index
        try skip(past: "]]>")
        return String(decoding: bytes[start..<(index - 3)], as: UTF8.self)
    }

    private mutating func readText() throws(XMLError) -> String {
        var text: [UInt8] = []
        while index < bytes.count, bytes[index] != UInt8(ascii: "<") {
            if bytes[index] == UInt8(ascii: "&") {
                text += String(try readEntity()).utf8
            } else {
                text.append(bytes[index])
                index += 1
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    private mutating func readEntity() throws(XMLError) -> Character {
        // The longest is &#x10FFFF;
        guard let end = bytes[index...].prefix(10).firstIndex(of: UInt8(ascii: ";")) else {
            throw malformed("an ampersand without its entity")
        }
        let name = String(decoding: bytes[(index + 1)..<end], as: UTF8.self)
        let character: Character
        switch name {
        case "lt": character = "<"
        case "gt": character = ">"
        case "amp": character = "&"
        case "quot": character = "\""
        case "apos": character = "'"
        default:
            let number =
                name.hasPrefix("#x")
                ? UInt32(name.dropFirst(2), radix: 16)
                : name.hasPrefix("#") ? UInt32(name.dropFirst()) : nil
            guard let scalar = number.flatMap(Unicode.Scalar.init) else { throw malformed("an unknown entity") }
            character = Character(scalar)
        }
        index = end + 1
        return character
    }
}
