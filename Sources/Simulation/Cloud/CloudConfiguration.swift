package import Model

/// How the simulated cloud behaves. The same configuration, seed and calls give the same cloud.
package struct CloudConfiguration: Sendable {
    package var seed: UInt64
    /// When its world begins; whole seconds.
    package var startsAt: Timestamp
    package var region = "us-east-1"
    /// One subnet each.
    package var zones = ["us-east-1a", "us-east-1b", "us-east-1c"]
    package var accountID = "123456789012"
    /// On every subnet, so that they can be found.
    package var subnetTags = ["gleaner.dev/discovery": "demo"]
    /// How often a day the spot capacity of a type and zone breaks away, for types of the most interrupted class
    /// (above 20% a month); the others in proportion. 0 keeps it up for ever.
    package var interruptionsPerDay = 1.0
    /// The share of such breaks that a rebalance recommendation announces some minutes before.
    package var announcedShare = 0.5
    /// How many spot instances of a type and zone can run while its capacity is up.
    package var spotCapacity: ClosedRange<Int64> = 12...40
    /// How many on-demand instances of a type and zone can run.
    package var onDemandCapacity: Int64 = 1000
    /// Offerings whose capacity does not follow the seed; the first that matches counts.
    package var capacityRules: [CapacityRule] = []
    /// Spot prices as they were, oldest first; nothing else is sold as spot then. Nil lets prices move by chance around
    /// the catalogue's average saving.
    package var recordedSpotPrices: [Offering: [PricePoint]]?
    package var scheduledInterruptions: [ScheduledInterruption] = []
    package var scheduledImpairments: [ScheduledImpairment] = []
    /// vCPUs that the account may run at one time; what is not named has no limit.
    package var quotas: [Quota: Int64] = [:]
    package var reservations: [CloudReservation] = []
    package var volumes: [CloudVolume] = []
    /// How long an instance is pending, and how long it shuts down.
    package var pendingSeconds: ClosedRange<Int64> = 3...9
    package var shuttingDownSeconds: ClosedRange<Int64> = 30...60
    /// The share of queue messages that are delivered twice, and of those that come late and so out of order.
    package var duplicateShare = 0.02
    package var lateShare = 0.02

    package init(seed: UInt64, startsAt: Timestamp) {
        self.seed = seed
        self.startsAt = Timestamp(seconds: startsAt.seconds)
    }
}

/// Which offerings a rule is about.
package struct OfferingPattern: Hashable, Sendable {
    /// `*` stands for any characters.
    package var instanceType: String
    package var zone: String
    /// Nil matches every capacity type.
    package var capacityType: CapacityType?

    package init(instanceType: String = "*", zone: String = "*", capacityType: CapacityType? = nil) {
        self.instanceType = instanceType
        self.zone = zone
        self.capacityType = capacityType
    }

    /// Reads `TYPE`, `TYPE/ZONE` or `TYPE/ZONE/CAPACITY-TYPE`, each part with `*` as wildcard.
    package init?(_ text: some StringProtocol) {
        let parts = String(text).split(separator: Character("/"), omittingEmptySubsequences: false).map { String($0) }
        guard (1...3).contains(parts.count), parts.allSatisfy({ !$0.isEmpty }) else { return nil }
        instanceType = parts[0]
        zone = parts.count > 1 ? parts[1] : "*"
        if parts.count > 2, parts[2] != "*" {
            guard let type = CapacityType(rawValue: parts[2]) else { return nil }
            capacityType = type
        }
    }

    package func matches(_ offering: Offering) -> Bool {
        if let capacityType, capacityType != offering.capacityType { return false }
        return Wildcard.matches(instanceType, offering.instanceType) && Wildcard.matches(zone, offering.zone)
    }
}

/// Where an offering's capacity comes from instead of the seed.
package struct CapacityRule: Sendable {
    package enum Supply: Sendable {
        case fixed(Int64)
        /// As many as the trace says, times a factor; tick 0 is the start of the world, and the end joins the beginning.
        case trace(CapacityTrace, factor: Int64)
    }

    package var pattern: OfferingPattern
    package var supply: Supply

    package init(_ pattern: OfferingPattern, _ supply: Supply) {
        self.pattern = pattern
        self.supply = supply
    }
}

/// Machines of which the cloud's checks fail from a set time on, whatever the seed.
package struct ScheduledImpairment: Hashable, Sendable {
    /// From the start of the world. When no machine matches then, it is tried again every five minutes.
    package var after: Duration
    package var pattern: OfferingPattern
    package var count: Int

    package init(after: Duration, pattern: OfferingPattern = OfferingPattern(), count: Int = 1) {
        self.after = after
        self.pattern = pattern
        self.count = count
    }
}

/// Spot instances that are taken back at a set time, whatever the seed.
package struct ScheduledInterruption: Hashable, Sendable {
    /// From the start of the world. When no instance matches then, it is tried again every five minutes.
    package var after: Duration
    package var pattern: OfferingPattern
    package var count: Int

    package init(after: Duration, pattern: OfferingPattern = OfferingPattern(), count: Int = 1) {
        self.after = after
        self.pattern = pattern
        self.count = count
    }
}
