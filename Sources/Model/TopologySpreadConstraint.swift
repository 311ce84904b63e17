/// How evenly pods of a kind are spread over the domains of a node label, as in core/v1.
package struct TopologySpreadConstraint: Hashable, Codable, Sendable {
    /// How far a domain's count may be above the least of all domains.
    package var maxSkew: Int
    package var topologyKey: String
    /// True for `DoNotSchedule`, false for `ScheduleAnyway`.
    package var isRequired: Bool
    /// With fewer eligible domains than this the least count is taken as zero.
    package var minDomains: Int
    /// Counts pods of the pod's own namespace; `matchLabelKeys` are requirements of it already.
    package var selector: LabelSelector
    /// Whether only nodes that the pod's node selector and node affinity admit are domains (`Honor`, the default).
    package var honorsNodeAffinity: Bool
    /// Whether only nodes whose taints the pod tolerates are domains (`Honor`; the default is `Ignore`).
    package var honorsNodeTaints: Bool

    package init(
        maxSkew: Int,
        topologyKey: String,
        isRequired: Bool = true,
        minDomains: Int = 1,
        selector: LabelSelector,
        honorsNodeAffinity: Bool = true,
        honorsNodeTaints: Bool = false
    ) {
        self.maxSkew = maxSkew
        self.topologyKey = topologyKey
        self.isRequired = isRequired
        self.minDomains = minDomains
        self.selector = selector
        self.honorsNodeAffinity = honorsNodeAffinity
        self.honorsNodeTaints = honorsNodeTaints
    }
}
