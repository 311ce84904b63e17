import Autoscaler
import Model

/// Whether the service knows enough to decide.
enum Readiness {
    /// What is missing, one sentence each; empty when it is ready.
    static func missing(in source: any StatusSource) async -> [String] {
        if let standby = source.standby { return [standby] }
        let freshness = await source.freshness()
        var missing: [String] = []
        if freshness.clusterObservedAt == nil {
            missing.append("The cluster is not listed yet, or its watch is broken.")
        }
        guard let prices = freshness.pricesObservedAt else { return missing + ["No prices are known yet."] }
        let age = source.now - prices
        if age > source.configuration.maximumPriceAge {
            missing.append("Prices are \(Int(age.inSeconds)) s old; nothing is planned on them.")
        }
        return missing
    }
}
