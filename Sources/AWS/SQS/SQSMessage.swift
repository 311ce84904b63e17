/// A message as a queue handed it out.
package struct SQSMessage: Sendable, Equatable, Decodable {
    package var id: String
    /// What deletes this delivery of the message.
    package var receiptHandle: String
    package var body: String

    private enum CodingKeys: String, CodingKey {
        case id = "MessageId"
        case receiptHandle = "ReceiptHandle"
        case body = "Body"
    }
}
