import Model

/// The input in a canonical order and in dense form: everything that the search reads and never changes.
final class Problem: Sendable {
    let input: PlanInput
    let resourceNames: [String]
    let candidates: [Candidate]
    /// What pods find on an empty node, by candidate, in thousandths: allocatable without the daemons' share.
    let sizes: [Int64]
    /// The rules that the daemons of a new node bring along, by candidate.
    let freshRules: [NodeRules]
    /// Whether any do.
    let hasDaemonRules: Bool
    /// Whether another candidate is in every way at least as good, by candidate.
    let isDominated: [Bool]
    /// By the pool index of the candidates.
    let headroom: [PlanInput.Headroom]
    /// By quota index: what is left, and what there could be.
    let quotas: [Ledger.QuotaRoom]
    let wholeQuotas: [Ledger.QuotaRoom]
    /// By the spot pool index of the candidates.
    let spotShares: [Ledger.Share]
    /// By demand that is to be spread over spot pools.
    let workloadShares: [Int: WorkloadShare]
    /// By the reservation index of the candidates.
    let stock: [Int]
    let hosts: [PlanInput.Host]
    /// Free amounts of each host in thousandths.
    let hostFree: [[Int64]]
    let hostRules: [NodeRules]
    let hostPlace: [Int]
    /// The spot pool of each host where pools have shares.
    let hostSpotPool: [Int?]

    /// Higher priority first.
    let kinds: [Kind]
    /// Amounts that one pod needs, in thousandths, `width` of them from a kind's `need` on.
    let needs: [Int64]
    let members: [Member]
    let stations: [Station]
    let rules: [Rules]
    /// What they say of one node.
    let nodeRules: NodeRuleTable
    /// Rules between pods of wide topology keys: the domain of each place, by place and key; nil without the label.
    let domains: [[Int?]]
    let keyOfWideTally: [Int]
    /// What stands in each domain already.
    let standing: Tallies
    /// Whether some pod must be on a node with pods of this host tally.
    let isJoined: [Bool]
    /// Whether nodes may count as dearer than they are, because of what pods would like.
    let hasWishes: Bool
    /// Whether enough pods of a host tally keep apart to decide on how many nodes there are.
    private let isCrowded: [Bool]
    /// Wide tallies that somebody must be near, or must not be near: whoever raises one needs a place first.
    let isWatched: [Bool]
    /// Whether a topology spread constraint of pods that are served later counts a kind that has no such rule itself.
    private let isCountedLater: [Bool]
    let hasCountedLater: Bool
    /// Whether the place of such kinds is chosen before their nodes are: dearer, and only done where it must be.
    let bindsCountedLater: Bool
    private let tolls: [Money]?
    /// How many pods of each host tally run somewhere.
    let standingOnHosts: [Int]
    /// How many pods of each wide tally run on a host, by host.
    let wideOnHosts: [[Int: Int]]
    /// Wide tallies that the daemons of a new node raise and that somebody must be near, or must not be near, by
    /// candidate.
    let watchedOfDaemons: [[Int]]
    /// What topology spread constraints count; and by place, the scopes for which its nodes do not count.
    let scopes: SpreadScopes
    let blindScopes: [[Int]]
    /// Demands that are gangs, those to be served first at the front.
    let gangs: [Int]
    /// By demand, its place in the order of serving.
    let turns: [Int]
    /// How long a node lives for a profile, in seconds, by profile and candidate.
    private let profileSeconds: [Int64]
    /// How long, at least, wherever it runs.
    let shortest: [Int64]

    /// By resource.
    let isAccelerator: [Bool]
    private let stakes: [Double]
    private let fittingRows: [Int]
    /// Whether pool, policy, selectors and taints let a station's pods run on a candidate, whatever its size.
    private let admitted: [[Bool]]
    private let admittedHosts: [[Bool]]
    private let openPlaces: [[Int]]

    var width: Int { resourceNames.count }

    /// One in so many pods must keep apart to make a crowd.
    private static let crowd = 32

