import Model

/// An input as numbers: sellers of room, pods by size and by where they may run, and gangs.
struct BoundProblem {
    /// What offers room: an offering at a price for each node, or standing room, all of it once.
    struct Seller {
        var choice: PlanInput.Choice?
        /// What one node leaves to pods; of standing room all together. One element a resource.
        var room: [Double]
        var price: Double
        var accelerators: Double
        /// Zone and accelerator model.
        var place: Int
        /// Bit by bit, which admission classes of pods may run there.
        var admits: [Bool]
        /// The most that one pod may ask for: of standing room that of the largest node.
        var largest: [Int64]
    }

    /// Pods of one size that may run in the same places.
    struct Kind: Hashable {
        var admission: Int
        var requests: [Int64]
    }

    /// Members that must share a place, or a lone pod, and how many there are like that.
    struct Group: Hashable {
        var members: [Member]
    }

    struct Member: Hashable {
        var kind: Int
        var count: Int
    }

    /// Names of real resources, then one for each rule by which few pods can share a node.
    private(set) var resources: [String] = []
    private(set) var sellers: [Seller] = []
    private(set) var kinds: [Kind] = []
    private(set) var groups: [(group: Group, count: Int)] = []
    private(set) var placeCount = 0
    /// By place, its accelerator model.
    private(set) var models: [String?] = []
    /// Those beside whom others are as good for nodes in parts; in whole nodes each may be the better one.
    private(set) var dominated: [Seller] = []
    let headroom: [String: PlanInput.Headroom]

    private var kindIndexes: [Kind: Int] = [:]
    private var admissions: [Int: Int] = [:]
    /// A pod kind of the scheduler's model for each admission class.
    private var examples: [Int] = []
    private var exclusions: [Exclusion] = []
    private var places: [[String?]: Int] = [:]

    init(_ input: PlanInput, serving pods: Set<PodID>, withHosts: Bool) {
        headroom = withHosts ? input.headroom : [:]
        let served = input.demands.map { demand in
            (demand, demand.pods.filter { pods.contains($0.id) })
        }
        let all = served.flatMap(\.1)
        resources = Set(all.flatMap(\.requests.amounts.keys)).sorted()
        if withHosts {
            exclusions = Exclusion.all(all, input.namespaceLabels)
            resources += exclusions.indices.map { "exclusion \($0)" }
        }
        var scheduler = SchedulerModel(input)
        addGroups(served, &scheduler)
        let hasGangs = groups.contains { $0.group.members.count > 1 || $0.group.members.contains { $0.count > 1 } }
        addChoices(input, &scheduler)
        dropDominated(acrossPlaces: !hasGangs)
        if withHosts { addHosts(input, &scheduler) }
    }

    /// Whether a pod could run on a seller's node.
    func isEligible(_ kind: Kind, _ seller: Seller) -> Bool {
        guard seller.admits[kind.admission] else { return false }
        for (request, most) in zip(kind.requests, seller.largest) where request > most { return false }
        return true
    }

    // MARK: Pods

    private mutating func addGroups(_ served: [(PlanInput.Demand, [Pod])], _ scheduler: inout SchedulerModel) {
        var counts: [Group: Int] = [:]
        for (demand, pods) in served {
            var members: [Int: Int] = [:]
            for pod in pods {
                let index = scheduler.kind(of: pod, capacityTypes: demand.capacityTypes)
                members[kind(pod, index, scheduler), default: 0] += 1
            }
            let sorted = members.map { Member(kind: $0.key, count: $0.value) }.sorted { $0.kind < $1.kind }
            if demand.workload.gang?.topology == .zone {
                counts[Group(members: sorted), default: 0] += sorted.isEmpty ? 0 : 1
            } else {
                for member in sorted {
                    counts[Group(members: [Member(kind: member.kind, count: 1)]), default: 0] += member.count
                }
            }
        }
        groups = counts.filter { $0.value > 0 }.map { ($0.key, $0.value) }
            .sorted { left, right in
                left.group.members.map { [$0.kind, $0.count] }.joined()
                    .lexicographicallyPrecedes(right.group.members.map { [$0.kind, $0.count] }.joined())
            }
    }

