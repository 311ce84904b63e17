import Model

/// What the core asks for regularly.
extension Autoscaler {
    mutating func poll(at now: Timestamp) {
        if progress.instancesAskedAt == nil {
            let interval = progress.wantsInstances ? Duration.seconds(2) : configuration.instanceRefreshInterval
            let due = progress.instancesListedAt.map { $0 + interval } ?? now
            if due <= now {
                progress.instancesAskedAt = now
                send(.listInstances)
            } else {
                wake(at: due)
            }
        }
        if progress.pricesAskedAt == nil, let observed = progress.pricesObservedAt {
            let due = observed + configuration.priceRefreshInterval
            if due <= now {
                progress.pricesAskedAt = now
                send(.refreshPrices)
            } else {
                wake(at: due)
            }
        }
    }

    /// Comes back at the latest when something is due by itself, such as a closed offering that opens.
    mutating func scheduleWake(at now: Timestamp) {
        if progress.planInFlight == nil, let due = progress.planDueAt { wake(at: max(due, now)) }
    }
}
