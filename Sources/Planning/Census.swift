import Model

/// Counts the waiting pods: which are alike, what each kind needs, and what its pods ask of nodes and neighbours.
struct Census {
    /// What decides how long a node lives for a pod, apart from the node.
    struct Profile: Hashable {
        var remainingSeconds: Int64
        var checkpoint: CheckpointContract
        var checkpoints: CheckpointHabit
        var dataset: Dataset?
    }

    /// What a pod asks for, as numbers.
    private struct Look: Hashable {
        var request: Int
        var station: Int
        var rules: Int
    }

    /// What makes two pods alike.
    private struct Key: Hashable {
        var look: Look
        var profile: Int
        var priority: Int
        var gang: Int
        var spread: Int
    }

    /// What compiled rules follow from.
    private struct Bearing: Hashable {
        var manners: Int
        var belonging: Int
    }

    private struct Labelled: Hashable {
        var namespace: String
        var labels: [String: String]
    }

    private(set) var resourceNames: [String] = []
    private(set) var kinds: [Kind] = []
    private(set) var needs: [Int64] = []
    private(set) var members: [Member] = []
    private(set) var stations: [Station] = []
    private(set) var rules: [Rules] = []
    /// Of each profile a demand that has it.
    private(set) var profiles: [Int] = []
    /// Demands, those to be served first at the front.
    private(set) var gangs: [Int] = []
    /// By demand, its place in the order of serving.
    let turns: [Int]
    private(set) var book: RuleBook

    private let input: PlanInput
    private var labels = Interner<Labelled>()
    /// By the number of the labels, which of the sets of selections they belong to.
    private var belongingOfLabels: [Int] = []
    private var belonging = Interner<[Int]>()

    init(_ input: PlanInput) {
        self.input = input
        turns = input.turns
        book = RuleBook(namespaceLabels: input.namespaceLabels)
        let outlived = ReservationEnds(input).outlived(by: input.demands)
        let alike = Lookalikes(input.demands, outlived: outlived)
        let manners = learnManners(alike.samples)
        var requests = Interner<Resources>()
        var stations = Interner<Station>()
        var bearings = Interner<Bearing>()
        let claims = Dictionary(grouping: input.volumeClaims, by: \.namespace)
        let looks = zip(alike.samples, manners).map { sample, manners in
            let pod = input.demands[sample.demand].pods[sample.pod]
            let volumes =
                pod.volumeClaims.isEmpty
                ? [] : (claims[pod.id.namespace] ?? []).filter { pod.volumeClaims.contains($0.name) }
            let station = Station(
                pod,
                capacityTypes: input.demands[sample.demand].capacityTypes,
                volumes: volumes,
                outlived: outlived[sample.demand],
                avoided: input.demands[sample.demand].avoided
            )
            let bearing = Bearing(manners: manners, belonging: belongs(pod.id.namespace, pod.labels))
            return Look(
                request: requests.number(of: pod.requests),
                station: stations.number(of: station),
                rules: bearings.number(of: bearing)
            )
        }
        var profiles = Interner<Profile>()
        var keys = Interner<Key>()
        var membersOfKind: [[Member]] = []
        var number = 0
        // In place: a copy of a demand takes longer than all that is read of it.
        input.demands.withUnsafeBufferPointer { demands in
            guard let first = demands.baseAddress else { return }
            for index in demands.indices {
                let demand = first + index
                let profile = profiles.number(of: Self.profile(demand, input.economics))
                if profile == self.profiles.count { self.profiles.append(index) }
                let isGang =
                    demand.pointee.workload.gang != nil
                    && !(input.gangsShareNodes && demand.pointee.pods.count == 1)
                let isSpread =
                    input.economics?.maximumPoolShare != nil
                    && WorkloadShare.applies(to: demand.pointee, input.economics)
                for place in demand.pointee.pods.indices {
                    let hasAccelerators = isSpread && demand.pointee.pods[place].requests.accelerators > 0
                    let key = Key(
                        look: looks[alike.looks[number]],
                        profile: profile,
                        priority: demand.pointee.workload.priority,
                        gang: isGang ? index : -1,
                        spread: hasAccelerators ? index : -1
                    )
                    let kind = keys.number(of: key)
                    if kind == membersOfKind.count { membersOfKind.append([]) }
                    membersOfKind[kind].append(Member(demand: index, pod: place))
                    number += 1
                }
            }
        }
        self.stations = stations.values
        name(requests.values)
        rules = bearings.values.map { bearing in
            let own = bearing.manners < 0 ? nil : mannersSeen.values[bearing.manners]
            return book.compile(own, belonging: bearing.belonging < 0 ? [] : belonging.values[bearing.belonging])
        }
        settle(keys.values, membersOfKind)
        gangs = Set(keys.values.map(\.gang)).filter { $0 >= 0 }
            .sorted { [turns] in turns[$0] < turns[$1] }
    }

