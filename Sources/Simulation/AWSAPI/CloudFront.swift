package import Model

/// What the cloud's HTTP front asks of the world: exclusive use of its cloud, at the world's time.
package protocol CloudFront: Sendable {
    /// Runs a body that no other use of the cloud overlaps, with the cloud settled at the world's present.
    /// - Parameter body: Quick; it holds up the world.
    /// - Returns: What the body returns.
    /// - Throws: What the body throws, or when the world has ended.
    func withCloud<R: Sendable>(_ body: @Sendable (CloudModel, Timestamp) throws -> R) async throws -> R
}
