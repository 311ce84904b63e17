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

    /// SQS takes no more in one batch.
    private static let batchSize = 10
    private static let mostDeletions = 4

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
        // One without a handle cannot even be deleted.
        return (answer.Messages ?? []).filter { !$0.receiptHandle.isEmpty }
    }

    /// What came of a deletion.
    package struct Deletion: Sendable {
        /// The handles that were not deleted: their messages will come again.
        package var left: [String] = []
        /// Why, where a whole call failed: the first that did.
        package var error: AWSError?
    }

    /// Deletes messages (DeleteMessageBatch), ten a call and a few calls at a time; a call that fails keeps no other from
    /// its messages.
    /// - Parameters:
    ///   - receiptHandles: of the deliveries.
    ///   - queueURL: of their queue.
    /// - Returns: what was left.
    package func deleteMessages(_ receiptHandles: [String], from queueURL: String) async -> Deletion {
        let batches = receiptHandles.batches(of: Self.batchSize)
        return await withTaskGroup(of: Deletion.self) { group in
            var result = Deletion()
            func take(_ part: Deletion) {
                result.left += part.left
                result.error = result.error ?? part.error
            }
            for (index, batch) in batches.enumerated() {
                if index >= Self.mostDeletions, let part = await group.next() { take(part) }
                group.addTask { await delete(batch, from: queueURL) }
            }
            for await part in group { take(part) }
            return result
        }
    }

    private func delete(_ batch: [String], from queueURL: String) async -> Deletion {
        let entries = batch.enumerated().map { DeleteBatch.Entry(Id: "\($0.offset)", ReceiptHandle: $0.element) }
        do {
            let result: BatchResult = try await call(
                "DeleteMessageBatch",
                DeleteBatch(QueueUrl: queueURL, Entries: entries)
            )
            let failed = (result.Failed ?? []).compactMap { Int($0.Id) }
            return Deletion(left: failed.filter(batch.indices.contains).map { batch[$0] })
        } catch {
            return Deletion(left: batch, error: error)
        }
    }

    private func call<Output: Decodable>(
        _ operation: String,
        _ input: some Encodable,
        timeout: Duration = .seconds(30)
    ) async throws(AWSError) -> Output {
        try await client.call(.sqs, target: "AmazonSQS.\(operation)", version: "1.0", input, timeout: timeout)
    }
}
