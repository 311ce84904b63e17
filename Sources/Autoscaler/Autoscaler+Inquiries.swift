import Model

/// What is asked of the cloud now and then beside instances and prices, and what is kept of its answers.
extension Autoscaler {
    /// After an inquiry that failed, such as for want of a permission, nothing stands still: it is made again later.
    static let inquiryRetry: Duration = .seconds(60)

    /// The last answers; made again after a restart, never written down.
    struct Inquiries: Sendable {
        /// When each is made (again); far away while its answer is awaited.
        var dueAt: [Inquiry: Timestamp] = [:]
        var statusesAt: Timestamp?
        var statuses: [InstanceID: InstanceStatus] = [:]
        /// Since when the checks of each machine have failed, as the cloud says or as was seen here.
        var impairedSince: [InstanceID: Timestamp] = [:]
        var quotasAt: Timestamp?
        var quotas: [Quota: QuotaLevel] = [:]
    }

    mutating func pollInquiries(at now: Timestamp) {
        for inquiry in Inquiry.allCases {
            let due = progress.inquiries.dueAt[inquiry] ?? now
            guard due <= now else {
                if due < .distantFuture { wake(at: due) }
                continue
            }
            progress.inquiries.dueAt[inquiry] = .distantFuture
            send(.inquire(inquiry))
        }
    }

    private func interval(of inquiry: Inquiry) -> Duration {
        switch inquiry {
        case .statuses: configuration.statusRefreshInterval
        case .quotas: configuration.quotaRefreshInterval
        }
    }

    mutating func absorb(_ answer: InquiryAnswer, at now: Timestamp) {
        progress.inquiries.dueAt[answer.inquiry] = now + interval(of: answer.inquiry)
        switch answer {
        case .statuses(let statuses):
            observe(statuses, at: now)
        case .quotas(let levels):
            progress.inquiries.quotasAt = now
            progress.inquiries.quotas = Dictionary(levels.map { ($0.quota, $0) }) { $1 }
        }
    }

    /// Takes in which machines fail the cloud's checks, and the maintenance that no message has told of.
    private mutating func observe(_ statuses: [InstanceStatus], at now: Timestamp) {
        let known = progress.inquiries.impairedSince
        progress.inquiries.statusesAt = now
        progress.inquiries.statuses = [:]
        progress.inquiries.impairedSince = [:]
        for status in statuses where isClaimed(status.instance) {
            progress.inquiries.statuses[status.instance] = status
            if !status.impairments.isEmpty {
                let since = status.impairedSince ?? known[status.instance] ?? now
                progress.inquiries.impairedSince[status.instance] = min(since, now)
            }
            for maintenance in status.maintenances {
                let kind = Notice.Kind.maintenance(maintenance)
                // One that is put off keeps its id, and is news all the same.
                let id = "\(maintenance.id)/\(maintenance.notBefore)"
                absorb(Notice(id: id, kind: kind, instance: status.instance, at: now), at: now)
            }
        }
    }
}
