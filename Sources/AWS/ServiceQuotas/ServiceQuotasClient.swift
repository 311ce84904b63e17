/// The account's limits, through the Service Quotas API.
package struct ServiceQuotasClient: Sendable {
    private struct Input: Encodable {
        var ServiceCode: String
        var QuotaCode: String
    }

    private struct Output: Decodable {
        struct Level: Decodable {
            var Value: Double?
        }

        var Quota: Level?
    }

    private let client: AWSClient

    package init(_ client: AWSClient) {
        self.client = client
    }

    /// A limit as it is applied to the account (GetServiceQuota).
    /// - Parameters:
    ///   - service: as in `ec2`.
    ///   - code: as in `L-DB2E81BA`.
    /// - Returns: nil where the region has no such quota.
    /// - Throws: `AWSError`.
    package func quota(service: String, code: String) async throws(AWSError) -> Double? {
        do throws(AWSError) {
            let output: Output = try await client.call(
                .servicequotas,
                target: "ServiceQuotasV20190624.GetServiceQuota",
                version: "1.1",
                Input(ServiceCode: service, QuotaCode: code)
            )
            return output.Quota?.Value
        } catch {
            if case .refused(let refusal) = error, refusal.code == "NoSuchResourceException" { return nil }
            throw error
        }
    }
}
