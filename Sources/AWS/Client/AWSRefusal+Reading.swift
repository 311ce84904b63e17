import Foundation
import HTTPTransport

extension AWSRefusal {
    private static let longestMessage = 500

    private struct JSONBody: Decodable {
        let type: String?
        let message: String?

        private enum Keys: String, CodingKey {
            case type = "__type"
            case code
            case message
            case capitalMessage = "Message"
        }

        init(from decoder: any Decoder) throws {
            let values = try decoder.container(keyedBy: Keys.self)
            let code = try? values.decodeIfPresent(String.self, forKey: .code)
            type = try values.decodeIfPresent(String.self, forKey: .type) ?? code
            let message = try values.decodeIfPresent(String.self, forKey: .message)
            self.message = try message ?? values.decodeIfPresent(String.self, forKey: .capitalMessage)
        }
    }

    /// Whether an answer of status 200 holds an error all the same.
    static func isInside(_ response: HTTPResponse) -> Bool {
        if response.headers["x-amzn-ErrorType"] != nil { return true }
        guard let first = response.body.first(where: { $0 > 0x20 }) else { return false }
        if first == UInt8(ascii: "{") { return isInsideJSON(response.body) }
        guard first == UInt8(ascii: "<"), var reader = try? XMLReader(response.body) else { return false }
        var names: [String] = []
        while names.count < 2, let token = try? reader.next() {
            if case .start(let name) = token { names.append(name) } else if case .end = token { break }
        }
        return names.first == "Error" || names.first == "ErrorResponse" || names == ["Response", "Errors"]
    }

    private static func isInsideJSON(_ body: [UInt8]) -> Bool {
        // No answer that is a success has the key; most are not decoded for it.
        guard body.count <= 64 << 10, String(decoding: body, as: UTF8.self).contains("\"__type\"") else { return false }
        return (try? JSONDecoder().decode(JSONBody.self, from: Data(body)))?.type != nil
    }

    /// Reads an error answer, in XML or JSON.
    /// - Parameters:
    ///   - response: a response that is no success, or holds an error all the same.
    ///   - operation: for the message.
    ///   - credentials: whose secrets are blotted out.
    init(_ response: HTTPResponse, operation: String, credentials: Credentials?) {
        var code = response.headers["x-amzn-ErrorType"]
        var message: String?
        var requestID = Self.requestID(response)
        if let body = try? JSONDecoder().decode(JSONBody.self, from: Data(response.body)) {
            code = body.type ?? code
            message = body.message
        } else if let root = try? XMLElement.parse(response.body) {
            let error = root["Errors"]?["Error"] ?? root["Error"] ?? root
            code = error.string("Code") ?? code
            message = error.string("Message")
            requestID = root.string("RequestID") ?? root.string("RequestId") ?? requestID
        }
        // As in "com.amazonaws.sqs#QueueDoesNotExist" and "ThrottlingException:http://internal.amazon.com/...".
        code = code.flatMap { $0.prefix { $0 != ":" }.split(separator: "#").last.map(String.init) }
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
            ?? (try? XMLElement.parse(response.body)).flatMap { root in
                root.string("requestId") ?? root["ResponseMetadata"]?.string("RequestId")
            }
    }
}
