import Foundation

/// JSON with sorted keys, so that equal answers are equal texts.
enum JSONText {
    static func encode(_ value: some Encodable) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(value) else {
            preconditionFailure("plain strings, numbers, lists and dictionaries always encode")
        }
        return String(decoding: data, as: UTF8.self)
    }

    /// - Throws: SerializationException, which AWS answers to a body it cannot read.
    static func decode<Value: Decodable>(_ type: Value.Type, _ body: [UInt8]) throws -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(body.isEmpty ? Array("{}".utf8) : body))
        } catch {
            throw AWSAPIError(code: "SerializationException", message: "The request's body cannot be read: \(error)")
        }
    }
}
