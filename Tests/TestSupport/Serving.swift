package import Logging
import Loopback
package import ServiceLifecycle

/// Runs a server while the body does, as `serving(logger:_:_:)` does, and logs nothing.
/// - Parameters:
///   - server: Makes the server, which tells its port when it listens.
///   - body: Gets that port.
/// - Returns: What the body returns.
/// - Throws: what keeps the server from listening, or what the body throws.
package func serving<Value: Sendable>(
    _ server: (_ onListening: @escaping @Sendable (Int) -> Void) -> some Service,
    _ body: (Int) async throws -> Value
) async throws -> Value {
    try await serving(logger: silentLogger, server, body)
}

/// Logs nothing.
package var silentLogger: Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }
