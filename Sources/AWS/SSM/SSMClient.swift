/// Systems Manager's parameters, such as those that name the newest machine images.
package struct SSMClient: Sendable {
    /// SSM's own limit of a call.
    private static let mostNames = 10

    private struct Input: Encodable {
        let Names: [String]
    }

    private struct Output: Decodable {
        struct Parameter: Decodable {
            let Name: String
            let Value: String
        }
        let Parameters: [Parameter]?
    }

    private let client: AWSClient

    package init(_ client: AWSClient) {
        self.client = client
    }

    /// Values of parameters (GetParameters).
    /// - Parameter names: as in `/aws/service/eks/optimized-ami/1.31/amazon-linux-2023/x86_64/nvidia/recommended/image_id`.
    /// - Returns: values by name; a name that there is not is left out.
    /// - Throws: `AWSError`.
    package func getParameters(_ names: [String]) async throws(AWSError) -> [String: String] {
        var values: [String: String] = [:]
        let names = Set(names).sorted()
        for start in stride(from: 0, to: names.count, by: Self.mostNames) {
            let output: Output = try await client.call(
                .ssm,
                target: "AmazonSSM.GetParameters",
                version: "1.1",
                Input(Names: Array(names[start..<min(names.count, start + Self.mostNames)]))
            )
            for parameter in output.Parameters ?? [] { values[parameter.Name] = parameter.Value }
        }
        return values
    }
}
