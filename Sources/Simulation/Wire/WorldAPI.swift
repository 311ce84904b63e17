import Foundation
import HTTPTypes
import Hummingbird
import Kubernetes
import Logging
package import Model
import NIOCore
import ServiceLifecycle

/// The world's own endpoints, beside those that Gleaner uses: its clock, its truth, and interruptions on demand.
struct WorldAPI: Service {
    let driver: WorldDriver
    let host: String
    let port: Int
    let seed: UInt64
    let startedAt: Timestamp
    let logger: Logger
    let onListening: @Sendable (Int) async -> Void

    func run() async throws {
        let router = Router()
        let (driver, seed, startedAt) = (driver, seed, startedAt)
        router.get("clock") { _, _ in
            let readings = await driver.readings()
            return Response(
                status: .ok,
                headers: [.contentType: "application/x-ndjson"],
                body: ResponseBody { writer in
                    for await reading in readings {
                        var line = try JSONEncoder().encode(ClockLine(now: reading.now, rate: reading.rate))
                        line.append(0x0A)
                        try await writer.write(ByteBuffer(bytes: line))
                    }
                    try await writer.finish(nil)
                }
            )
        }
        router.get("status") { _, _ in
            let status = await driver.status(startedAt: startedAt, seed: seed)
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys]
            return Response(
                status: .ok,
                headers: [.contentType: "application/json"],
                body: ResponseBody(byteBuffer: ByteBuffer(bytes: try encoder.encode(status)))
            )
        }
        router.post("interruptions") { request, _ in
            guard let node = request.uri.queryParameters["node"].map(String.init), !node.isEmpty else {
                return Self.answer(.badRequest, ["error": "say which: /interruptions?node=NAME"])
            }
            do {
                let id = try await driver.withWorld { try $0.interrupt(node: node) }
                return Self.answer(.ok, ["instance": id.value])
            } catch let error as CloudError {
                return Self.answer(.notFound, ["error": error.message])
            }
        }
        router.post("impairments") { request, _ in
            guard let node = request.uri.queryParameters["node"].map(String.init), !node.isEmpty else {
                return Self.answer(.badRequest, ["error": "say which: /impairments?node=NAME&check=system"])
            }
            let check = request.uri.queryParameters["check"].map(String.init) ?? "system"
            guard ["attached-ebs", "instance", "system", "none"].contains(check) else {
                return Self.answer(.badRequest, ["error": "check must be attached-ebs, instance, system or none"])
            }
            do {
                let id = try await driver.withWorld {
                    try $0.impair(node: node, checks: check == "none" ? [] : [check])
                }
                return Self.answer(.ok, ["instance": id.value])
            } catch let error as CloudError {
                return Self.answer(.notFound, ["error": error.message])
            }
        }
        let onListening = onListening
        let application = Application(
            router: router,
            configuration: .init(address: .hostname(host, port: port), serverName: nil),
            onServerRunning: { channel in
                if let port = channel.localAddress?.port { await onListening(port) }
            },
            logger: logger
        )
        try await application.run()
    }

    private static func answer(_ status: HTTPResponse.Status, _ content: [String: String]) -> Response {
        Response(
            status: status,
            headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: JSON(content).description + "\n"))
        )
    }
}

extension WorldDriver {
    package func status(startedAt: Timestamp, seed: UInt64) -> WorldStatus {
        withWorld { WorldStatus(world: $0, startedAt: startedAt, seed: seed, rate: 0) }.with(rate: currentRate)
    }
}

extension WorldStatus {
    fileprivate func with(rate: Double) -> WorldStatus {
        var result = self
        result.rate = rate
        return result
    }
}
