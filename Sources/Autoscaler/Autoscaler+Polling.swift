import Model

/// What the core asks for regularly.
extension Autoscaler {
    mutating func poll(at now: Timestamp) {
        if let retry = progress.cloudRetryAt {
            guard retry <= now else {
                wake(at: retry)
                return
            }
            progress.cloudRetryAt = nil
        }
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
        pollInquiries(at: now)
    }

    /// Comes back when a plan is due. One that is due already waits for what keeps it from being asked for, such as a
    /// list of the cluster: that comes as an event, and waking meanwhile would only spin.
    mutating func scheduleWake(at now: Timestamp) {
        if progress.planInFlight == nil, let due = progress.planDueAt, due > now { wake(at: due) }
    }
}
