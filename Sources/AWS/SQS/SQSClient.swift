/// A message queue.
package struct SQSClient: Sendable {
    private struct QueueName: Encodable {
        let QueueName: String
    }

    private struct QueueURL: Decodable {
        let QueueUrl: String
    }

    private struct Receive: Encodable {
        let QueueUrl: String
        let MaxNumberOfMessages: Int
        let WaitTimeSeconds: Int
        let VisibilityTimeout: Int?
    }

    private struct Received: Decodable {
        let Messages: [SQSMessage]?
    }

    private struct Delete: Encodable {
        let QueueUrl: String
        let ReceiptHandle: String
    }

    private struct DeleteBatch: Encodable {
        struct Entry: Encodable {
            let Id: String
            let ReceiptHandle: String
        }

        let QueueUrl: String
        let Entries: [Entry]
    }

    private struct BatchResult: Decodable {
        struct Failed: Decodable {
            let Id: String
        }

        let Failed: [Failed]?
    }

    private struct Nothing: Decodable {}

    /// SQS takes no more in one batch.
    private static let batchSize = 10

    private let client: AWSClient

    package init(_ client: AWSClient) {
        self.client = client
    }

    /// A queue's URL (GetQueueUrl).
    /// - Parameter name: of a queue of this account and region.
    /// - Returns: what the other calls want.
    /// - Throws: `AWSError`, of kind `gone` when there is none.
    package func getQueueURL(name: String) async throws(AWSError) -> String {
        let answer: QueueURL = try await call("GetQueueUrl", QueueName(QueueName: name))
        return answer.QueueUrl
    }

    /// Takes up to ten messages (ReceiveMessage), waiting for the first.
    /// - Parameters:
    ///   - queueURL: from `getQueueURL(name:)`.
    ///   - waitSeconds: 0 to 20.
    ///   - visibilitySeconds: how long they stay hidden from others; nil as the queue has it.
    /// - Returns: messages, in no order, each perhaps more than once.
    /// - Throws: `AWSError`.
    package func receiveMessages(
        _ queueURL: String,
        waitSeconds: Int = 20,
        visibilitySeconds: Int? = nil
    ) async throws(AWSError) -> [SQSMessage] {
        let request = Receive(
            QueueUrl: queueURL,
            MaxNumberOfMessages: Self.batchSize,
            WaitTimeSeconds: waitSeconds,
            VisibilityTimeout: visibilitySeconds
        )
        let answer: Received = try await call("ReceiveMessage", request, timeout: .seconds(waitSeconds + 15))
        return answer.Messages ?? []
    }

    /// Deletes one message (DeleteMessage).
    /// - Parameters:
    ///   - receiptHandle: of the delivery.
    ///   - queueURL: of its queue.
    /// - Throws: `AWSError`.
    package func deleteMessage(_ receiptHandle: String, from queueURL: String) async throws(AWSError) {
        let _: Nothing = try await call(
            "DeleteMessage",
            Delete(QueueUrl: queueURL, ReceiptHandle: receiptHandle)
        )
    }

    /// Deletes messages (DeleteMessageBatch), ten a call.
    /// - Parameters:
    ///   - receiptHandles: of the deliveries.
    ///   - queueURL: of their queue.
    /// - Returns: the handles that were not deleted: their messages will come again.
    /// - Throws: `AWSError`.
    package func deleteMessages(
        _ receiptHandles: [String],
        from queueURL: String
    ) async throws(AWSError) -> [String] {
        var left: [String] = []
        for start in stride(from: 0, to: receiptHandles.count, by: Self.batchSize) {
            let batch = Array(receiptHandles[start..<min(start + Self.batchSize, receiptHandles.count)])
            let entries = batch.enumerated().map { DeleteBatch.Entry(Id: "\($0.offset)", ReceiptHandle: $0.element) }
            let result: BatchResult = try await call(
                "DeleteMessageBatch",
                DeleteBatch(QueueUrl: queueURL, Entries: entries)
            )
            let failed = (result.Failed ?? []).compactMap { Int($0.Id) }
            left += failed.filter(batch.indices.contains).map { batch[$0] }
        }
        return left
    }

    private func call<Output: Decodable>(
        _ operation: String,
        _ input: some Encodable,
        timeout: Duration = .seconds(30)
    ) async throws(AWSError) -> Output {
        try await client.call(.sqs, target: "AmazonSQS.\(operation)", version: "1.0", input, timeout: timeout)
    }
}