    /// - Parameters:
    ///   - input: What is planned.
    ///   - tolls: What candidates count dearer than they are, by candidate; nil when none does.
    ///   - bindsCountedLater: Whether pods whose place matters only to others that come after them get one at once.
    init(_ input: PlanInput, tolls: [Money]? = nil, bindsCountedLater: Bool = false) {
        self.input = input
        self.tolls = tolls
        self.bindsCountedLater = bindsCountedLater
        var census = Census(input)
        let survey = Survey(input, tolls: tolls, census: &census)
        resourceNames = census.resourceNames
        candidates = survey.candidates
        sizes = survey.sizes
        freshRules = survey.freshRules
        hasWishes = survey.hasWishes(census.stations)
        hasDaemonRules = survey.freshRules.contains { !$0.isEmpty }
        headroom = survey.headroom
        spotShares = survey.spotShares(input)
        workloadShares = survey.workloadShares(input)
        quotas = survey.quotaRooms(input)
        wholeQuotas = survey.quotaRooms(input, whole: true)
        stock = survey.stock
        hosts = survey.hosts
        hostFree = survey.hostFree
        hostRules = survey.hostRules
        hostPlace = survey.hostPlace
        hostSpotPool = survey.hostSpotPool
        domains = survey.domains
        keyOfWideTally = census.book.keyOfWideTally
        standing = survey.standing
        standingOnHosts = survey.standingOnHosts
        wideOnHosts = survey.wideOnHosts
        scopes = survey.scopes
        blindScopes = survey.blindScopes
        var isJoined = [Bool](repeating: false, count: census.book.hostTallyCount)
        var isWatched = [Bool](repeating: false, count: census.book.keyOfWideTally.count)
        for rules in census.rules {
            for join in rules.joins { isJoined[join.tally] = true }
            for join in rules.wideJoins { isWatched[join.tally] = true }
            for tally in rules.wideForbids { isWatched[tally] = true }
        }
        self.isWatched = isWatched
        watchedOfDaemons = survey.wideOfDaemons.map { tallies in tallies.filter { isWatched[$0] } }
        self.isJoined = isJoined
        var apart = [Int](repeating: 0, count: census.book.hostTallyCount)
        for kind in census.kinds {
            if let cap = census.rules[kind.rules].narrowest { apart[cap.tally] += kind.count }
        }
        isCrowded = apart.map { $0 * Self.crowd > census.members.count }
        kinds = census.kinds
        isCountedLater = Self.countedLater(census)
        hasCountedLater = isCountedLater.contains(true)
        needs = census.needs
        members = census.members
        stations = census.stations
        rules = census.rules
        nodeRules = NodeRuleTable(census.rules)
        gangs = census.gangs
        turns = census.turns
        let model = CostModel(economics: input.economics, changeover: input.changeover)
        let seconds = census.profiles.map { demand in survey.seconds(of: input.demands[demand], model) }
        profileSeconds = seconds.flatMap(\.self)
        isAccelerator = census.resourceNames.map(Resources.acceleratorNames.contains)
        shortest = seconds.map { $0.min() ?? 0 }
        admitted = census.stations.map { survey.admits($0) }
        admittedHosts = census.stations.map { survey.admitsHosts($0) }
        openPlaces = admitted.map { row in
            var isOpen = [Bool](repeating: false, count: survey.domains.count)
            for (index, candidate) in survey.candidates.enumerated() where row[index] && candidate.isOpen {
                isOpen[candidate.place] = true
            }
            return isOpen.indices.filter { isOpen[$0] }
        }
        isDominated =
            Dominance(
                survey,
                stations: census.stations,
                preferred: census.kinds.first.map { census.stations[$0.station] },
                admitted: admitted,
                seconds: seconds,
                isSpread: input.economics?.maximumPoolShare != nil
            ).isDominated
        fittingRows = Self.fittingRows(census, survey)
        stakes =
            survey.hosts.isEmpty
            ? [] : Self.stakes(census, survey, admitted: admitted, isDominated: isDominated, seconds: seconds)
    }

    /// Gangs are served before the others of their priority, and higher priorities before lower ones.
    private static func countedLater(_ census: Census) -> [Bool] {
        var least = [Int](repeating: .max, count: census.book.keyOfWideTally.count)
        for kind in census.kinds {
            for spread in census.rules[kind.rules].wideSpreads {
                least[spread.tally] = min(least[spread.tally], kind.priority)
            }
        }
        return census.kinds.map { kind in
            census.rules[kind.rules].wideAdds.contains { tally in
                least[tally] < kind.priority || kind.gang != nil && least[tally] == kind.priority
            }
        }
    }

