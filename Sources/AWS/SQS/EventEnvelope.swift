/// The JSON that SNS puts around what it hands on, unless raw message delivery is on.
/// https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html
struct TopicEnvelope: Decodable {
    let type: String
    let messageID: String
    let message: String

    enum CodingKeys: String, CodingKey {
        case type = "Type"
        case messageID = "MessageId"
        case message = "Message"
    }
}

/// The JSON that EventBridge puts around an event.
/// https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html
struct EventEnvelope: Decodable {
    let id: String
    let detailType: String
    let time: String
    let account: String?
    let region: String?
    let detail: EventDetail?

    enum CodingKeys: String, CodingKey {
        case id, time, account, region, detail
        case detailType = "detail-type"
    }

    /// - Returns: what the event says.
    /// - Throws: `InterruptionMessageError` when it lacks what its kind must have.
    func kind() throws(InterruptionMessageError) -> InterruptionMessage.Kind {
        switch detailType {
        case "EC2 Spot Instance Interruption Warning":
            .spotInterruption(
                instanceID: try need(detail?.instanceID, "instance-id"),
                action: try need(detail?.action, "instance-action")
            )
        case "EC2 Instance Rebalance Recommendation":
            .rebalanceRecommendation(instanceID: try need(detail?.instanceID, "instance-id"))
        case "EC2 Instance State-change Notification":
            .stateChange(
                instanceID: try need(detail?.instanceID, "instance-id"),
                state: try need(detail?.state, "state")
            )
        // https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/capacity-blocks-monitor.html
        case "EC2 Capacity Reservation Instance Interruption Warning":
            .capacityReservationInterruption(
                instanceID: try need(detail?.instanceID, "instance-id"),
                endsAtMilliseconds: detail?.terminationTime.flatMap { AWSTime.parse($0) }
            )
        case "AWS Health Event":
            detail?.scheduledChange(of: id) ?? .ignored(detailType)
        // A launch's own answer says the same.
        case "EC2 Spot Instance Request Fulfillment":
            .ignored(detailType)
        default:
            .unknown(detailType)
        }
    }

    private func need(_ value: String?, _ name: String) throws(InterruptionMessageError) -> String {
        guard let value, !value.isEmpty else { throw .missing("detail.\(name)", eventID: id) }
        return value
    }
}

/// What events of all kinds may carry; what does not fit is absent.
struct EventDetail: Decodable {
    struct Entity: Decodable {
        let entityValue: String?
        let status: String?
    }

    let instanceID: String?
    let action: String?
    let state: String?
    let terminationTime: String?
    let service: String?
    let eventARN: String?
    let eventTypeCode: String?
    let eventTypeCategory: String?
    let startTime: String?
    let endTime: String?
    let statusCode: String?
    let affectedEntities: [Entity]?

    enum CodingKeys: String, CodingKey {
        case instanceID = "instance-id"
        case action = "instance-action"
        case terminationTime = "instance-termination-time"
        case eventARN = "eventArn"
        case state, service, eventTypeCode, eventTypeCategory, startTime, endTime, statusCode, affectedEntities
    }

    init(from decoder: any Decoder) throws {
        let values = try? decoder.container(keyedBy: CodingKeys.self)
        func text(_ key: CodingKeys) -> String? { try? values?.decodeIfPresent(String.self, forKey: key) }
        instanceID = text(.instanceID)
        action = text(.action)
        state = text(.state)
        terminationTime = text(.terminationTime)
        service = text(.service)
        eventARN = text(.eventARN)
        eventTypeCode = text(.eventTypeCode)
        eventTypeCategory = text(.eventTypeCategory)
        startTime = text(.startTime)
        endTime = text(.endTime)
        statusCode = text(.statusCode)
        affectedEntities = try? values?.decodeIfPresent([Entity].self, forKey: .affectedEntities)
    }

    /// The change that is planned, where it is one of EC2 instances.
    /// https://docs.aws.amazon.com/health/latest/ug/aws-health-events-eventbridge-schema.html
    func scheduledChange(of eventID: String) -> InterruptionMessage.Kind? {
        guard service == "EC2", eventTypeCategory == "scheduledChange", statusCode != "closed", let eventTypeCode,
            let start = startTime.flatMap(Self.milliseconds)
        else { return nil }
        let instances = (affectedEntities ?? []).filter { $0.status != "RESOLVED" }
            // An id, or an ARN that ends with one.
            .compactMap { $0.entityValue?.split(separator: "/").last.map(String.init) }
            .filter { $0.hasPrefix("i-") }
        guard !instances.isEmpty else { return nil }
        let end = endTime.flatMap(Self.milliseconds)
        let change = InterruptionMessage.ScheduledChange(
            id: eventARN ?? eventID,
            code: eventTypeCode,
            startMilliseconds: start,
            endMilliseconds: end.flatMap { $0 > start ? $0 : nil }
        )
        return .scheduledChange(instanceIDs: instances, change)
    }

    /// Health writes its times as HTTP does; its API does not.
    private static func milliseconds(_ text: String) -> Int64? { HTTPDate.milliseconds(text) ?? AWSTime.parse(text) }
}
