import Foundation
import Model

/// SQS in its JSON protocol, with the one queue that EventBridge fills. Its timeouts keep to the wall's time.
struct SQSAPI {
    /// The codes that clients of the older protocol know errors by.
    static let queryCodes = [
        "QueueDoesNotExist": "AWS.SimpleQueueService.NonExistentQueue",
        "TooManyEntriesInBatchRequest": "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
        "EmptyBatchRequest": "AWS.SimpleQueueService.EmptyBatchRequest",
        "BatchEntryIdsNotDistinct": "AWS.SimpleQueueService.BatchEntryIdsNotDistinct",
    ]

    /// How often a waiting receive looks again, on the wall.
    private static let pollInterval: Duration = .milliseconds(10)
    private static let defaultVisibilitySeconds = 30
    private static let longestBody = 1 << 20

    let front: any CloudFront
    let queueName: String
    /// Host and port under which the client knows us.
    let address: String

    private struct Input: Decodable {
        struct Entry: Decodable {
            var Id: String
            var ReceiptHandle: String
        }

        var QueueName: String?
        var QueueUrl: String?
        var MaxNumberOfMessages: Int?
        var WaitTimeSeconds: Int?
        var VisibilityTimeout: Int?
        var AttributeNames: [String]?
        var MessageSystemAttributeNames: [String]?
        var ReceiptHandle: String?
        var MessageBody: String?
        var Entries: [Entry]?
    }

    private struct Message: Encodable {
        var MessageId: String
        var ReceiptHandle: String
        var MD5OfBody: String
        var Body: String
        var Attributes: [String: String]?
    }

    private struct Received: Encodable {
        /// Absent, not empty, when there is none.
        var Messages: [Message]?
    }

    private struct BatchResult: Encodable {
        struct Success: Encodable {
            var Id: String
        }
        struct Failure: Encodable {
            var Id: String
            var SenderFault = true
            var Code = "ReceiptHandleIsInvalid"
            var Message = "The input receipt handle is invalid."
        }

        var Successful: [Success] = []
        var Failed: [Failure] = []
    }

    /// - Returns: The answer's JSON.
    /// - Throws: `AWSAPIError`.
    func respond(to operation: String, _ body: [UInt8]) async throws -> String {
        let input = try JSONText.decode(Input.self, body)
        switch operation {
        case "GetQueueUrl":
            guard input.QueueName == queueName else { throw Self.noQueue }
            let account = try await front.withCloud { cloud, _ in cloud.configuration.accountID }
            return JSONText.encode(["QueueUrl": "http://\(address)/\(account)/\(queueName)"])
        case "SendMessage":
            try checkQueue(input)
            return try await send(input)
        case "ReceiveMessage":
            try checkQueue(input)
            return try await receive(input)
        case "DeleteMessage":
            try checkQueue(input)
            guard let handle = input.ReceiptHandle else { throw Self.missing("ReceiptHandle") }
            let isKnown = try await front.withCloud { cloud, _ in cloud.queue.delete(receiptHandle: Self.handle(handle))
            }
            guard isKnown else {
                throw AWSAPIError(
                    status: 404,
                    code: "ReceiptHandleIsInvalid",
                    message: "The input receipt handle is invalid."
                )
            }
            return "{}"
        case "DeleteMessageBatch":
            try checkQueue(input)
            return try await deleteBatch(input.Entries ?? [])
        default:
            throw AWSAPIError(code: "UnknownOperationException", message: "\(operation) is not an operation")
        }
    }

    private func send(_ input: Input) async throws -> String {
        guard let body = input.MessageBody, !body.isEmpty else { throw Self.missing("MessageBody") }
        guard body.utf8.count <= Self.longestBody else {
            throw AWSAPIError(
                code: "InvalidParameterValue",
                message: "One or more parameters are invalid. Reason: Message must be shorter than "
                    + "\(Self.longestBody) bytes."
            )
        }
        let id = try await front.withCloud { cloud, now in cloud.queue.send(.text(body), at: now) }
        return JSONText.encode(["MessageId": id, "MD5OfMessageBody": MD5.hex(body)])
    }

