import Model

/// The memory of empty pools: what was refused is left alone for a while, then tried by one request.
extension Autoscaler {
    /// However often it was refused, it is tried again after this.
    static let longestClosure: Duration = .seconds(3600)

    /// Closes what a launch was refused: the offering, or all that counts against the same quota.
    mutating func close(
        after request: LaunchRequest,
        because failure: LaunchOutcome.Failure,
        message: String,
        at now: Timestamp
    ) {
        if failure == .quota, let quota = request.offering.quota {
            let failures = streak(state.quotaClosures[quota], at: now) + 1
            let until = now + closureLength(failures: failures, of: request.id)
            let reason = "the account's quota \(quota) is reached: \(message)"
            record(.quotaClosed(quota, until: until, failures: failures, reason: reason), at: now)
            // What it says of others' machines is from before.
            progress.inquiries.dueAt[.quotas] = min(progress.inquiries.dueAt[.quotas] ?? now, now)
            return
        }
        let reason =
            switch failure {
            case .noCapacity: "no capacity"
            case .quota: "over the account's quota: \(message)"
            case .denied: "denied by the cloud: \(message)"
            case .invalid, .unanswered: "refused by the cloud: \(message)"
            }
        let failures = streak(state.closures[request.offering], at: now) + 1
        let until = now + closureLength(failures: failures, of: request.id)
        record(.offeringClosed(request.offering, until: until, failures: failures, reason: reason), at: now)
    }

    /// Where one is taken back there is none to be had: the replacement looks elsewhere first.
    mutating func closeInterrupted(_ offering: Offering, at now: Timestamp) {
        let known = state.closures[offering]
        let until = now + configuration.closedOfferingTimeout
        if let known, known.until >= until { return }
        let failures = streak(known, at: now)
        record(.offeringClosed(offering, until: until, failures: failures, reason: "interrupted"), at: now)
    }

    /// What was sold, and never came to anything: others of the same kind may fare no better, so the next one looks
    /// elsewhere, for longer the more launches there were in a row of which that is so.
    mutating func closeUnstarted(_ claim: Claim, _ reason: String, at now: Timestamp) {
        progress.failedStarts[claim.offering, default: []].insert(claim.launch)
        let failures = progress.failedStarts[claim.offering]?.count ?? 1
        let until = now + closureLength(failures: failures, of: claim.launch)
        if let known = state.closures[claim.offering], known.until >= until { return }
        let streak = streak(state.closures[claim.offering], at: now)
        record(.offeringClosed(claim.offering, until: until, failures: streak, reason: reason), at: now)
    }

    /// A launch succeeded: what it was bought as, and the quota that it counts against, are open at once.
    mutating func open(after request: LaunchRequest, at now: Timestamp) {
        if state.closures[request.offering] != nil { record(.offeringOpened(request.offering), at: now) }
        if let quota = request.offering.quota, state.quotaClosures[quota] != nil {
            record(.quotaOpened(quota), at: now)
        }
    }

    /// Refusals in a row. What was left alone for long after it might have been tried is begun with afresh.
    private func streak(_ closure: State.Closure?, at now: Timestamp) -> Int {
        guard let closure, now - closure.until <= Self.longestClosure else { return 0 }
        return closure.failures
    }

    /// Twice as long after each refusal in a row. From the second on a part of it, up to a quarter, is left off, so that
    /// what closed together is not tried together; which part follows from the id, since the core knows no chance.
    private func closureLength(failures: Int, of id: String) -> Duration {
        let whole = min(configuration.closedOfferingTimeout * (1 << min(failures - 1, 10)), Self.longestClosure)
        guard failures > 1 else { return whole }
        let thousandths = 1000 - Int64(Fingerprint(id).value % 251)
        return .seconds(whole.components.seconds * thousandths / 1000)
    }

    /// Why an offering is left alone because of what was refused before; nil when it is not.
    func rememberedRefusal(of offering: Offering, at now: Timestamp) -> String? {
        let own = state.closures[offering]
        if let own, own.until > now { return "\(own.reason) until \(own.until)" }
        let shared = offering.quota.flatMap { state.quotaClosures[$0] }
        if let shared, shared.until > now { return "\(shared.reason) until \(shared.until)" }
        guard let probe = probe(of: offering) else { return nil }
        let reason = own.map(\.failures) ?? 0 > 0 ? own?.reason : shared?.reason
        return "\(reason ?? "closed"): launch \(probe) tries whether that still holds"
    }

    /// The launch that tries something which was refused before and is not known to be open again.
    func probe(of offering: Offering) -> LaunchID? {
        if let own = state.closures[offering], own.failures > 0,
            let launch = state.openLaunches.first(where: { $0.offering == offering })
        {
            return launch.id
        }
        guard let quota = offering.quota, state.quotaClosures[quota] != nil else { return nil }
        return state.openLaunches.first { $0.offering.quota == quota }?.id
    }
}
