package import Model

/// A standard queue of SQS: every message at least once, in about the order in which it came.
package struct MessageQueue: Sendable {
    /// What a message says.
    package enum Content: Hashable, Sendable {
        case event(CloudEnvelope)
        /// Whatever else somebody sends.
        case text(String)
    }

    /// A message as it is received.
    package struct Received: Hashable, Sendable {
        package var messageID: String
        package var receiptHandle: String
        package var content: Content
        package var sentAt: Timestamp
        package var receiveCount: Int
        package var firstReceivedAt: Timestamp

        package var event: CloudEnvelope? { if case .event(let event) = content { event } else { nil } }

        package var body: String {
            switch content {
            case .event(let event): event.json
            case .text(let text): text
            }
        }
    }

    private struct Message {
        var id: String
        var content: Content
        var sentAt: Timestamp
        var visibleAt: Timestamp
        var receiveCount = 0
        var firstReceivedAt: Timestamp?
    }

    /// What a queue keeps that nobody reads; the oldest goes first.
    private static let maximumMessages = 120_000

    /// In the order of their arrival, keyed by number, so that a deletion costs no search.
    private var messages: [Int: Message] = [:]
    private var order: [Int] = []
    private var next = 0
    private var generator: SeededGenerator

    init(seed: UInt64) {
        generator = SeededGenerator(seed: seed, purpose: "queue")
    }

    package var count: Int { messages.count }

    /// Puts a message at the end.
    /// - Returns: Its id.
    @discardableResult
    package mutating func send(_ content: Content, at: Timestamp) -> String {
        let id = UniqueName.uuid(&generator)
        messages[next] = Message(id: id, content: content, sentAt: at, visibleAt: Timestamp(milliseconds: .min / 4))
        order.append(next)
        next += 1
        if messages.count > Self.maximumMessages, let oldest = order.first(where: { messages[$0] != nil }) {
            messages[oldest] = nil
        }
        if order.count > 2 * messages.count + 1000 { order.removeAll { messages[$0] == nil } }
        return id
    }

    /// Takes messages out of sight for a time.
    /// - Parameters:
    ///   - maximum: How many at most.
    ///   - visibilityTimeout: After which those not deleted by then can be received again.
    ///   - now: By the reader's clock, the same in all calls.
    /// - Returns: The oldest visible messages.
    package mutating func receive(
        maximum: Int,
        visibilityTimeout: Duration,
        now: Timestamp
    ) -> [Received] {
        var result: [Received] = []
        for number in order {
            guard result.count < maximum else { break }
            guard var message = messages[number], message.visibleAt <= now else { continue }
            message.receiveCount += 1
            message.visibleAt = now + visibilityTimeout
            message.firstReceivedAt = message.firstReceivedAt ?? now
            messages[number] = message
            result.append(
                Received(
                    messageID: message.id,
                    receiptHandle: "\(number)#\(message.receiveCount)#\(message.id)",
                    content: message.content,
                    sentAt: message.sentAt,
                    receiveCount: message.receiveCount,
                    firstReceivedAt: message.firstReceivedAt ?? now
                )
            )
        }
        return result
    }

    /// Deletes a message by the handle of any of its receipts; one that is gone already is no error.
    /// - Returns: False when the handle is none that this queue gives.
    package mutating func delete(receiptHandle: String) -> Bool {
        let parts = receiptHandle.split(separator: "#")
        guard parts.count == 3, let number = Int(parts[0]), number >= 0, number < next else { return false }
        guard let message = messages[number] else { return true }
        guard message.id == parts[2] else { return false }
        messages[number] = nil
        return true
    }
}

/// Names as AWS makes them, from a seed.
enum UniqueName {
    /// A random UUID in its usual form.
    static func uuid(_ generator: inout SeededGenerator) -> String {
        let digits = Array(generator.hexadecimal(digits: 32))
        let parts = [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { String(digits[$0]) }
        return parts.joined(separator: "-")
    }
}
