import Foundation
import HTTPTransport

extension AWSRefusal {
    private static let longestMessage = 500

    private struct JSONBody: Decodable {
        let type: String?
        let message: String?

        private enum Keys: String, CodingKey {
            case type = "__type"
            case message
            case capitalMessage = "Message"
        }

        init(from decoder: any Decoder) throws {
            let values = try decoder.container(keyedBy: Keys.self)
            type = try values.decodeIfPresent(String.self, forKey: .type)
            let message = try values.decodeIfPresent(String.self, forKey: .message)
            self.message = try message ?? values.decodeIfPresent(String.self, forKey: .capitalMessage)
        }
    }

    /// Reads an error answer, in XML or JSON.
    /// - Parameters:
    ///   - response: a response that is no success.
    ///   - operation: for the message.
    ///   - credentials: whose secrets are blotted out.
    init(_ response: HTTPResponse, operation: String, credentials: Credentials?) {
        var code: String?
        var message: String?
        var requestID = Self.requestID(response)
        if let body = try? JSONDecoder().decode(JSONBody.self, from: Data(response.body)) {
            code = body.type.flatMap { $0.split(separator: "#").last.map(String.init) }
            message = body.message
        } else if let root = try? XMLElement.parse(response.body) {
            let error = root["Errors"]?["Error"] ?? root["Error"] ?? root
            code = error["Code"]?.text
            message = error["Message"]?.text
            requestID = root["RequestID"]?.text ?? root["RequestId"]?.text ?? requestID
        }
        let given = message ?? "HTTP status \(response.status)"
        let clean = credentials?.redacting(given) ?? given
        self.init(
            operation: operation,
            kind: AWSErrorKind(code: code ?? "", status: response.status),
            code: code ?? "HTTP \(response.status)",
            message: String(clean.prefix(Self.longestMessage)),
            status: response.status,
            requestID: requestID,
            bucketRegion: response.headers["x-amz-bucket-region"]
        )
    }

    /// The id to quote to AWS's support.
    static func requestID(_ response: HTTPResponse) -> String? {
        response.headers["x-amzn-RequestId"] ?? response.headers["x-amz-request-id"]
    }
}
