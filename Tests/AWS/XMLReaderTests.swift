import Testing

@testable import AWS

@Suite("XML")
struct XMLReaderTests {
    private func parse(_ text: String) throws -> XMLElement {
        try XMLElement.parse(Array(text.utf8))
    }

    @Test("elements, text, entities, CDATA, comments, attributes and empty elements are read")
    func reads() throws {
        let root = try parse(
            """
            <?xml version="1.0"?><!-- > --><r xmlns="http://x/>"><a>1 &lt;&amp;&#65;&#x42;</a><b/><c x='/'/>
            <set><item>p</item><other/><item>q<![CDATA[<&]]></item></set></r>

            """
        )
        #expect(root.name == "r")
        #expect(root.string("a") == "1 <&AB")
        #expect(root.string("b") == nil)
        #expect(root["c"]?.children == [])
        #expect(root.items("set").map(\.text) == ["p", "q<&"])
        #expect(throws: XMLShapeError.missing("z", in: "r")) { try root.required("z") }
        #expect(throws: XMLShapeError.unreadable("a", in: "r", "1 <&AB")) { try root.required("a") { Int($0) } }
    }

    @Test("what is not well formed is refused, document types and foreign entities too")
    func refuses() {
        let broken = [
            "", " ", "x", "<a>", "<a></b>", "</a>", "<a/><b/>", "<a>&x;</a>", "<a>&lt</a>", "<a>&#xD800;</a>", "<a",
            "<a b='", "<a><!DOCTYPE x></a>", "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "<a/>x", "<>", "<a/ >",
            "<![CDATA[x]]>",
            "<a><![CDATA[x</a>", "<a <b/>></a>",
        ]
        for text in broken {
            #expect(throws: XMLError.self, "\(text)") { try parse(text) }
        }
    }

    @Test("nesting and length have limits")
    func limits() throws {
        let deepest = XMLReader.deepestNesting
        let nested = { (depth: Int) in String(repeating: "<a>", count: depth) + String(repeating: "</a>", count: depth)
        }
        #expect(try parse(nested(deepest)).name == "a")
        #expect(throws: XMLError.tooDeep(limit: deepest, offset: deepest * 3)) { try parse(nested(deepest + 1)) }
        let long = [UInt8](repeating: 0x20, count: XMLReader.longestInputBytes + 1)
        #expect(throws: XMLError.tooLong(limitBytes: XMLReader.longestInputBytes)) { try XMLElement.parse(long) }
    }

    @Test("20,000 random mutations end in a value or an error, never in a crash")
    func fuzz() {
        var generator = SplitMix(state: 20_260_101)
        let seeds = [Answers.instances, Answers.fleet, Answers.error].map { Array($0.utf8) }
        let marks = Array("<>/&;#x![]-?\"'= a0".utf8)
        var parsed = 0
        for round in 0..<20_000 {
            var bytes = seeds[round % seeds.count]
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let place = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: bytes[place] = marks.randomElement(using: &generator) ?? 0
                case 1: bytes[place] = UInt8.random(in: 0...255, using: &generator)
                case 2: bytes.removeSubrange(place..<min(bytes.count, place + 9))
                default: bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + 20)], at: place)
                }
                if bytes.isEmpty { bytes = [0] }
            }
            guard let root = try? XMLElement.parse(bytes) else { continue }
            parsed += 1
            _ = try? EC2FleetResult(root)
            for item in root.items("reservationSet").flatMap({ $0.items("instancesSet") }) {
                _ = (try? EC2Instance(item))?.stateTransitionMilliseconds
            }
        }
        // Mutated text often stays well formed: the readers behind were reached as well.
        #expect(parsed > 1000)
    }
}

/// A small generator with a seed: SplitMix64.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
