import Foundation
package import HTTPTransport

/// How often spot instances of each type were interrupted in the last month, as AWS's Spot Instance Advisor publishes
/// it: https://aws.amazon.com/ec2/spot/instance-advisor/. It is public, and is asked for without credentials.
package struct SpotAdvisor: Sendable, Equatable {
    package static let address = "https://spot-bid-advisor.s3.amazonaws.com/spot-advisor-data.json"
    /// Several times what it has.
    private static let maximumBytes = 16 << 20

    /// The share of instances that were interrupted in a month, such as `5-10%`, by instance type.
    package private(set) var monthlyInterruptions: [String: String] = [:]

    private struct Document: Decodable {
        struct Range: Decodable {
            var index: Int
            var label: String
        }

        struct Advice: Decodable {
            /// The index of the range.
            var r: Int
        }

        var ranges: [Range]
        /// By region, operating system and instance type.
        var spot_advisor: [String: [String: [String: Advice]]]
    }

    /// Why there is no advice.
    package enum Failure: Error, Equatable, CustomStringConvertible {
        case unreadable(url: String, reason: String)
        case refused(url: String, status: Int)

        package var description: String {
            switch self {
            case .unreadable(let url, let reason): "\(url): not the Spot Instance Advisor's data: \(reason)"
            case .refused(let url, let status): "\(url): HTTP status \(status)"
            }
        }
    }

    /// Asks for the advice on a region.
    /// - Parameters:
    ///   - url: where it is published.
    ///   - region: as in `us-east-1`.
    ///   - http: carries it.
    /// - Returns: the advice; empty for a region that has none.
    /// - Throws: `HTTPError` or `Failure`.
    package static func load(from url: String, region: String, http: HTTPClient) async throws -> SpotAdvisor {
        let response = try await http.send(
            HTTPRequest(url: url, timeout: .seconds(20)),
            maximumBodyBytes: maximumBytes
        )
        guard response.isSuccess else { throw Failure.refused(url: url, status: response.status) }
        return try SpotAdvisor(document: response.body, region: region, url: url)
    }

    /// - Parameters:
    ///   - document: JSON.
    ///   - region: as in `us-east-1`.
    ///   - url: for messages.
    /// - Throws: `Failure`.
    package init(document: [UInt8], region: String, url: String = address) throws {
        let decoded: Document
        do {
            decoded = try JSONDecoder().decode(Document.self, from: Data(document))
        } catch {
            throw Failure.unreadable(url: url, reason: "\(error)")
        }
        let labels = Dictionary(decoded.ranges.map { ($0.index, $0.label) }) { first, _ in first }
        for (type, advice) in decoded.spot_advisor[region]?["Linux"] ?? [:] {
            monthlyInterruptions[type] = labels[advice.r]
        }
    }
}
