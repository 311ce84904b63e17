import AWS
import Model

/// Service Quotas, for the vCPU quotas of EC2.
struct ServiceQuotasAPI {
    let cloud: CloudModel

    private struct Input: Decodable {
        var ServiceCode: String?
        var QuotaCode: String?
        var MaxResults: Int?
        var NextToken: String?
    }

    private struct ServiceQuota: Encodable {
        var ServiceCode = "ec2"
        var ServiceName = "Amazon Elastic Compute Cloud (Amazon EC2)"
        var QuotaArn: String
        var QuotaCode: String
        var QuotaName: String
        var Value: Double
        var Unit = "None"
        var Adjustable = true
        var GlobalQuota = false
        var QuotaAppliedAtLevel = "ACCOUNT"
    }

    private struct One: Encodable {
        var Quota: ServiceQuota
    }

    private struct Several: Encodable {
        var Quotas: [ServiceQuota]
        var NextToken: String?
    }

    /// - Returns: The answer's JSON.
    /// - Throws: `AWSAPIError`.
    func respond(to operation: String, _ body: [UInt8]) throws -> String {
        guard operation == "GetServiceQuota" || operation == "ListServiceQuotas" else {
            throw AWSAPIError(code: "UnknownOperationException", message: "\(operation) is not an operation")
        }
        let input = try JSONText.decode(Input.self, body)
        guard input.ServiceCode == "ec2" else {
            throw AWSAPIError(code: "NoSuchResourceException", message: "ServiceCode must be ec2")
        }
        return operation == "GetServiceQuota" ? try one(input) : try list(input)
    }

    private func one(_ input: Input) throws -> String {
        guard let quota = quotas.first(where: { $0.QuotaCode == input.QuotaCode }) else {
            throw AWSAPIError(
                code: "NoSuchResourceException",
                message: "The request failed because the specified service quota does not exist."
            )
        }
        return JSONText.encode(One(Quota: quota))
    }

    private func list(_ input: Input) throws -> String {
        let size = input.MaxResults ?? 100
        guard (1...100).contains(size) else {
            throw AWSAPIError(code: "IllegalArgumentException", message: "MaxResults must be 1 to 100")
        }
        var start = 0
        if let token = input.NextToken, !token.isEmpty {
            do {
                start = min(quotas.count, Int(clamping: try Page(token: token).position))
            } catch {
                throw AWSAPIError(code: "InvalidPaginationTokenException", message: "Invalid token was provided.")
            }
        }
        let end = min(quotas.count, start + size)
        let next = end < quotas.count ? Page(position: Int64(end)).token : nil
        return JSONText.encode(Several(Quotas: Array(quotas[start..<end]), NextToken: next))
    }

    /// Those that are set; every other one is as good as endless here, and not shown.
    private var quotas: [ServiceQuota] {
        cloud.configuration.quotas.sorted { $0.key < $1.key }.compactMap { quota, limit in
            guard let code = quota.codes.first else { return nil }
            let (region, account) = (cloud.configuration.region, cloud.configuration.accountID)
            return ServiceQuota(
                QuotaArn: "arn:aws:servicequotas:\(region):\(account):ec2/\(code)",
                QuotaCode: code,
                QuotaName: quota.name,
                Value: Double(limit)
            )
        }
    }
}
