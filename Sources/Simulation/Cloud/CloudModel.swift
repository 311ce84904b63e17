import HeapModule
package import Model

/// The world's cloud as a state machine: instances, prices, capacity, notices and the bill, without I/O or clock.
///
/// Time comes in with every call and never decreases; whatever changes, changes at a whole second. The same
/// configuration and the same calls give the same cloud, byte for byte. Not thread-safe: one driver owns it.
package final class CloudModel {
    package let configuration: CloudConfiguration
    package let catalogue: CloudCatalogue
    /// One a zone, in the zones' order.
    package let subnets: [CloudSubnet]
    package internal(set) var now: Timestamp
    /// Messages of EventBridge about every instance, waiting for a reader.
    package var queue: MessageQueue
    package internal(set) var launchTemplates: [String: LaunchTemplate] = [:]
    /// By name.
    package internal(set) var placementGroups: [String: CloudPlacementGroup] = [:]
    /// The one that the network comes with.
    package let securityGroup: CloudSecurityGroup
    /// Parameters of Systems Manager beside those that AWS publishes for machine images.
    package var parameters: [String: String] = [:]

    /// Those still shown: a terminated one disappears after an hour.
    var machines: [InstanceID: CloudInstance] = [:]
    var launchCount = 0
    var answers: [String: (specification: LaunchSpecification, answer: LaunchAnswer)] = [:]
    var fleetTags: [String: [String: String]] = [:]
    var markets: [SpotMarket] = []
    var marketIndices: [Offering: Int] = [:]
    /// Set by a caller, above all rules.
    var capacityOverrides: [Offering: Int64] = [:]
    var meter = Meter()
    /// What changed since the driver last asked.
    var changes: [CloudChange] = []

    /// For names and addresses, for delays, and for whom an interruption hits.
    var names: SeededGenerator
    var delays: SeededGenerator
    var victims: SeededGenerator

    private var timers = Heap<CloudTimer>()
    private var timerCount: Int64 = 0

    /// How long EC2 shows a terminated instance: about an hour.
    static let shownAfterEnd: Duration = .seconds(3600)
    /// A scheduled interruption that finds no instance is tried again after this long.
    static let retryInterval: Duration = .seconds(300)

    package init(configuration: CloudConfiguration, catalogue: CloudCatalogue) {
        self.configuration = configuration
        self.catalogue = catalogue
        now = configuration.startsAt
        queue = MessageQueue(seed: configuration.seed)
        names = SeededGenerator(seed: configuration.seed, purpose: "names")
        delays = SeededGenerator(seed: configuration.seed, purpose: "delays")
        victims = SeededGenerator(seed: configuration.seed, purpose: "victims")
        var networks = SeededGenerator(seed: configuration.seed, purpose: "networks")
        let network = "vpc-0\(networks.hexadecimal(digits: 16))"
        subnets = configuration.zones.enumerated().map { index, zone in
            CloudSubnet(
                id: "subnet-0\(networks.hexadecimal(digits: 16))",
                zone: zone,
                zoneID: "use1-az\(index + 1)",
                networkID: network,
                addressBlock: "10.\(index).0.0/16",
                tags: configuration.subnetTags
            )
        }
        securityGroup = CloudSecurityGroup(
            id: "sg-0\(networks.hexadecimal(digits: 16))",
            name: "nodes",
            networkID: network,
            tags: configuration.subnetTags
        )
        for zone in configuration.zones {
            for entry in catalogue.entries {
                guard let market = SpotMarket(entry: entry, zone: zone, configuration: configuration) else { continue }
                marketIndices[market.offering] = markets.count
                markets.append(market)
            }
        }
        for index in markets.indices { watchMarket(index) }
        watchReservations()
        for interruption in configuration.scheduledInterruptions {
            schedule(.scheduled(interruption), at: configuration.startsAt + interruption.after)
        }
        for impairment in configuration.scheduledImpairments {
            schedule(.impairment(impairment), at: configuration.startsAt + impairment.after)
        }
    }

    /// When something changes next, if nobody calls before; nil only in a cloud without markets and instances.
    package var nextChange: Timestamp? { timers.min?.at }

    /// Lets time pass.
    /// - Parameter time: Not before the last; an earlier one changes nothing.
    /// - Returns: What changed since the last call, in order, calls in between included.
    package func advance(to time: Timestamp) -> [CloudChange] {
        settle(to: time)
        let result = changes
        changes = []
        return result
    }

    /// What the cloud charges for everything up to now.
    package func bill(at time: Timestamp) -> Meter.Bill {
        settle(to: time)
        return meter.bill(at: now) { [self] in price(of: $0, at: $1) ?? .zero }
    }

    /// Carries out what is due; every call begins with it.
    func settle(to time: Timestamp) {
        while let timer = timers.min, timer.at <= time {
            timers.removeMin()
            now = max(now, timer.at)
            fire(timer.action)
        }
        now = max(now, time)
    }

    /// Timers fire on whole seconds, never in the past.
    func schedule(_ action: CloudTimer.Action, at time: Timestamp) {
        let whole = time.milliseconds % 1000 == 0 ? time : Timestamp(seconds: time.seconds + 1)
        timerCount += 1
        timers.insert(CloudTimer(at: whole, order: timerCount, action: action))
    }

    private func fire(_ action: CloudTimer.Action) {
        switch action {
        case .running(let id): startRunning(id)
        case .rebalance(let id): recommendRebalance(id)
        case .warning(let id): warn(id)
        case .reclaim(let id): reclaim(id)
        case .terminated(let id): finishTermination(id)
        case .forget(let id): machines[id] = nil
        case .price(let index): movePrice(index)
        case .capacity(let index): moveCapacity(index)
        case .announcement(let index): announce(index)
        case .deliver(let envelope): deliver(envelope)
        case .scheduled(let interruption): interrupt(interruption)
        case .impairment(let impairment): impair(impairment)
        case .reservationEnds(let index): endReservation(index)
        }
    }

    // MARK: - Markets

    private func movePrice(_ index: Int) {
        if let step = markets[index].movePrice() {
            changes.append(.priceMoved(markets[index].pricePoint(step)))
        }
        watchPrice(index)
    }

    private func moveCapacity(_ index: Int) {
        markets[index].moveCapacity()
        let offering = markets[index].offering
        changes.append(.capacityMoved(offering, capacity: capacity(of: offering), at: now))
        reclaimExcess(of: offering)
        watchCapacity(index)
    }

    private func announce(_ index: Int) {
        markets[index].announcementMade()
        for id in unwarned(markets[index].offering) { recommendRebalance(id) }
    }

    private func watchMarket(_ index: Int) {
        watchPrice(index)
        watchCapacity(index)
    }

    private func watchPrice(_ index: Int) {
        guard let second = markets[index].nextPriceChange else { return }
        schedule(.price(index), at: Timestamp(seconds: second))
    }

    private func watchCapacity(_ index: Int) {
        if let second = markets[index].nextAnnouncement {
            schedule(.announcement(index), at: Timestamp(seconds: second))
        }
        if let second = markets[index].nextCapacityChange {
            schedule(.capacity(index), at: Timestamp(seconds: second))
        }
    }

    private func interrupt(_ interruption: ScheduledInterruption) {
        var candidates = machines.values
            .filter {
                $0.state == .running && $0.warnedAt == nil && $0.offering.capacityType == .spot
                    && interruption.pattern.matches($0.offering)
            }
            .map(\.id).sorted()
        guard !candidates.isEmpty else {
            schedule(.scheduled(interruption), at: now + Self.retryInterval)
            return
        }
        for _ in 0..<min(interruption.count, candidates.count) {
            warn(candidates.remove(at: Int(victims.integer(in: 0...Int64(candidates.count - 1)))))
        }
    }
}

/// Something that becomes due.
struct CloudTimer: Comparable {
    enum Action {
        case running(InstanceID)
        case rebalance(InstanceID)
        case warning(InstanceID)
        case reclaim(InstanceID)
        case terminated(InstanceID)
        case forget(InstanceID)
        case price(Int)
        case capacity(Int)
        case announcement(Int)
        case deliver(CloudEnvelope)
        case scheduled(ScheduledInterruption)
        case impairment(ScheduledImpairment)
        case reservationEnds(Int)
    }

    var at: Timestamp
    /// Keeps equal times in the order in which they were set.
    var order: Int64
    var action: Action

    static func < (left: CloudTimer, right: CloudTimer) -> Bool { (left.at, left.order) < (right.at, right.order) }
    static func == (left: CloudTimer, right: CloudTimer) -> Bool { left.order == right.order }
}
