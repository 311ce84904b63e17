/// A body as it arrives, in chunks as the network cut them. For one reader; when the reader lags, the peer is
/// held back by TCP itself, so memory stays bounded.
package struct HTTPBody: AsyncSequence, Sendable {
    package typealias Element = [UInt8]

    /// Ends the transfer when the last holder of the body lets go.
    private final class Lease: Sendable {
        let transfer: Transfer
        let client: HTTPClient

        init(_ transfer: Transfer, _ client: HTTPClient) {
            self.transfer = transfer
            self.client = client
        }

        deinit {
            transfer.cancel()
        }
    }

    private let lease: Lease

    init(_ transfer: Transfer, keeping client: HTTPClient) {
        lease = Lease(transfer, client)
    }

    package struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate let body: HTTPBody

        /// The bytes that came since the last call.
        /// - Returns: at least one byte, or nil at the end of the body.
        /// - Throws: `HTTPError`, `cancelled` when the task was cancelled.
        package mutating func next() async throws -> [UInt8]? {
            try await body.lease.transfer.nextChunk()
        }
    }

    package func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(body: self)
    }
}
