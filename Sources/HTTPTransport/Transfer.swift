import CCurl

/// One exchange: filled by the loop's thread, awaited by one task.
final class Transfer: @unchecked Sendable {
    /// What becomes of the body.
    enum Delivery: Sendable {
        /// Collected whole, up to a limit.
        case whole(maximumBytes: Int)
        /// Handed over as it comes; past `bufferedBytes` unread the transfer pauses.
        case chunks(bufferedBytes: Int)
    }

    private struct Waiter {
        let isReady: @Sendable (State) -> Bool
        let continuation: CheckedContinuation<Void, Never>
    }

    private struct State {
        var head: HTTPResponse?
        var body: [UInt8] = []
        var isPaused = false
        var outcome: Result<Void, HTTPError>?
        var waiter: Waiter?

        /// The waiter, when what it waits for has come.
        mutating func takeReadyWaiter() -> Waiter? {
            guard let waiter, outcome != nil || waiter.isReady(self) else { return nil }
            self.waiter = nil
            return waiter
        }
    }

    let id: UInt
    let request: HTTPRequest
    let address: HTTPAddress
    let delivery: Delivery
    private let loop: CurlLoop
    private let state = Locked(State())
    /// Touched by the loop's thread alone.
    private var headReader = HeadReader()

    init(id: UInt, request: HTTPRequest, address: HTTPAddress, delivery: Delivery, loop: CurlLoop) {
        self.id = id
        self.request = request
        self.address = address
        self.delivery = delivery
        self.loop = loop
    }

    // MARK: The task's side

    /// Waits for the whole response.
    func wholeResponse() async throws(HTTPError) -> HTTPResponse {
        await wait { _ in false }
        return try state.withLock { state in
            Result { () throws(HTTPError) -> HTTPResponse in
                try state.outcome?.get()
                guard var response = state.head else { throw .connectionLost(address, "no response") }
                response.body = state.body
                state.body = []
                return response
            }
        }.get()
    }

    /// Waits for status and headers; the body may still be on its way.
    func responseHead() async throws(HTTPError) -> HTTPResponse {
        await wait { $0.head != nil }
        let (head, outcome) = state.withLock { ($0.head, $0.outcome) }
        if let head { return head }
        try outcome?.get()
        throw .connectionLost(address, "no response")
    }

    /// Waits for bytes: those that came since the last call, nil at the end.
    func nextChunk() async throws(HTTPError) -> [UInt8]? {
        await wait { !$0.body.isEmpty }
        let (chunk, wasPaused, outcome) = state.withLock { state in
            if case .failure(.cancelled) = state.outcome { state.body = [] }
            let taken = (state.body, state.isPaused, state.outcome)
            state.body = []
            state.isPaused = false
            return taken
        }
        if wasPaused { loop.post(.unpause(id)) }
        if !chunk.isEmpty { return chunk }
        try outcome?.get()
        return nil
    }

    /// Ends the exchange now, unless it has ended already.
    func cancel() {
        if finish(.failure(.cancelled(address))) { loop.post(.drop(id)) }
    }

    private func wait(until isReady: @escaping @Sendable (State) -> Bool) async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let ready = state.withLock { state in
                    precondition(state.waiter == nil, "a response body has one reader")
                    state.waiter = Waiter(isReady: isReady, continuation: continuation)
                    return state.takeReadyWaiter()
                }
                ready?.continuation.resume()
            }
        } onCancel: {
            cancel()
        }
    }

    // MARK: The loop's side

    var hasHead: Bool { state.withLock { $0.head != nil } }

    /// Notes the end; only the first one counts.
    /// - Returns: whether this was the first.
    @discardableResult
    func finish(_ outcome: Result<Void, HTTPError>) -> Bool {
        let (isFirst, waiter) = state.withLock { state -> (Bool, Waiter?) in
            guard state.outcome == nil else { return (false, nil) }
            state.outcome = outcome
            return (true, state.takeReadyWaiter())
        }
        waiter?.continuation.resume()
        return isFirst
    }

    /// Takes one header line.
    /// - Returns: false to end the transfer.
    func receiveHeader(_ line: UnsafeRawBufferPointer) -> Bool {
        guard headReader.totalBytes + line.count <= HeadReader.maximumBytes else {
            finish(.failure(.answerTooLarge(address, limitBytes: HeadReader.maximumBytes)))
            return false
        }
        guard let head = headReader.read(line, followsRedirects: request.followRedirects) else { return true }
        let waiter = state.withLock { state -> Waiter? in
            // Trailers come through the same door: the head stands once it is there.
            if state.head == nil { state.head = head }
            return state.takeReadyWaiter()
        }
        waiter?.continuation.resume()
        return true
    }

    /// Takes body bytes.
    /// - Returns: what libcurl expects of a write callback: the count taken, or the code for a pause; 0 ends it.
    func receiveBody(_ bytes: UnsafeRawBufferPointer) -> Int {
        switch delivery {
        case .whole(let maximumBytes):
            let fits = state.withLock { state in
                guard state.outcome == nil, state.body.count + bytes.count <= maximumBytes else { return false }
                state.body.append(contentsOf: bytes)
                return true
            }
            if fits { return bytes.count }
            finish(.failure(.answerTooLarge(address, limitBytes: maximumBytes)))
            return 0
        case .chunks(let bufferedBytes):
            let (taken, waiter) = state.withLock { state -> (Int, Waiter?) in
                guard state.outcome == nil else { return (0, nil) }
                guard state.body.count < bufferedBytes else {
                    state.isPaused = true
                    return (Int(CURL_WRITEFUNC_PAUSE), nil)
                }
                state.body.append(contentsOf: bytes)
                return (bytes.count, state.takeReadyWaiter())
            }
            waiter?.continuation.resume()
            return taken
        }
    }
}