    private func receive(_ input: Input) async throws -> String {
        let maximum = try number(input.MaxNumberOfMessages, "MaxNumberOfMessages", 1...10) ?? 1
        let wait = try number(input.WaitTimeSeconds, "WaitTimeSeconds", 0...20) ?? 0
        let visibility =
            try number(input.VisibilityTimeout, "VisibilityTimeout", 0...43_200) ?? Self.defaultVisibilitySeconds
        let deadline = ContinuousClock.now + .seconds(wait)
        var received: [MessageQueue.Received] = []
        while true {
            received = try await front.withCloud { cloud, _ in
                cloud.queue.receive(
                    maximum: maximum,
                    visibilityTimeout: .seconds(visibility),
                    now: WallTime.now
                )
            }
            guard received.isEmpty, ContinuousClock.now < deadline else { break }
            try await Task.sleep(for: Self.pollInterval)
        }
        let wanted = Set((input.AttributeNames ?? []) + (input.MessageSystemAttributeNames ?? []))
        let messages = received.map { message in
            let body = message.body
            return Message(
                MessageId: message.messageID,
                ReceiptHandle: Data(message.receiptHandle.utf8).base64EncodedString(),
                MD5OfBody: MD5.hex(body),
                Body: body,
                Attributes: attributes(of: message, wanted)
            )
        }
        return JSONText.encode(Received(Messages: messages.isEmpty ? nil : messages))
    }

    private func attributes(of message: MessageQueue.Received, _ wanted: Set<String>) -> [String: String]? {
        let all = [
            "SentTimestamp": String(message.sentAt.milliseconds),
            "ApproximateReceiveCount": String(message.receiveCount),
            "ApproximateFirstReceiveTimestamp": String(message.firstReceivedAt.milliseconds),
        ]
        let chosen = wanted.contains("All") ? all : all.filter { wanted.contains($0.key) }
        return chosen.isEmpty ? nil : chosen
    }

    private func deleteBatch(_ entries: [Input.Entry]) async throws -> String {
        guard !entries.isEmpty else {
            throw AWSAPIError(code: "EmptyBatchRequest", message: "There should be at least one entry in the request.")
        }
        guard entries.count <= 10 else {
            throw AWSAPIError(
                code: "TooManyEntriesInBatchRequest",
                message: "Maximum number of entries per request are 10. You have sent \(entries.count)."
            )
        }
        guard Set(entries.map(\.Id)).count == entries.count else {
            throw AWSAPIError(code: "BatchEntryIdsNotDistinct", message: "Two entries have the same Id.")
        }
        let handles = entries.map { Self.handle($0.ReceiptHandle) }
        let known = try await front.withCloud { cloud, _ in handles.map { cloud.queue.delete(receiptHandle: $0) } }
        var result = BatchResult()
        for (entry, isKnown) in zip(entries, known) {
            if isKnown {
                result.Successful.append(BatchResult.Success(Id: entry.Id))
            } else {
                result.Failed.append(BatchResult.Failure(Id: entry.Id))
            }
        }
        return JSONText.encode(result)
    }

    /// The queue's own handle within the opaque one; empty when it is none.
    private static func handle(_ opaque: String) -> String {
        Data(base64Encoded: opaque).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    private func checkQueue(_ input: Input) throws {
        guard let url = input.QueueUrl else { throw Self.missing("QueueUrl") }
        guard url.split(separator: "/").last.map(String.init) == queueName else { throw Self.noQueue }
    }

    private func number(_ value: Int?, _ name: String, _ range: ClosedRange<Int>) throws -> Int? {
        guard let value else { return nil }
        guard range.contains(value) else {
            throw AWSAPIError(
                code: "InvalidParameterValue",
                message: "Value \(value) for parameter \(name) is invalid. Reason: Must be between "
                    + "\(range.lowerBound) and \(range.upperBound), if provided."
            )
        }
        return value
    }

    private static let noQueue = AWSAPIError(
        code: "QueueDoesNotExist",
        message: "The specified queue does not exist."
    )

    private static func missing(_ name: String) -> AWSAPIError {
        AWSAPIError(code: "MissingParameter", message: "The request must contain the parameter \(name).")
    }
}