    private static func profile(_ demand: UnsafePointer<PlanInput.Demand>, _ economics: Economics?) -> Profile {
        guard economics != nil else {
            return Profile(remainingSeconds: 0, checkpoint: .none, checkpoints: CheckpointHabit())
        }
        return Profile(
            remainingSeconds: max(0, demand.pointee.remainingSeconds),
            checkpoint: demand.pointee.workload.checkpoint,
            checkpoints: demand.pointee.checkpoints,
            dataset: demand.pointee.dataset
        )
    }

    // MARK: - Rules

    private var mannersSeen = Interner<Manners>()

    /// Takes note of all rules before any is compiled: a pod's labels only mean what others' rules make of them.
    ///
    /// - Parameter samples: A pod of every look.
    /// - Returns: The number of each one's manners, or -1.
    private mutating func learnManners(_ samples: [Member]) -> [Int] {
        let numbers = samples.map { sample in
            Manners(input.demands[sample.demand].pods[sample.pod]).map { mannersSeen.number(of: $0) } ?? -1
        }
        for host in input.hosts {
            for pod in host.pods {
                if let manners = Manners(running: pod) { _ = mannersSeen.number(of: manners) }
            }
        }
        for pod in input.daemons {
            if let manners = Manners(running: pod) { _ = mannersSeen.number(of: manners) }
        }
        for manners in mannersSeen.values { book.learn(manners) }
        return numbers
    }

    /// The number of the set of selections that such a pod belongs to: labels of which no rule speaks make no difference.
    private mutating func belongs(_ namespace: String, _ labels: [String: String]) -> Int {
        guard !book.isEmpty else { return -1 }
        let number = self.labels.number(of: Labelled(namespace: namespace, labels: labels))
        if number == belongingOfLabels.count {
            let selections = book.selections(namespace: namespace, labels: labels)
            belongingOfLabels.append(belonging.number(of: selections))
        }
        return belongingOfLabels[number]
    }

    /// The rules of a pod that runs already.
    mutating func rules(running pod: Pod) -> Rules {
        guard !book.isEmpty else { return .none }
        let number = belongs(pod.id.namespace, pod.labels)
        return book.compile(Manners(running: pod), belonging: belonging.values[number])
    }

    // MARK: - Kinds

    private mutating func name(_ requests: [Resources]) {
        // Accelerators of hosts count although no pod may ask for one: pods without stay off such hosts if they can.
        let scarce = Resources.acceleratorNames.filter { name in input.hosts.contains { $0.free[name] != .zero } }
        resourceNames = Set(requests.flatMap(\.amounts.keys)).union(scarce).sorted()
        needs = requests.flatMap { request in resourceNames.map { request[$0].thousandths } }
    }

    /// Brings the kinds into an order that does not depend on the input's.
    private mutating func settle(_ keys: [Key], _ membersOfKind: [[Member]]) {
        let width = resourceNames.count
        let (turns, input) = (turns, input)
        /// The demand that is served first, and its pods by name.
        func precedes(_ left: Member, _ right: Member) -> Bool {
            if left.demand != right.demand { return turns[left.demand] < turns[right.demand] }
            let pods = input.demands[left.demand].pods
            return pods[left.pod].id < pods[right.pod].id
        }
        let sorted = membersOfKind.map { $0.count > 1 ? $0.sorted(by: precedes) : $0 }
        let order = keys.indices.sorted { left, right in
            let (a, b) = (keys[left], keys[right])
            if a.priority != b.priority { return a.priority > b.priority }
            if a.look.request != b.look.request {
                for resource in 0..<width {
                    let (x, y) = (needs[a.look.request * width + resource], needs[b.look.request * width + resource])
                    if x != y { return x > y }
                }
            }
            return precedes(sorted[left][0], sorted[right][0])
        }
        kinds.reserveCapacity(order.count)
        for index in order {
            let key = keys[index]
            let start = members.count
            members += sorted[index]
            kinds.append(
                Kind(
                    need: key.look.request * width,
                    station: key.look.station,
                    rules: key.look.rules,
                    profile: key.profile,
                    priority: key.priority,
                    gang: key.gang < 0 ? nil : key.gang,
                    spread: key.spread < 0 ? nil : key.spread,
                    members: start..<members.count
                )
            )
        }
    }
}
