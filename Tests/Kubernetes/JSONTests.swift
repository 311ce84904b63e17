import Kubernetes
import Testing

@Suite("JSON")
struct JSONTests {
    @Test("what is written reads back the same, fields in order")
    func roundTrip() throws {
        let value: JSON = [
            "z": [1, -2, 3.5, true, .null], "a": ["nested": "line\nbreak \"quoted\" \\ \u{1} é 🐙"],
            "big": .integer(.max), "empty": [:], "none": [],
        ]
        #expect(try JSON(parsing: value.bytes()) == value)
        #expect(JSON(dictionaryLiteral: ("b", 1), ("a", "x")).description == #"{"a":"x","b":1}"#)
    }

    @Test("escapes and surrogate pairs are read")
    func escapes() throws {
        #expect(try JSON(parsing: #""\u00e9\ud83d\ude00\/\b\f\n\r\t""#) == "é😀/\u{8}\u{c}\n\r\t")
    }

    @Test("an integer that fits no 64 bits becomes a number")
    func numbers() throws {
        #expect(try JSON(parsing: "9223372036854775807") == .integer(.max))
        #expect(try JSON(parsing: "9223372036854775808") == .number(9_223_372_036_854_775_808))
        #expect(try JSON(parsing: "-1.5e2") == .number(-150))
        #expect(try JSON(parsing: "2.0").integer == 2)
    }

    @Test(
        "what is not JSON is refused",
        arguments: [
            "", "{", "[1,", "[1,]", "{\"a\"}", "{\"a\":1,}", "01", "1.", "-", "1e", "tru", "\"\\x\"", "\"\\ud800\"",
            "\"a\nb\"", "nullx", "1 2", "{a:1}", "+1", "NaN", "1e999", "\"\\u00g0\"",
        ]
    )
    func refused(text: String) {
        #expect(throws: JSONError.self) { try JSON(parsing: text) }
    }

    @Test("size and depth have limits, and invalid UTF-8 is refused")
    func limits() {
        #expect(throws: JSONError.tooLarge(bytes: 3, limit: 2)) {
            try JSON(parsing: Array("123".utf8), limits: .init(bytes: 2))
        }
        #expect(throws: JSONError.tooDeep(limit: 128, offset: 128)) {
            try JSON(parsing: String(repeating: "[", count: 100_000))
        }
        #expect(throws: JSONError.invalidString(offset: 0)) { try JSON(parsing: [0x22, 0xFF, 0x22]) }
    }

    @Test("a path reads through what is absent and writes through it too")
    func paths() {
        var pod: JSON = ["metadata": ["name": "a"]]
        #expect(pod["metadata"]["name"].string == "a")
        #expect(pod["spec"]["containers"][0]["image"].isNull)
        pod["spec"]["nodeName"] = "n1"
        #expect(pod.at("spec", "nodeName").string == "n1")
        pod["spec"]["containers"] = [["name": "c"]]
        pod["spec"]["containers"][0]["image"] = "i"
        #expect(pod["spec"]["containers"] == [["name": "c", "image": "i"]])
        pod["metadata"]["name"] = .null
        #expect(pod["metadata"] == .emptyObject)
    }

    @Test("no damaged input brings the parser down, and what it accepts reads back the same")
    func fuzz() throws {
        var generator = Noise(state: 42)
        let seeds = [
            #"{"metadata":{"name":"a","labels":{"x":"é\u00e9"}},"spec":{"n":[1,2.5,-3e4,true,false,null,"\n"]}}"#,
            #"[[[{"a":[{"b":"\ud83d\ude00"}]}]],"",0,-0,1e-7]"#,
            #"{"metadata":{"continue":"x"},"items":[{"a":1,"managedFields":[{"b":"]\"}"},null,[]]},{"c":[{}]}]}"#,
        ].map { Array($0.utf8) }
        var accepted = 0
        for round in 0..<20_000 {
            var bytes = seeds[round % seeds.count]
            for _ in 0..<Int.random(in: 1...4, using: &generator) where !bytes.isEmpty {
                let place = Int.random(in: bytes.indices, using: &generator)
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &generator)
                case 1: bytes.remove(at: place)
                case 2: bytes.insert(Array("{}[],:\"\\0e-u".utf8).randomElement(using: &generator) ?? 0, at: place)
                default: bytes.removeSubrange(place...)
                }
            }
            // The readers of lists and events take the same, and what they leave out is never missed.
            var items = [JSON]()
            let list = try? JSON.list(bytes) { items.append($0) }
            let event = try? JSON(event: bytes)
            guard let value = try? JSON(parsing: bytes) else { continue }
            accepted += 1
            #expect(event.map(Self.withoutManagers) == Self.withoutManagers(value))
            if value.object != nil, value["items"].array != nil {
                #expect(items == event?["items"].array && list?["metadata"] == value["metadata"])
            }
            let written = value.bytes()
            #expect(try JSON(parsing: written).bytes() == written)
        }
        #expect(accepted > 100)
    }
}

extension JSONTests {
    private static func withoutManagers(_ value: JSON) -> JSON {
        switch value {
        case .array(let elements): .array(elements.map(withoutManagers))
        case .object(let fields):
            .object(fields.filter { $0.key != "managedFields" }.mapValues(withoutManagers))
        default: value
        }
    }
}

/// Repeatable noise (SplitMix64).
private struct Noise: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }
}
