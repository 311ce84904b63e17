package import Logging
package import ServiceLifecycle

/// Runs a server while the body does, and stops it as a signal would: one that is cancelled drops connections that it has
/// accepted and not begun to serve, for which the HTTP library ends the process.
/// - Parameters:
///   - logger: Of the group that it runs in.
///   - server: Makes the server, which tells its port when it listens.
///   - body: Gets that port.
/// - Returns: What the body returns.
/// - Throws: what keeps the server from listening, or what the body throws.
package func serving<Value: Sendable>(
    logger: Logger,
    _ server: (_ onListening: @escaping @Sendable (Int) -> Void) -> some Service,
    _ body: (Int) async throws -> Value
) async throws -> Value {
    let (ports, listening) = AsyncStream.makeStream(of: Int.self)
    let group = ServiceGroup(services: [server { listening.yield($0) }], logger: logger)
    let running = Task {
        defer { listening.finish() }
        try await group.run()
    }
    guard let port = await ports.first(where: { _ in true }) else {
        try await running.value
        throw CancellationError()
    }
    let result: Result<Value, any Error>
    do { result = .success(try await body(port)) } catch { result = .failure(error) }
    await group.triggerGracefulShutdown()
    _ = await running.result
    return try result.get()
}
