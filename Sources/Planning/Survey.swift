import Model

/// Looks over what can be bought and what stands, in an order that does not depend on the input's.
struct Survey {
    private(set) var candidates: [Candidate] = []
    private(set) var sizes: [Int64] = []
    private(set) var freshRules: [NodeRules] = []
    private(set) var headroom: [PlanInput.Headroom] = []
    private(set) var hosts: [PlanInput.Host] = []
    private(set) var hostFree: [[Int64]] = []
    private(set) var hostRules: [NodeRules] = []
    private(set) var hostPlace: [Int] = []
    /// The spot pool of each host; nil of those that are not spot, or where pools have no shares.
    private(set) var hostSpotPool: [Int?] = []
    /// By place and wide topology key.
    private(set) var domains: [[Int?]] = []
    private(set) var standing = Tallies(tallies: 0, domains: 0)
    private(set) var standingOnHosts: [Int] = []
    /// How many pods of each wide tally run on a host, by host.
    private(set) var wideOnHosts: [[Int: Int]] = []
    /// Wide tallies that the daemons of a new node raise, by candidate.
    private(set) var wideOfDaemons: [[Int]] = []
    /// What topology spread constraints count; and by place, the scopes for which its nodes do not count.
    let scopes: SpreadScopes
    private(set) var blindScopes: [[Int]] = []

    private var places = Interner<Place>()
    private var spotPools = Interner<Offering>()
    private var quotas = Interner<Quota>()
    /// Nodes that each reservation still holds.
    private(set) var stock: [Int] = []
    private let pools: [String: Pool]
    /// Quotas that what waits could use up.
    private let scarceQuotas: Set<Quota>

    /// What rules between pods see of a node: its domain of every wide topology key, and the scopes for which it does
    /// not count.
    private struct Place: Hashable {
        var domains: [String?]
        var blind: [Int]
    }

    /// - Parameters:
    ///   - input: What is planned.
    ///   - tolls: What candidates count dearer than they are, if any does.
    ///   - census: Who waits.
    init(_ input: PlanInput, tolls: [Money]?, census: inout Census) {
        pools = Dictionary(input.pools.map { ($0.name, $0) }) { first, _ in first }
        scarceQuotas = Self.scarceQuotas(input)
        let keys = census.book.wideKeys.values
        scopes = SpreadScopes(census)
        lookAtChoices(input, tolls, names: census.resourceNames, keys: keys)
        lookAtHosts(input, names: census.resourceNames, keys: keys)
        serve(input.daemons, names: census.resourceNames, &census)
        var names = [Interner<String>](repeating: Interner(), count: keys.count)
        domains = places.values.map { place in
            place.domains.enumerated().map { key, value in value.map { names[key].number(of: $0) } }
        }
        blindScopes = places.values.map(\.blind)
        standing = Tallies(tallies: census.book.keyOfWideTally.count, domains: names.map(\.count).max() ?? 0)
        standingOnHosts = [Int](repeating: 0, count: census.book.hostTallyCount)
        countOccupants(&census)
    }

    // MARK: - What can be bought

    private mutating func lookAtChoices(_ input: PlanInput, _ tolls: [Money]?, names: [String], keys: [String]) {
        let poolNames = input.choices.map(\.pool).uniqueSorted()
        headroom = poolNames.map { input.headroom[$0] ?? PlanInput.Headroom() }
        let index = Dictionary(uniqueKeysWithValues: zip(poolNames, poolNames.indices))
        let order = input.choices.indices.sorted { Self.precedes(input.choices[$0], input.choices[$1]) }
        candidates.reserveCapacity(order.count)
        let prices = SearchPrices(input.choices)
        var reservations = Interner<String>()
        var sizeOfShape: [String: (shape: Shape, size: [Int64])] = [:]
        for choice in order.map({ input.choices[$0] }) {
            let labels = choice.shape.nodeLabels(pool: choice.pool, offering: choice.offering)
            let reservation = choice.reservation.map { reservations.number(of: $0.id) }
            if let reservation, reservation == stock.count { stock.append(choice.reservation?.available ?? 0) }
            candidates.append(
                Candidate(
                    choice: choice,
                    pool: index[choice.pool] ?? 0,
                    place: place(labels, choice.shape.taints, keys),
                    spotPool: spotPool(of: choice.offering, input),
                    quota: quota(of: choice),
                    reservation: reservation,
                    price: prices.price(of: choice),
                    toll: tolls?[candidates.count] ?? .zero,
                    labels: labels
                )
            )
            if let known = sizeOfShape[choice.shape.name], known.shape.allocatable == choice.shape.allocatable {
                sizes += known.size
            } else {
                let size = names.map { choice.shape.allocatable[$0].thousandths }
                sizeOfShape[choice.shape.name] = (choice.shape, size)
                sizes += size
            }
        }
        freshRules = [NodeRules](repeating: NodeRules(), count: candidates.count)
        wideOfDaemons = [[Int]](repeating: [], count: candidates.count)
    }

