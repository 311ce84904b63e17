/// EC2 through its Query API. Describe calls read every page.
package struct EC2Client: Sendable {
    static let version = "2016-11-15"

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
        try await client.call(.ec2, action, parameters, decode)
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
        try await Pages.all(of: "ec2.\(action)") { token throws(AWSError) in
            var page = parameters
            page.add("NextToken", token)
            return try await call(action, page) { root throws(XMLShapeError) in
                var items: [Output] = []
                for item in root.items(list) { items += try decode(item) }
                return (items, root.string("nextToken"))
            }
        }
    }
}
