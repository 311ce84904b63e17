import Model

/// The account's quotas: what is left of them, as the cloud says and our own claims add up to.
extension Autoscaler {
    /// After this without news of quotas nothing is concluded from them: the cloud itself still refuses what is too much.
    private var longestQuotaAge: Duration { configuration.quotaRefreshInterval * 3 + .seconds(60) }

    /// What this cluster may still run of each quota that is known.
    func quotaRooms(at now: Timestamp) -> [Quota: PlanInput.QuotaRoom] {
        guard let observed = progress.inquiries.quotasAt, now - observed <= longestQuotaAge else { return [:] }
        var own: [Quota: Int64] = [:]
        for claim in state.claims.values {
            guard let quota = claim.offering.quota else { continue }
            own[quota, default: 0] += vCPUs[claim.offering.instanceType] ?? 0
        }
        return progress.inquiries.quotas.mapValues { level in
            let most = max(0, level.limit - level.usedByOthers)
            return PlanInput.QuotaRoom(
                limit: level.limit,
                most: most,
                left: max(0, most - (own[level.quota] ?? 0))
            )
        }
    }
}