    /// Numbers needs that fit on the same candidates alike.
    private static func fittingRows(_ census: Census, _ survey: Survey) -> [Int] {
        let width = census.resourceNames.count
        guard width > 0 else { return [] }
        var rows = Interner<[Bool]>()
        var sizes = Interner<[Int64]>()
        for candidate in survey.candidates.indices {
            _ = sizes.number(of: Array(survey.sizes[candidate * width..<(candidate + 1) * width]))
        }
        return stride(from: 0, to: census.needs.count, by: width).map { need in
            rows.number(
                of: sizes.values.map { size in
                    for resource in 0..<width where census.needs[need + resource] > max(0, size[resource]) {
                        return false
                    }
                    return true
                }
            )
        }
    }

    /// For each kind the cheapest share of an empty node, by the resource of which it takes most, over its whole time.
    private static func stakes(
        _ census: Census,
        _ survey: Survey,
        admitted: [[Bool]],
        isDominated: [Bool],
        seconds: [[Int64]]
    ) -> [Double] {
        let width = census.resourceNames.count
        // What is reserved is soon used up: a place is worth what is sold beside it.
        let isSold = survey.candidates.contains { $0.isOpen && $0.reservation == nil }
        return census.kinds.map { kind in
            var least = Double.infinity
            for (index, candidate) in survey.candidates.enumerated()
            where candidate.isOpen && !isDominated[index] && admitted[kind.station][index]
                && !(isSold && candidate.reservation != nil)
            {
                var share = 1e-6
                for resource in 0..<width {
                    let need = census.needs[kind.need + resource]
                    let size = survey.sizes[index * width + resource]
                    if need > 0 { share = max(share, need <= size ? Double(need) / Double(size) : .infinity) }
                }
                least = min(least, share * max(candidate.price, 1e-6) * Double(max(seconds[kind.profile][index], 1)))
            }
            return least.isFinite ? least : 1e12
        }
    }

    /// The same, with places for all pods whose place matters to others that come after them.
    func bindingCountedLater() -> Problem { Problem(input, tolls: tolls, bindsCountedLater: true) }

    // MARK: - Reading

    /// Whether the place of a kind is chosen with regard to others, before a node is.
    func isBoundToPlaces(_ kind: Int) -> Bool {
        let rules = rules(of: kind)
        return rules.isBoundToPlaces || rules.wideAdds.contains { isWatched[$0] }
            || bindsCountedLater && isCountedLater[kind]
    }

    /// How much of the nodes' resources a pod takes, as the number of its accelerators, or else of cores.
    func weight(of kind: Int) -> Double {
        let need = kinds[kind].need
        let accelerators = (0..<width).reduce(0.0) { $0 + (isAccelerator[$1] ? Double(needs[need + $1]) : 0) }
        if accelerators > 0 { return accelerators / 1000 }
        return resourceNames.firstIndex(of: Resources.cpu).map { Double(needs[need + $0]) / 1e6 } ?? 1e-3
    }

    /// How many accelerators a pod asks for.
    func accelerators(of kind: Int) -> Int64 {
        let need = kinds[kind].need
        return (0..<width).reduce(0) { $0 + (isAccelerator[$1] ? needs[need + $1] : 0) } / 1000
    }

    func pod(_ member: Member) -> Pod { input.demands[member.demand].pods[member.pod] }
    func sample(_ kind: Int) -> Pod { pod(members[kinds[kind].members.lowerBound]) }
    func rules(of kind: Int) -> Rules { rules[kinds[kind].rules] }
    func station(of kind: Int) -> Station { stations[kinds[kind].station] }

    func seconds(_ profile: Int, on candidate: Int) -> Int64 {
        profileSeconds[profile * candidates.count + candidate]
    }

    /// The estimate that the search compares. A node that costs nothing, or lives for no time, still counts a little.
    func cost(_ candidate: Int, seconds: Int64) -> Double {
        max(candidates[candidate].price, 1e-6) * Double(max(seconds, 1))
    }