    private mutating func kind(_ pod: Pod, _ index: Int, _ scheduler: SchedulerModel) -> Int {
        let admission = scheduler.admission(of: index)
        if admissions[admission] == nil {
            admissions[admission] = examples.count
            examples.append(index)
        }
        let real = resources.dropLast(exclusions.count).map { pod.requests[$0].thousandths }
        let kind = Kind(
            admission: admissions[admission] ?? 0,
            requests: real + exclusions.map { $0.binds(pod) ? 1 : 0 }
        )
        if let known = kindIndexes[kind] { return known }
        kindIndexes[kind] = kinds.count
        kinds.append(kind)
        return kinds.count - 1
    }

    // MARK: Sellers

    private mutating func addChoices(_ input: PlanInput, _ scheduler: inout SchedulerModel) {
        for choice in input.choices where choice.closedBecause == nil {
            let free = scheduler.free(onNew: choice)
            let largest = vector(free) + exclusions.map { Int64($0.perNode) }
            sellers.append(
                Seller(
                    choice: choice,
                    room: largest.map(Double.init),
                    price: choice.pricePerHour.approximate,
                    accelerators: Double(choice.shape.accelerators),
                    place: place(choice.offering.zone, choice.shape.accelerator),
                    admits: examples.map { scheduler.admits($0, onNew: choice) },
                    largest: largest
                )
            )
        }
    }

    /// Standing room by place, by who may run there, and by how many accelerators are free together: what is left on one
    /// node and on another is nothing to a pod that wants both.
    private mutating func addHosts(_ input: PlanInput, _ scheduler: inout SchedulerModel) {
        struct Key: Hashable {
            var place: Int
            var admits: [Bool]
            var accelerators: Int64
        }
        var found: [Key: Seller] = [:]
        for host in input.hosts {
            let index = scheduler.add(host)
            let key = Key(
                place: place(host.labels[Label.zone], host.labels[Label.accelerator]),
                admits: examples.map { scheduler.admits($0, onNode: index) },
                accelerators: host.free.accelerators
            )
            let room = vector(host.free) + exclusions.map { Int64($0.perNode) }
            var seller =
                found[key]
                ?? Seller(
                    choice: nil,
                    room: room.map { _ in 0 },
                    price: 0,
                    accelerators: 0,
                    place: key.place,
                    admits: key.admits,
                    largest: room
                )
            seller.room = zip(seller.room, room).map { $0 + Double(max(0, $1)) }
            seller.largest = zip(seller.largest, room).map { max($0, $1) }
            found[key] = seller
        }
        sellers += found.values.sorted { $0.room.lexicographicallyPrecedes($1.room) }
    }

    private func vector(_ amounts: Resources) -> [Int64] {
        resources.dropLast(exclusions.count).map { amounts[$0].thousandths }
    }

    private mutating func place(_ zone: String?, _ model: String?) -> Int {
        let key = [zone, model]
        if let known = places[key] { return known }
        places[key] = placeCount
        models.append(model)
        placeCount += 1
        return placeCount - 1
    }

    /// Leaves out sellers beside which another admits as much, is as large, and costs no more for a unit of anything.
    private mutating func dropDominated(acrossPlaces: Bool) {
        var kept: [Seller] = []
        // Pools with limits are kept apart: what is dominated may be all that is left.
        for seller in sellers.sorted(by: { ($0.price, $1.room) < ($1.price, $0.room) }).reversed() {
            let isDominated = kept.contains { other in
                (acrossPlaces || other.place == seller.place) && headroom[other.choice?.pool ?? ""] == nil
                    && zip(seller.admits, other.admits).allSatisfy { !$0 || $1 }
                    && zip(seller.largest, other.largest).allSatisfy { $0 <= $1 }
                    && zip(seller.room, other.room).allSatisfy { other.price * $0 <= seller.price * $1 }
            }
            if isDominated { dominated.append(seller) } else { kept.append(seller) }
        }
        sellers = kept
    }
}

private func < (left: (Double, [Double]), right: (Double, [Double])) -> Bool {
    left.0 != right.0 ? left.0 < right.0 : left.1.lexicographicallyPrecedes(right.1)
}
