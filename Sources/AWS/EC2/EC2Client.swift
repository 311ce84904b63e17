import HTTPTransport

/// EC2 through its Query API. Describe calls read every page.
package struct EC2Client: Sendable {
    static let version = "2016-11-15"
    /// More pages than any account's answers fill: an endpoint that always names a next page must not run for ever.
    private static let mostPages = 1000

    private let client: AWSClient

    package init(_ client: AWSClient) {
        self.client = client
    }

    /// One call, its answer decoded.
    func call<Output>(
        _ action: String,
        _ parameters: QueryParameters,
        _ decode: (XMLElement) throws(XMLShapeError) -> Output
    ) async throws(AWSError) -> Output {
        let response = try await client.post(
            .ec2,
            action,
            headers: ["Content-Type": "application/x-www-form-urlencoded; charset=utf-8"],
            body: parameters.form
        )
        do {
            return try decode(try XMLElement.parse(response.body))
        } catch {
            throw .unreadable(
                operation: "ec2.\(action)",
                requestID: AWSRefusal.requestID(response),
                reason: "\(error)"
            )
        }
    }

    /// A describe call, page after page.
    /// - Parameters:
    ///   - action: the operation.
    ///   - parameters: of the first page.
    ///   - list: the element that holds the items.
    ///   - decode: what an item gives: none, one or several.
    /// - Returns: the items of all pages.
    /// - Throws: `AWSError`.
    func describe<Output>(
        _ action: String,
        _ parameters: QueryParameters,
        list: String,
        _ decode: (XMLElement) throws(XMLShapeError) -> [Output]
    ) async throws(AWSError) -> [Output] {
        var all: [Output] = []
        var page = parameters
        for _ in 0..<Self.mostPages {
            let (items, token) = try await call(action, page) { root throws(XMLShapeError) in
                var items: [Output] = []
                for item in root.items(list) { items += try decode(item) }
                return (items, root.string("nextToken"))
            }
            all += items
            guard let token else { return all }
            page = parameters
            page.add("NextToken", token)
        }
        throw .unreadable(operation: "ec2.\(action)", requestID: nil, reason: "more than \(Self.mostPages) pages")
    }
}
