/// Where and for whom the simulated cloud answers.
package struct AWSAPIConfiguration: Sendable {
    /// Loopback only: what it protects are simulated machines.
    package var host = "127.0.0.1"
    /// 0 takes a free one.
    package var port = 0
    /// Secret access keys by access key id.
    package var accessKeys: [String: String]
    /// The one region it answers for.
    package var region = "us-east-1"
    package var queueName = "gleaner-interruptions"
    /// The share of EC2 requests that are answered with RequestLimitExceeded.
    package var throttledShare = 0.0
    package var seed: UInt64 = 1

    package init(accessKeys: [String: String]) {
        self.accessKeys = accessKeys
    }
}
