extension GleanerConfiguration {
    /// What counts as proof of a checkpoint, and how a risk that the cloud announces is weighed against a move.
    package struct Checkpoints: Hashable, Codable, Sendable {
        /// Where workloads of some namespaces may say that their checkpoints are.
        package struct AllowedPrefixes: Hashable, Codable, Sendable {
            package var namespaces: [String]
            /// `s3://bucket/path/`, each with a slash at its end.
            package var prefixes: [String]

            package init(namespaces: [String], prefixes: [String]) {
                self.namespaces = namespaces
                self.prefixes = prefixes
            }
        }

        package var allowedPrefixes: [AllowedPrefixes] = []
        /// How many times likelier an interruption is reckoned after a rebalance recommendation. EC2 calls the risk
        /// "elevated" and says no more: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/rebalance-recommendations.html
        package var rebalanceRiskFactor = 20.0
        /// Whether workloads on spot capacity that save on a POST are asked to as often as it is worth its cost.
        package var asksRegularly = true

        package init() {}

        /// Whether a namespace's workloads may have their checkpoints looked for under a prefix.
        package func allows(_ prefix: String, namespace: String) -> Bool {
            allowedPrefixes.contains { rule in
                rule.namespaces.contains(namespace) && rule.prefixes.contains { prefix.hasPrefix($0) }
            }
        }
    }
}
