import CCurl
import Glibc

/// The one thread that drives libcurl's multi interface. Tasks talk to it through a mailbox.
final class CurlLoop: @unchecked Sendable {
    enum Command {
        case start(Transfer)
        case drop(UInt)
        case unpause(UInt)
    }

    private struct Mailbox {
        var commands: [Command] = []
        var isClosing = false
        var hasEnded = false
        var onEnd: [CheckedContinuation<Void, Never>] = []
    }

    private struct Active {
        let handle: EasyHandle
        let transfer: Transfer
    }

    /// Longest sleep; a command wakes the thread sooner.
    private static let longestPollMilliseconds = 60_000

    private let configuration: HTTPClientConfiguration
    private let multi: UnsafeMutableRawPointer
    private let mailbox = Locked(Mailbox())
    // Touched by the loop's thread alone.
    private var active: [UInt: Active] = [:]
    private var headDeadlines: [UInt: ContinuousClock.Instant] = [:]

    private static let libraryIsReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

    init(_ configuration: HTTPClientConfiguration) {
        guard Self.libraryIsReady, let multi = curl_multi_init() else {
            fatalError("libcurl cannot start: out of memory or an incompatible library")
        }
        self.configuration = configuration
        self.multi = multi
        let perHost = configuration.maximumConnectionsPerHost
        ccurl_multi_set_long(multi, CURLMOPT_MAX_HOST_CONNECTIONS, perHost)
        ccurl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, perHost * 2)
        startThread()
    }

    /// Leaves a command and wakes the thread.
    /// - Returns: false when the loop is closing and the command came too late.
    @discardableResult
    func post(_ command: Command) -> Bool {
        mailbox.withLock { mailbox in
            guard !mailbox.isClosing else { return false }
            mailbox.commands.append(command)
            if mailbox.commands.count == 1 { curl_multi_wakeup(multi) }
            return true
        }
    }

    /// Ends every transfer, then the thread.
    func close() {
        mailbox.withLock { mailbox in
            mailbox.isClosing = true
            if !mailbox.hasEnded { curl_multi_wakeup(multi) }
        }
    }

    /// Returns once the thread is done with libcurl.
    func waitForEnd() async {
        await withCheckedContinuation { continuation in
            let ended = mailbox.withLock { mailbox in
                if !mailbox.hasEnded { mailbox.onEnd.append(continuation) }
                return mailbox.hasEnded
            }
            if ended { continuation.resume() }
        }
    }

    private func startThread() {
        var thread = pthread_t()
        let context = Unmanaged.passRetained(self).toOpaque()
        let result = pthread_create(
            &thread,
            nil,
            { context in
                guard let context else { return nil }
                // A broken connection is an error code, never a signal that ends the process.
                var signals = sigset_t()
                sigemptyset(&signals)
                sigaddset(&signals, SIGPIPE)
                pthread_sigmask(SIG_BLOCK, &signals, nil)
                Unmanaged<CurlLoop>.fromOpaque(context).takeRetainedValue().run()
                return nil
            },
            context
        )
        guard result == 0 else { fatalError("the HTTP thread cannot start: \(String(cString: strerror(result)))") }
        pthread_detach(thread)
    }

    private func run() {
        var isClosing = false
        while !isClosing {
            let commands: [Command]
            (commands, isClosing) = mailbox.withLock { mailbox in
                defer { mailbox.commands = [] }
                return (mailbox.commands, mailbox.isClosing)
            }
            for command in commands { carryOut(command) }
            var running: Int32 = 0
            curl_multi_perform(multi, &running)
            collectFinished()
            let wait = expireHeads()
            if !isClosing { curl_multi_poll(multi, nil, 0, Int32(wait), nil) }
        }
        end()
    }

    private func carryOut(_ command: Command) {
        switch command {
        case .start(let transfer): start(transfer)
        case .drop(let id): remove(id)
        case .unpause(let id):
            // It may call the write callback at once, for the bytes that were held back.
            if let entry = active[id] { curl_easy_pause(entry.handle.pointer, CURLPAUSE_CONT) }
        }
    }

    private func start(_ transfer: Transfer) {
        do throws(HTTPError) {
            let handle = try EasyHandle(transfer, configuration)
            active[transfer.id] = Active(handle: handle, transfer: transfer)
            guard curl_multi_add_handle(multi, handle.pointer) == CURLM_OK else {
                throw .invalidRequest(transfer.address, "libcurl does not take it")
            }
            if case .chunks = transfer.delivery, let timeout = transfer.request.timeout {
                headDeadlines[transfer.id] = .now + timeout
            }
        } catch {
            active[transfer.id] = nil
            transfer.finish(.failure(error))
        }
    }

    private func collectFinished() {
        var code = CURLE_OK
        while let easy = ccurl_multi_next_done(multi, &code) {
            let id = ccurl_get_id(easy)
            guard let entry = active[id] else { continue }
            let failure = code == CURLE_OK ? nil : entry.handle.failure(code, entry.transfer.address)
            remove(id)
            entry.transfer.finish(failure.map { .failure($0) } ?? .success(()))
        }
    }

    private func remove(_ id: UInt) {
        headDeadlines[id] = nil
        guard let entry = active.removeValue(forKey: id) else { return }
        curl_multi_remove_handle(multi, entry.handle.pointer)
    }

    /// Ends the streams whose head is overdue.
    /// - Returns: milliseconds until the next one may be.
    private func expireHeads() -> Int {
        let now = ContinuousClock.now
        var next = Self.longestPollMilliseconds
        for (id, deadline) in headDeadlines {
            guard let transfer = active[id]?.transfer, !transfer.hasHead else {
                headDeadlines[id] = nil
                continue
            }
            if deadline <= now {
                remove(id)
                transfer.finish(.failure(.timedOut(transfer.address, "no response head")))
            } else {
                next = min(next, (deadline - now).wholeMilliseconds)
            }
        }
        return next
    }

    private func end() {
        for (id, entry) in active {
            remove(id)
            entry.transfer.finish(.failure(.clientShutDown(entry.transfer.address)))
        }
        let onEnd = mailbox.withLock { mailbox in
            mailbox.hasEnded = true
            defer { mailbox.onEnd = [] }
            return mailbox.onEnd
        }
        curl_multi_cleanup(multi)
        for continuation in onEnd { continuation.resume() }
    }
}
