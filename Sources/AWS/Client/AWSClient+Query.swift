import HTTPTransport

extension AWSClient {
    /// Calls an operation of the Query protocol: a form goes out, XML comes back.
    /// - Parameters:
    ///   - service: which service.
    ///   - action: the operation.
    ///   - parameters: the form.
    ///   - decode: what the root element gives.
    /// - Returns: what was decoded.
    /// - Throws: `AWSError`.
    func call<Output>(
        _ service: AWSService,
        _ action: String,
        _ parameters: QueryParameters,
        _ decode: (XMLElement) throws(XMLShapeError) -> Output
    ) async throws(AWSError) -> Output {
        try await post(
            service,
            action,
            headers: ["Content-Type": "application/x-www-form-urlencoded; charset=utf-8"],
            body: parameters.form
        ) { response throws(AnswerProblem) in
            try XMLElement.read(response, decode)
        }
    }
}

extension XMLElement {
    /// Reads an answer. XML that does not end is one that broke off.
    static func read<Output>(
        _ response: HTTPResponse,
        _ decode: (XMLElement) throws(XMLShapeError) -> Output
    ) throws(AnswerProblem) -> Output {
        let root: XMLElement
        do {
            root = try XMLElement.parse(response.body)
        } catch {
            throw AnswerProblem("\(error)", isBrokenOff: true)
        }
        do {
            return try decode(root)
        } catch {
            throw AnswerProblem("\(error)")
        }
    }
}
