import Model
import Testing

@testable import AWS

@Suite("What the instance metadata service writes")
struct InstanceMetadataTests {
    @Test("times come in two forms")
    func times() {
        #expect(ScheduledEvent.time("21 Jan 2019 09:00:43 GMT")?.description == "2019-01-21T09:00:43Z")
        #expect(ScheduledEvent.time("1 Dec 2026 23:59:59 GMT")?.description == "2026-12-01T23:59:59Z")
        #expect(ScheduledEvent.time("2019-01-21T09:00:43Z")?.description == "2019-01-21T09:00:43Z")
        for text in [
            "", "21 Jan 2019", "21 Foo 2019 09:00:43 GMT", "021 Jan 2019 09:00:43 GMT", "21 Jan 2019 09:00:43 CET",
            "21 Jan 2019 25:00:43 GMT", "0 Jan 2019 09:00:43 GMT", "21 Jan 19 09:00:43 GMT", "x Jan 2019 09:00:43 GMT",
        ] {
            #expect(ScheduledEvent.time(text) == nil, "\(text)")
        }
    }

    @Test("no bytes make the reader of times fall")
    func fuzz() {
        var generator = SystemRandomNumberGenerator()
        let good = Array("21 Jan 2019 09:00:43 GMT".utf8)
        for _ in 0..<5000 {
            var bytes = good
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                bytes[Int.random(in: bytes.indices, using: &generator)] = .random(in: 0...255, using: &generator)
            }
            _ = ScheduledEvent.time(String(decoding: bytes, as: UTF8.self))
        }
    }
}