    private mutating func place(_ labels: [String: String], _ taints: [Taint], _ keys: [String]) -> Int {
        let domains = keys.map { labels[$0] }
        return places.number(
            of: Place(domains: domains, blind: scopes.blind(to: labels, taints: taints, domains: domains))
        )
    }

    private mutating func spotPool(of offering: Offering, _ input: PlanInput) -> Int? {
        guard input.economics?.maximumPoolShare != nil, offering.capacityType == .spot else { return nil }
        return spotPools.number(of: offering)
    }

    private mutating func quota(of choice: PlanInput.Choice) -> Int? {
        guard choice.vCPUs > 0, let quota = choice.offering.quota, scarceQuotas.contains(quota) else { return nil }
        return quotas.number(of: quota)
    }

    /// Quotas of which not everybody who waits could have a node of its own: all others hold nobody back.
    private static func scarceQuotas(_ input: PlanInput) -> Set<Quota> {
        guard !input.quotas.isEmpty else { return [] }
        let pods = Int64(input.demands.reduce(0) { $0 + $1.pods.count })
        return Set(
            input.choices.compactMap { choice in
                guard let quota = choice.offering.quota, let room = input.quotas[quota] else { return nil }
                return room.left < pods * choice.vCPUs ? quota : nil
            }
        )
    }

    /// What is left of each quota that a candidate counts against, or as much as there could be if nothing of ours stood.
    func quotaRooms(_ input: PlanInput, whole: Bool = false) -> [Ledger.QuotaRoom] {
        quotas.values.map { quota in
            let room = input.quotas[quota] ?? PlanInput.QuotaRoom(limit: 0, most: 0, left: 0)
            return Ledger.QuotaRoom(quota: quota, limit: room.limit, left: whole ? room.most : room.left)
        }
    }

    /// How many accelerators depend on each spot pool by now, and how many may: a share of all that stand or wait.
    func spotShares(_ input: PlanInput) -> [Ledger.Share] {
        guard let share = input.economics?.maximumPoolShare else { return [] }
        var held: [Offering: Int64] = [:]
        var all = input.demands.reduce(0) { $0 + $1.pods.reduce(0) { $0 + $1.requests.accelerators } }
        for host in input.hosts {
            let accelerators = host.free.accelerators + host.pods.reduce(0) { $0 + $1.requests.accelerators }
            all += accelerators
            if let offering = Offering(labels: host.labels) { held[offering, default: 0] += accelerators }
        }
        let most = Ledger.Share.most(of: all, share: share)
        return spotPools.values.map { Ledger.Share(held: held[$0] ?? 0, most: most) }
    }

    /// What each workload that is to be spread may have in one pool, and has there by now, by demand.
    func workloadShares(_ input: PlanInput) -> [Int: WorkloadShare] {
        guard let share = input.economics?.maximumPoolShare else { return [:] }
        var standing: [PodID: (accelerators: Int64, pool: Int?)] = [:]
        for (index, host) in hosts.enumerated() {
            for pod in host.pods where pod.requests.accelerators > 0 {
                standing[pod.id] = (pod.requests.accelerators, hostSpotPool[index])
            }
        }
        var result: [Int: WorkloadShare] = [:]
        for (index, demand) in input.demands.enumerated() where WorkloadShare.applies(to: demand, input.economics) {
            var held: [Int: Int64] = [:]
            var all = demand.pods.reduce(0) { $0 + $1.requests.accelerators }
            for pod in demand.running.compactMap({ standing[$0] }) {
                all += pod.accelerators
                if let pool = pod.pool { held[pool, default: 0] += pod.accelerators }
            }
            result[index] = WorkloadShare(
                all: all,
                most: Ledger.Share.most(of: all, share: share),
                held: held
            )
        }
        return result
    }