    /// The tally on whose account few pods of a kind stand on one node; nil when any number may, or when there are so
    /// few such pods that it hardly matters to how many nodes there are.
    func narrowest(of kind: Int) -> Rules.Cap? {
        guard let cap = rules(of: kind).narrowest, isCrowded[cap.tally] else { return nil }
        return cap
    }

    /// Which candidates are large enough, as a number: equal numbers mean equal candidates.
    func fittingRow(of need: Int) -> Int { width > 0 ? fittingRows[need / width] : 0 }

    /// Whether any pool's limit could bind.
    var isLimited: Bool {
        !spotShares.isEmpty || !quotas.isEmpty || !stock.isEmpty
            || headroom.contains { $0.nodes != nil || $0.accelerators != nil || $0.spendPerHour != nil }
    }

    /// The places where a station's pods could get a new node, whatever its size.
    func openPlaces(station: Int) -> [Int] { openPlaces[station] }

    func admittedRow(station: Int) -> [Bool] { admitted[station] }

    /// How much dearer a candidate counts to a station because of wishes that it leaves open.
    func reluctance(_ station: Int, _ candidate: Int) -> Double {
        let wishes = stations[station]
        let taints = candidates[candidate].choice.shape.taints
        guard !wishes.preferences.isEmpty || taints.contains(where: { $0.effect == .preferNoSchedule }) else {
            return 0
        }
        return wishes.reluctance(labels: candidates[candidate].labels, taints: taints)
    }

    func reluctance(host: Int, _ station: Int) -> Double {
        let wishes = stations[station]
        let taints = hosts[host].taints
        guard !wishes.preferences.isEmpty || taints.contains(where: { $0.effect == .preferNoSchedule }) else {
            return 0
        }
        return wishes.reluctance(labels: hosts[host].labels, taints: taints)
    }

    /// What a place on a host saves for a pod of a kind; for one that nothing can be bought for it is all it can get.
    func stake(of kind: Int) -> Double { stakes[kind] }

    /// Whether a kind may run on a candidate and fits on an empty node of it, closed or not.
    func takes(_ candidate: Int, _ kind: Int) -> Bool {
        admitted[kinds[kind].station][candidate] && fits(need: kinds[kind].need, on: candidate)
            && freshRules[candidate].room(for: rules(of: kind), limit: 1) > 0
    }

    func fits(need: Int, on candidate: Int) -> Bool {
        let base = candidate * width
        for resource in 0..<width where needs[need + resource] > max(0, sizes[base + resource]) { return false }
        return true
    }

    /// The part of an empty node that a pod takes, by the resource of which it takes most.
    func share(of need: Int, on candidate: Int) -> Double {
        var share = 0.0
        for resource in 0..<width {
            let size = sizes[candidate * width + resource]
            if size > 0 { share = max(share, Double(needs[need + resource]) / Double(size)) }
        }
        return share
    }

    /// Whether selectors, taints and reservation let a kind run on a host, whatever room it has.
    func admits(host: Int, _ kind: Int) -> Bool {
        guard admittedHosts[kinds[kind].station][host] else { return false }
        guard let owner = hosts[host].reservedFor else { return true }
        return kinds[kind].gang.map { input.demands[$0].workload.id == owner } ?? false
    }

    func size(of candidate: Int) -> [Int64] {
        Array(sizes[candidate * width..<(candidate + 1) * width])
    }

    /// How many pods with a need fit into free amounts, up to a limit.
    func count(need: Int, fitting free: [Int64], limit: Int) -> Int {
        var count = limit
        for resource in 0..<width {
            let amount = needs[need + resource]
            guard amount > 0 else { continue }
            guard free[resource] >= amount else { return 0 }
            if count > 1 { count = Int(min(Int64(count), free[resource] / amount)) }
        }
        return count
    }

    /// Takes the needs of a number of pods from free amounts, or gives them back when the number is negative.
    func take(_ count: Int, need: Int, from free: inout [Int64]) {
        for resource in 0..<width { free[resource] -= needs[need + resource] * Int64(count) }
    }

    /// The domain of a wide tally at a place.
    func domain(of tally: Int, at place: Int) -> Int? { domains[place][keyOfWideTally[tally]] }
}

extension Sequence where Element: Hashable & Comparable {
    /// Each element once, in ascending order.
    func uniqueSorted() -> [Element] { Set(self).sorted() }
}
