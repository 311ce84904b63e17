import HTTPTransport
package import Logging
import Model
package import Runtime

/// The SQS queue that receives EventBridge's events about our instances.
package struct InterruptionQueue: NoticeSource {
    private let sqs: SQSClient
    private let name: String
    private let logger: Logger
    private let url = Locked<String?>(nil)

    /// How long a message that was received stays hidden from the next call: longer than a tick and its commit, and so
    /// short that a notice whose reader was killed comes back with most of its two minutes left.
    private static let visibilitySeconds = 10

    package init(client: AWSClient, name: String, logger: Logger) {
        sqs = SQSClient(client)
        self.name = name
        self.logger = logger
    }

    package func receive() async throws -> [QueuedNotice] {
        let queue = try await queueURL()
        let messages = try await sqs.receiveMessages(queue, visibilitySeconds: Self.visibilitySeconds)
        return messages.flatMap { message in
            let notices = notices(in: message)
            guard !notices.isEmpty else { return [QueuedNotice(notice: nil, receipt: message.receiptHandle)] }
            return notices.map { QueuedNotice(notice: $0, receipt: message.receiptHandle) }
        }
    }

    package func acknowledge(_ receipts: [String]) async throws {
        let left = try await sqs.deleteMessages(receipts, from: try await queueURL())
        if !left.isEmpty { logger.warning("messages not deleted", metadata: ["count": "\(left.count)"]) }
    }

    private func queueURL() async throws(AWSError) -> String {
        if let known = url.withLock({ $0 }) { return known }
        let found = try await sqs.getQueueURL(name: name)
        url.withLock { $0 = found }
        return found
    }

    /// None for what is no notice; such a message is deleted all the same.
    private func notices(in message: SQSMessage) -> [Notice] {
        let event: InterruptionMessage
        do {
            event = try InterruptionMessage(body: message.body)
        } catch {
            logger.warning("a message of the interruption queue is left out", metadata: ["error": "\(error)"])
            return []
        }
        let at = Timestamp(milliseconds: event.milliseconds)
        switch event.kind {
        case .spotInterruption(let instance, _):
            return [Notice(id: event.id, kind: .interruption, instance: InstanceID(instance), at: at)]
        case .rebalanceRecommendation(let instance):
            return [Notice(id: event.id, kind: .rebalance, instance: InstanceID(instance), at: at)]
        case .stateChange(let instance, let name):
            guard let state = Instance.State(rawValue: name) else { return [] }
            return [Notice(id: event.id, kind: .stateChange(state), instance: InstanceID(instance), at: at)]
        case .scheduledChange(let instances, let code, let start):
            let maintenance = Maintenance(id: event.id, code: code, notBefore: Timestamp(milliseconds: start))
            return instances.map {
                Notice(id: event.id, kind: .maintenance(maintenance), instance: InstanceID($0), at: at)
            }
        case .unknown(let type):
            logger.debug("an event of another kind", metadata: ["type": "\(type)"])
            return []
        }
    }
}