    private static func precedes(_ left: PlanInput.Choice, _ right: PlanInput.Choice) -> Bool {
        if left.pool != right.pool { return left.pool < right.pool }
        if left.shape.name != right.shape.name { return left.shape.name < right.shape.name }
        if left.offering != right.offering { return left.offering < right.offering }
        if left.pricePerHour != right.pricePerHour { return left.pricePerHour < right.pricePerHour }
        return (left.reservation?.id ?? "", left.closedBecause ?? "")
            < (right.reservation?.id ?? "", right.closedBecause ?? "")
    }

    /// Takes the share of the DaemonSets' pods off every new node that will run them.
    private mutating func serve(_ daemons: [Pod], names: [String], _ census: inout Census) {
        for daemon in daemons.sorted(by: { $0.id < $1.id }) {
            let rules = census.rules(running: daemon)
            for (index, candidate) in candidates.enumerated()
            where daemon.accepts(labels: candidate.labels, taints: candidate.choice.shape.taints) {
                for (place, name) in names.enumerated() {
                    sizes[index * names.count + place] -= daemon.requests[name].thousandths
                }
                freshRules[index].add(rules, count: 1)
                wideOfDaemons[index] = (wideOfDaemons[index] + rules.wideAdds).uniqueSorted()
            }
        }
    }

    // MARK: - What stands

    private mutating func lookAtHosts(_ input: PlanInput, names: [String], keys: [String]) {
        hosts = input.hosts.sorted { $0.name < $1.name }
        hostFree = hosts.map { host in names.map { host.free[$0].thousandths } }
        for host in hosts {
            hostPlace.append(place(host.labels, host.taints, keys))
            hostSpotPool.append(Offering(labels: host.labels).flatMap { spotPool(of: $0, input) })
        }
    }

    private mutating func countOccupants(_ census: inout Census) {
        for (index, host) in hosts.enumerated() {
            var onNode = NodeRules()
            var wide: [Int: Int] = [:]
            if !census.book.isEmpty {
                for pod in host.pods {
                    let rules = census.rules(running: pod)
                    onNode.add(rules, count: 1)
                    for tally in rules.adds { standingOnHosts[tally] += 1 }
                    for tally in rules.wideAdds {
                        let key = census.book.keyOfWideTally[tally]
                        wide[tally, default: 0] += 1
                        standing.add(tally, in: domains[hostPlace[index]][key], count: 1)
                    }
                }
            }
            hostRules.append(onNode)
            wideOnHosts.append(wide)
        }
    }

    // MARK: - Who may go where

    func admits(_ station: Station) -> [Bool] {
        candidates.map { candidate in
            pools[candidate.poolName]?.serves(namespace: station.namespace) == true
                && station.capacityTypes.contains(candidate.offering.capacityType)
                && !station.avoided.contains(candidate.offering)
                && station.accepts(labels: candidate.labels, taints: candidate.choice.shape.taints)
                && !station.outlives(candidate.choice.reservation)
        }
    }

    /// Whether any station would rather have some offerings than others.
    func hasWishes(_ stations: [Station]) -> Bool {
        stations.contains { !$0.preferences.isEmpty }
            || candidates.contains { $0.choice.shape.taints.contains { $0.effect == .preferNoSchedule } }
    }

    /// How much dearer each candidate counts to each station; empty when nobody has wishes.
    func reluctance(_ stations: [Station]) -> [[Double]] {
        guard hasWishes(stations) else { return [] }
        return stations.map { station in
            candidates.map { station.reluctance(labels: $0.labels, taints: $0.choice.shape.taints) }
        }
    }

    func admitsHosts(_ station: Station) -> [Bool] {
        hosts.map { host in
            // A workload that policy keeps off spot is not promised room on a spot node either.
            (host.labels[Label.capacityType] != CapacityType.spot.rawValue || station.capacityTypes.contains(.spot))
                && (station.avoided.isEmpty || Offering(labels: host.labels).map(station.avoided.contains) != true)
                && station.accepts(labels: host.labels, taints: host.taints)
        }
    }

    /// How long a node lives for a workload, by candidate.
    func seconds(of demand: PlanInput.Demand, _ model: CostModel) -> [Int64] {
        // Many candidates differ only in size and price.
        var known: [Likeness: Int64] = [:]
        return candidates.map { candidate in
            let accelerator = candidate.labels[Label.accelerator]
            let likeness = Likeness(offering: candidate.offering, accelerator: accelerator)
            if let seconds = known[likeness] { return seconds }
            let seconds = model.seconds(for: demand, on: candidate.offering, accelerator: accelerator)
            known[likeness] = seconds
            return seconds
        }
    }

    private struct Likeness: Hashable {
        var offering: Offering
        var accelerator: String?
    }
}
