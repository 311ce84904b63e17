/// An HTTP/1.1 client on libcurl: any number of exchanges at once on one thread of its own, connections kept.
///
/// Cancelling the task ends its exchange at once. Letting go of the client shuts it down.
package final class HTTPClient: Sendable {
    private let loop: CurlLoop
    private let lastID = Locked<UInt>(0)

    package init(configuration: HTTPClientConfiguration = HTTPClientConfiguration()) {
        loop = CurlLoop(configuration)
    }

    deinit {
        loop.close()
    }

    /// Sends a request and collects the response, whatever its status.
    /// - Parameters:
    ///   - request: what to send.
    ///   - maximumBodyBytes: a longer body ends the exchange with `answerTooLarge`.
    /// - Returns: the whole response.
    /// - Throws: `HTTPError` when no response came.
    package func send(_ request: HTTPRequest, maximumBodyBytes: Int) async throws(HTTPError) -> HTTPResponse {
        let transfer = try start(request, .whole(maximumBytes: maximumBodyBytes))
        return try await transfer.wholeResponse()
    }

    /// Sends a request and sends it again as the policy says.
    /// - Parameters:
    ///   - request: what to send, each time the same.
    ///   - maximumBodyBytes: as for `send(_:maximumBodyBytes:)`.
    ///   - policy: what is tried again, and when.
    /// - Returns: the last response, whatever its status.
    /// - Throws: `HTTPError` when the last attempt brought no response.
    package func send(
        _ request: HTTPRequest,
        maximumBodyBytes: Int,
        retrying policy: RetryPolicy
    ) async throws(HTTPError) -> HTTPResponse {
        try await policy.run { () throws(HTTPError) in
            try await send(request, maximumBodyBytes: maximumBodyBytes)
        }
    }

    /// Sends a request and returns as soon as status and headers are there.
    /// - Parameters:
    ///   - request: what to send; its `timeout` ends with the head.
    ///   - bufferedBytes: about how much of the body waits unread before the sender is held back.
    /// - Returns: the head, and the body as a sequence.
    /// - Throws: `HTTPError` when no head came.
    package func stream(
        _ request: HTTPRequest,
        bufferedBytes: Int = 256 * 1024
    ) async throws(HTTPError) -> HTTPStreamingResponse {
        let transfer = try start(request, .chunks(bufferedBytes: bufferedBytes))
        let head = try await transfer.responseHead()
        return HTTPStreamingResponse(
            status: head.status,
            headers: head.headers,
            body: HTTPBody(transfer, keeping: self)
        )
    }

    /// Ends every exchange with `clientShutDown` and returns when the thread is gone. Later requests fail.
    package func shutDown() async {
        loop.close()
        await loop.waitForEnd()
    }

    private func start(_ request: HTTPRequest, _ delivery: Transfer.Delivery) throws(HTTPError) -> Transfer {
        let address = try HTTPAddress(url: request.url)
        try request.validate(address)
        let id = lastID.withLock { last in
            last += 1
            return last
        }
        let transfer = Transfer(id: id, request: request, address: address, delivery: delivery, loop: loop)
        guard loop.post(.start(transfer)) else { throw .clientShutDown(address) }
        return transfer
    }
}
