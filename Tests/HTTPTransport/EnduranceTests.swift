import Glibc
import HTTPTransport
import Testing

@Suite("Endurance", .serialized, .timeLimit(.minutes(2)))
struct EnduranceTests {
    private func sendMany(_ count: Int, _ client: HTTPClient, _ url: String) async throws {
        try await withThrowingTaskGroup(of: Int.self) { group in
            for index in 0..<count {
                if index >= 32 { #expect(try await group.next() == 200) }
                group.addTask {
                    let request = HTTPRequest(method: "POST", url: url, body: Array(repeating: 65, count: 1000))
                    return try await client.send(request, maximumBodyBytes: 100_000).status
                }
            }
            while let status = try await group.next() { #expect(status == 200) }
        }
    }

    /// Resident memory, from the second field of statm.
    private func residentBytes() throws -> Int {
        let file = try #require(fopen("/proc/self/statm", "r"))
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 200)
        fgets(&line, 200, file)
        let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return try #require(Int(text.split(separator: " ")[1])) * Int(sysconf(Int32(_SC_PAGESIZE)))
    }

    @Test("thousands of requests leave no memory behind")
    func noLeak() async throws {
        let server = try RawServer.answering { connection, _ in
            connection.answer(200, String(repeating: "x", count: 10_000))
        }
        let client = HTTPClient()
        try await sendMany(1000, client, server.url)
        let before = try residentBytes()
        try await sendMany(4000, client, server.url)
        // One body kept a request would be 40 MB.
        #expect(try residentBytes() - before < 16 << 20)
    }

    @Test("clients shut down one after another and are freed")
    func clientsEnd() async throws {
        let server = try RawServer.answering { connection, _ in connection.answer(200) }
        weak var gone: HTTPClient?
        for _ in 0..<50 {
            let client = HTTPClient()
            gone = client
            #expect(try await client.send(HTTPRequest(url: server.url), maximumBodyBytes: 10).status == 200)
            await client.shutDown()
        }
        #expect(gone == nil)
    }
}
