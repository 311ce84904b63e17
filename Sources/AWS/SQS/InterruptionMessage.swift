import Foundation

/// What EventBridge puts on the interruption queue.
/// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-instance-termination-notices.html
package struct InterruptionMessage: Sendable, Equatable {
    package enum Kind: Sendable, Equatable {
        /// The instance is reclaimed two minutes after `milliseconds`; the action is `terminate`, `stop` or
        /// `hibernate`.
        case spotInterruption(instanceID: String, action: String)
        case rebalanceRecommendation(instanceID: String)
        /// As in `running`, `shutting-down`.
        case stateChange(instanceID: String, state: String)
        /// AWS Health plans to stop, reboot or retire the machines under some instances.
        case scheduledChange(instanceIDs: [String], code: String, startMilliseconds: Int64)
        /// Anything else, by its detail type.
        case unknown(String)
    }

    /// The event's own: the same when it is delivered again.
    package var id: String
    package var kind: Kind
    /// When it happened, since 1970; EventBridge writes whole seconds.
    package var milliseconds: Int64
    package var account: String
    package var region: String

    /// A longer body is no event: EventBridge's own limit.
    static let longestBytes = 256 * 1024

    private struct Envelope: Decodable {
        let id: String
        let detailType: String
        let time: String
        let account: String?
        let region: String?
        let detail: Detail?

        enum CodingKeys: String, CodingKey {
            case id, time, account, region, detail
            case detailType = "detail-type"
        }
    }

    private struct Detail: Decodable {
        let instanceID: String?
        let action: String?
        let state: String?
        let service: String?
        let eventTypeCode: String?
        let eventTypeCategory: String?
        let startTime: String?
        let statusCode: String?
        let affectedEntities: [Entity]?

        enum CodingKeys: String, CodingKey {
            case instanceID = "instance-id"
            case action = "instance-action"
            case state, service, eventTypeCode, eventTypeCategory, startTime, statusCode, affectedEntities
        }

        init(from decoder: any Decoder) throws {
            // Other events have other details: what does not fit is absent.
            let values = try? decoder.container(keyedBy: CodingKeys.self)
            instanceID = try? values?.decodeIfPresent(String.self, forKey: .instanceID)
            action = try? values?.decodeIfPresent(String.self, forKey: .action)
            state = try? values?.decodeIfPresent(String.self, forKey: .state)
            service = try? values?.decodeIfPresent(String.self, forKey: .service)
            eventTypeCode = try? values?.decodeIfPresent(String.self, forKey: .eventTypeCode)
            eventTypeCategory = try? values?.decodeIfPresent(String.self, forKey: .eventTypeCategory)
            startTime = try? values?.decodeIfPresent(String.self, forKey: .startTime)
            statusCode = try? values?.decodeIfPresent(String.self, forKey: .statusCode)
            affectedEntities = try? values?.decodeIfPresent([Entity].self, forKey: .affectedEntities)
        }

        /// The change that is planned, where it is one of EC2 instances.
        /// https://docs.aws.amazon.com/health/latest/ug/aws-health-events-eventbridge-schema.html
        var scheduledChange: Kind? {
            guard service == "EC2", eventTypeCategory == "scheduledChange", statusCode != "closed",
                let eventTypeCode, let start = startTime.flatMap({ HTTPDate.milliseconds($0) ?? AWSTime.parse($0) })
            else { return nil }
            let instances = (affectedEntities ?? []).compactMap(\.entityValue).filter { $0.hasPrefix("i-") }
            guard !instances.isEmpty else { return nil }
            return .scheduledChange(instanceIDs: instances, code: eventTypeCode, startMilliseconds: start)
        }
    }

    private struct Entity: Decodable {
        let entityValue: String?
    }

    /// Reads a message's body.
    /// - Parameter body: an EventBridge envelope in JSON.
    /// - Throws: `InterruptionMessageError` when it is none, or an event of ours lacks its instance.
    package init(body: String) throws(InterruptionMessageError) {
        guard body.utf8.count <= Self.longestBytes else { throw .tooLong(limitBytes: Self.longestBytes) }
        let envelope: Envelope
        do {
            envelope = try JSONDecoder().decode(Envelope.self, from: Data(body.utf8))
        } catch {
            throw .notAnEvent
        }
        guard let time = AWSTime.parse(envelope.time) else { throw .missing("time", eventID: envelope.id) }
        id = envelope.id
        milliseconds = time
        account = envelope.account ?? ""
        region = envelope.region ?? ""
        func need(_ value: String?, _ name: String) throws(InterruptionMessageError) -> String {
            guard let value, !value.isEmpty else { throw .missing("detail.\(name)", eventID: envelope.id) }
            return value
        }
        let detail = envelope.detail
        switch envelope.detailType {
        case "EC2 Spot Instance Interruption Warning":
            kind = .spotInterruption(
                instanceID: try need(detail?.instanceID, "instance-id"),
                action: try need(detail?.action, "instance-action")
            )
        case "EC2 Instance Rebalance Recommendation":
            kind = .rebalanceRecommendation(instanceID: try need(detail?.instanceID, "instance-id"))
        case "EC2 Instance State-change Notification":
            kind = .stateChange(
                instanceID: try need(detail?.instanceID, "instance-id"),
                state: try need(detail?.state, "state")
            )
        case "AWS Health Event":
            kind = detail?.scheduledChange ?? .unknown(envelope.detailType)
        default:
            kind = .unknown(envelope.detailType)
        }
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
