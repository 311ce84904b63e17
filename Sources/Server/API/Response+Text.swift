import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

extension Response {
    static func text(
        _ text: String,
        status: HTTPResponse.Status = .ok,
        contentType: String,
        headers: HTTPFields = HTTPFields()
    ) -> Response {
        var headers = headers
        headers[.contentType] = contentType
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }

    /// Keys are sorted, so that equal answers are equal bytes.
    static func json(
        _ value: some Encodable,
        status: HTTPResponse.Status = .ok,
        contentType: String = "application/json",
        headers: HTTPFields = HTTPFields()
    ) -> Response {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            let text = String(decoding: try encoder.encode(value), as: UTF8.self)
            return .text(text, status: status, contentType: contentType, headers: headers)
        } catch {
            // Only a number that JSON cannot write gets here, such as an infinite one.
            return Response(status: .internalServerError)
        }
    }
}
