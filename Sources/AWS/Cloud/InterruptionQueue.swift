import HTTPTransport
package import Logging
import Model
package import Runtime

/// The SQS queue that receives EventBridge's events about our instances.
package struct InterruptionQueue: NoticeSource {
    private let sqs: SQSClient
    private let name: String
    private let logger: Logger
    private let state = Locked(State())

    private struct State: Sendable {
        var url: String?
        var tally = QueueTally()
        /// What was complained of: once is enough.
        var told: Set<String> = []
    }

    /// How long a message that was received stays hidden from the next call: longer than a tick and its commit, and so
    /// short that a notice whose reader was killed comes back with most of its two minutes left.
    private static let visibilitySeconds = 10

    /// Of kinds that nobody knows so many are told apart in the log.
    private static let mostTold = 100
    private static let longestKind = 100

    package init(client: AWSClient, name: String, logger: Logger) {
        sqs = SQSClient(client)
        self.name = name
        self.logger = logger
    }

    /// Makes sure that the queue is there and may be found; no message is touched.
    /// - Throws: `AWSError`.
    package func check() async throws(AWSError) {
        _ = try await queueURL()
    }

    package func receive() async throws -> [QueuedMessage] {
        let messages: [SQSMessage]
        do throws(AWSError) {
            messages = try await sqs.receiveMessages(try await queueURL(), visibilitySeconds: Self.visibilitySeconds)
        } catch {
            // Cancellation is no failure of the queue's.
            try Task.checkCancellation()
            state.withLock { state in
                state.tally.failedReads += 1
                // It may be made anew, elsewhere.
                if error.kind == .gone { state.url = nil }
            }
            throw error
        }
        return messages.map { QueuedMessage(notices: notices(in: $0), receipt: $0.receiptHandle) }
    }

    package func acknowledge(_ receipts: [String]) async throws {
        guard !receipts.isEmpty else { return }
        let queue = try await queueURL()
        let deletion = await sqs.deleteMessages(receipts, from: queue)
        state.withLock { state in
            state.tally.deleted += receipts.count - deletion.left.count
            state.tally.undeleted += deletion.left.count
        }
        if let error = deletion.error { throw error }
        if !deletion.left.isEmpty {
            logger.warning("messages not deleted", metadata: ["count": "\(deletion.left.count)"])
        }
    }

    package func tally() -> QueueTally { state.withLock { $0.tally } }

    private func queueURL() async throws(AWSError) -> String {
        if let known = state.withLock({ $0.url }) { return known }
        let found = try await sqs.getQueueURL(name: name)
        state.withLock { $0.url = found }
        return found
    }

    /// None for what is no notice; such a message is deleted all the same, and never stops the queue.
    private func notices(in message: SQSMessage) -> [Notice] {
        let event: InterruptionMessage
        do {
            event = try InterruptionMessage(body: message.body)
        } catch {
            count(.malformed)
            tell(once: error.sort, "a message of the interruption queue is left out: \(error)")
            return []
        }
        let notices = event.notices
        switch event.kind {
        case .spotInterruption: count(.interruption)
        case .rebalanceRecommendation: count(.rebalance)
        case .scheduledChange: count(.maintenance)
        case .capacityReservationInterruption: count(.capacityReservation)
        case .stateChange(_, let name):
            count(notices.isEmpty ? .unknown : .stateChange)
            if notices.isEmpty { tellUnknown("state \(name)") }
        case .ignored: count(.ignored)
        case .unknown(let type):
            count(.unknown)
            tellUnknown(type)
        }
        return notices
    }

    private func count(_ kind: QueueTally.Kind) {
        state.withLock { $0.tally.received[kind, default: 0] += 1 }
    }

    private func tellUnknown(_ kind: String) {
        let kind = String(kind.prefix(Self.longestKind))
        tell(
            once: "unknown \(kind)",
            "the interruption queue brings events that nothing is done for: \(kind); narrow the EventBridge rule"
        )
    }

    private func tell(once key: String, _ line: String) {
        let isNews = state.withLock { $0.told.count < Self.mostTold && $0.told.insert(key).inserted }
        guard isNews else { return }
        logger.warning("\(line)", metadata: ["more": "counted in gleaner_queue_messages_total"])
    }
}

extension InterruptionMessageError {
    /// The same for all messages that are wrong in the same way.
    fileprivate var sort: String {
        switch self {
        case .tooLong: "too long"
        case .notAnEvent: "not an event"
        case .missing(let field, _): "missing \(field)"
        }
    }
}
