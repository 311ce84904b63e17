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

    /// What is missing is empty: one odd message must not keep back the nine beside it.
    package init(from decoder: any Decoder) throws {
        let values = try? decoder.container(keyedBy: CodingKeys.self)
        func text(_ key: CodingKeys) -> String { (try? values?.decodeIfPresent(String.self, forKey: key)) ?? "" }
        id = text(.id)
        receiptHandle = text(.receiptHandle)
        body = text(.body)
    }
}
