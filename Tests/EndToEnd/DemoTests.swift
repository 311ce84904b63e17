import Foundation
import HTTPTransport
import Testing

extension EndToEnd {
    @Suite("The demo")
    struct DemoTests {
        @Test("told to end it ends at once, without success, and leaves no process and no file behind")
        func terminated() async throws {
            let scene = try Scene()
            let temporary = scene.folder.appending(path: "temporary")
            try FileManager.default.createDirectory(at: temporary, withIntermediateDirectories: true)
            let demo = try scene.start(["demo", "--once"], environment: ["TMPDIR": temporary.path()])
            var service: String?
            for _ in 0..<6000 where service == nil {
                try #require(demo.isRunning, "\(demo.errors)")
                try await Task.sleep(for: .milliseconds(20))
                service = demo.errors.split(separator: "\n").first { $0.hasPrefix("dashboard ") }
                    .flatMap { $0.split(separator: " ").last }.map(String.init)
            }
            let dashboard = try #require(service)
            #expect(
                try await scene.http.send(HTTPRequest(url: "\(dashboard)livez"), maximumBodyBytes: 1 << 16).status
                    == 200
            )
            demo.terminate()
            let outcome = try await demo.end(within: 300)
            #expect(outcome.status == 130, "\(outcome.errors)")
            #expect(outcome.output.isEmpty)
            await #expect(throws: (any Error).self) {
                try await scene.http.send(HTTPRequest(url: "\(dashboard)livez"), maximumBodyBytes: 1 << 16)
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: temporary.path()) == [])
        }
    }
}
