package import Model

/// When the world outside was last seen: a part of `Status` that costs nothing, however much there is to know.
package struct Freshness: Hashable, Sendable {
    /// Nil until the cluster is listed whole, and while its watch is broken.
    package var clusterObservedAt: Timestamp?
    package var pricesObservedAt: Timestamp?

    package init(clusterObservedAt: Timestamp?, pricesObservedAt: Timestamp?) {
        self.clusterObservedAt = clusterObservedAt
        self.pricesObservedAt = pricesObservedAt
    }
}
