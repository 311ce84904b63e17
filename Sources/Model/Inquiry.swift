/// What is asked of the cloud now and then, beside instances and prices.
package enum Inquiry: String, Hashable, CaseIterable, Sendable {
    /// Which machines are impaired, or will be worked on.
    case statuses
    /// What the account may run at one time.
    case quotas
}

/// What the cloud answers to an inquiry. What it cannot say is left out.
package enum InquiryAnswer: Hashable, Sendable {
    /// Machines that something is the matter with: one that is left out is well.
    case statuses([InstanceStatus])
    case quotas([QuotaLevel])

    package var inquiry: Inquiry {
        switch self {
        case .statuses: .statuses
        case .quotas: .quotas
        }
    }
}

/// What the cloud's own checks say of a machine.
package struct InstanceStatus: Hashable, Sendable {
    package var instance: InstanceID
    /// The checks that fail, sorted: `attached-ebs`, `instance`, `system`; empty when none does.
    package var impairments: [String]
    /// Since when the first of them has failed; nil when the cloud does not say.
    package var impairedSince: Timestamp?
    /// What will be done to it, and when.
    package var maintenances: [Maintenance]

    package init(
        instance: InstanceID,
        impairments: [String] = [],
        impairedSince: Timestamp? = nil,
        maintenances: [Maintenance] = []
    ) {
        self.instance = instance
        self.impairments = impairments
        self.impairedSince = impairedSince
        self.maintenances = maintenances
    }
}
