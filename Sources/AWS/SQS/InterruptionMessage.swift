import Foundation

/// What EventBridge puts on the interruption queue, by itself or through an SNS topic.
/// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-instance-termination-notices.html
package struct InterruptionMessage: Sendable, Equatable {
    package enum Kind: Sendable, Hashable {
        /// The instance is reclaimed two minutes after `milliseconds`; the action is `terminate`, `stop` or
        /// `hibernate`.
        case spotInterruption(instanceID: String, action: String)
        case rebalanceRecommendation(instanceID: String)
        /// As in `running`, `shutting-down`.
        case stateChange(instanceID: String, state: String)
        /// AWS Health plans to stop, reboot or retire the machines under some instances.
        case scheduledChange(instanceIDs: [String], ScheduledChange)
        /// The capacity reservation or capacity block that the instance runs in ends, or is taken back by its owner;
        /// nil where the message does not say when.
        case capacityReservationInterruption(instanceID: String, endsAtMilliseconds: Int64?)
        /// Known, and nothing follows from it: its detail type.
        case ignored(String)
        /// Anything else, by its detail type.
        case unknown(String)
    }

    /// What AWS Health announces.
    package struct ScheduledChange: Sendable, Hashable {
        /// Health's own id of it, the same in every message about it.
        package var id: String
        /// As in `AWS_EC2_INSTANCE_RETIREMENT_SCHEDULED`.
        package var code: String
        package var startMilliseconds: Int64
        package var endMilliseconds: Int64?
    }

    /// The event's own: the same when it is delivered again.
    package var id: String
    package var kind: Kind
    /// When it happened, since 1970; EventBridge writes whole seconds.
    package var milliseconds: Int64
    package var account: String
    package var region: String

    /// A longer body is no event: the queue's own limit, which SNS's envelope counts against as well.
    static let longestBytes = 256 * 1024

    /// Reads a message's body.
    /// - Parameter body: an EventBridge envelope in JSON, as it is or wrapped by SNS.
    /// - Throws: `InterruptionMessageError` when it is none, or an event of ours lacks its instance.
    package init(body: String) throws(InterruptionMessageError) {
        guard body.utf8.count <= Self.longestBytes else { throw .tooLong(limitBytes: Self.longestBytes) }
        var event = body
        if let topic = try? JSONDecoder().decode(TopicEnvelope.self, from: Data(body.utf8)) {
            guard topic.type == "Notification" else {
                // SNS asks to confirm a subscription, or says that one ended.
                self.init(id: topic.messageID, kind: .unknown("SNS \(topic.type)"))
                return
            }
            event = topic.message
        }
        let envelope: EventEnvelope
        do {
            envelope = try JSONDecoder().decode(EventEnvelope.self, from: Data(event.utf8))
        } catch {
            throw .notAnEvent
        }
        guard let time = AWSTime.parse(envelope.time) else { throw .missing("time", eventID: envelope.id) }
        self.init(
            id: envelope.id,
            kind: try envelope.kind(),
            milliseconds: time,
            account: envelope.account ?? "",
            region: envelope.region ?? ""
        )
    }

    private init(id: String, kind: Kind, milliseconds: Int64 = 0, account: String = "", region: String = "") {
        self.id = id
        self.kind = kind
        self.milliseconds = milliseconds
        self.account = account
        self.region = region
    }
}

/// Why a queue's message is no event.
package enum InterruptionMessageError: Error, Sendable, Equatable, CustomStringConvertible {
    case tooLong(limitBytes: Int)
    case notAnEvent
    case missing(String, eventID: String)

    package var description: String {
        switch self {
        case .tooLong(let limit):
            "the message is longer than \(limit) bytes: check what else writes to the interruption queue"
        case .notAnEvent:
            "the message is no EventBridge event: check what else writes to the interruption queue"
        case .missing(let field, let id):
            "event \(id) has no usable \(field): check the EventBridge rule's input transformation"
        }
    }
}
