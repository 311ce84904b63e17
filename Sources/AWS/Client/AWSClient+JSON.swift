import Foundation
import HTTPTransport

extension AWSClient {
    /// Calls an operation of a JSON protocol.
    /// - Parameters:
    ///   - service: which service.
    ///   - target: as in `AmazonSQS.ReceiveMessage`.
    ///   - version: of the protocol, `1.0` or `1.1`.
    ///   - input: the request's body.
    ///   - timeout: for one attempt.
    /// - Returns: the answer, decoded.
    /// - Throws: `AWSError`.
    func call<Output: Decodable>(
        _ service: AWSService,
        target: String,
        version: String,
        _ input: some Encodable,
        timeout: Duration = .seconds(30)
    ) async throws(AWSError) -> Output {
        let operation = String(target.drop { $0 != "." }.dropFirst())
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let body: Data
        do {
            body = try encoder.encode(input)
        } catch {
            throw .unreadable(operation: operation, requestID: nil, reason: "the request cannot be written: \(error)")
        }
        return try await post(
            service,
            operation,
            headers: ["Content-Type": "application/x-amz-json-\(version)", "X-Amz-Target": target],
            body: Array(body),
            timeout: timeout
        ) { response throws(AnswerProblem) in
            // Some services answer a success without content with no bytes at all.
            let bytes = response.body.isEmpty ? Array("{}".utf8) : response.body
            do {
                return try JSONDecoder().decode(Output.self, from: Data(bytes))
            } catch DecodingError.dataCorrupted(let context) where context.codingPath.isEmpty {
                throw AnswerProblem("it is no JSON", isBrokenOff: true)
            } catch {
                throw AnswerProblem("\(error)")
            }
        }
    }
}
