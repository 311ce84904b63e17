import Logging
import Model

/// The interruption queue: read by several, each message deleted once what follows from it is in the journal.
extension Engine {
    /// A queue hands out a few messages a call: one call after the other would let a crowd of notices wait.
    static let pollers = 4

    /// Beyond so many events that wait for the loop nothing more is read: what is read and not deleted in time comes
    /// again, and would wait twice.
    private static let mostWaiting = 2000

    /// Of failures in a row the first is told, and then every so many.
    private static let failuresATelling = 10

    /// Reads until it is cancelled.
    static func poll(_ source: any NoticeSource, into mailbox: Mailbox, logger: Logger) async {
        var failures = 0
        while !Task.isCancelled {
            do {
                let messages = try await source.receive()
                if failures > 0 { logger.notice("interruption queue read again", metadata: ["after": "\(failures)"]) }
                failures = 0
                // All of a message at once, so that they meet the same step of the core.
                mailbox.put(
                    messages.flatMap { message in
                        message.notices.map { Mailbox.Item(event: .noticeReceived($0), receipt: message.receipt) }
                    }
                )
                let empty = messages.filter(\.notices.isEmpty).map(\.receipt)
                if !empty.isEmpty { try await source.acknowledge(empty) }
                while mailbox.count > mostWaiting { try await Task.sleep(for: .milliseconds(20)) }
            } catch is CancellationError {
                return
            } catch {
                guard !Task.isCancelled else { return }
                if failures.isMultiple(of: failuresATelling) {
                    logger.warning(
                        "interruption queue not read",
                        metadata: ["error": "\(error)", "failures": "\(failures + 1)"]
                    )
                }
                failures += 1
                try? await Task.sleep(for: .milliseconds(min(100 << min(failures, 8), 20_000)))
            }
        }
    }

    func acknowledge(_ receipts: [String]) async {
        do {
            try await parts.notices?.acknowledge(receipts)
        } catch {
            // The messages come again, and change nothing the second time.
            logger.warning("notices not acknowledged", metadata: ["error": "\(error)"])
        }
    }
}
