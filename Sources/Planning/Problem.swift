import Model

/// The input in a canonical order and in dense form: everything that the search reads and never changes.
final class Problem: Sendable {
    /// A choice as the search sees it.
    struct Candidate {
        var choice: PlanInput.Choice
        /// Index of its pool in the headroom.
        var pool: Int
        var labels: [String: String]
        /// Allocatable of an empty node in thousandths, by the problem's resource names.
        var size: [Int64]
        /// For comparisons within the search; sums that are shown or promised use the exact price.
        var price: Double

        var poolName: String { choice.pool }
        var pricePerHour: Money { choice.pricePerHour }
        var accelerators: Int64 { choice.shape.accelerators }
        var offering: Offering { choice.offering }
    }

    /// What is planned together before anything of lower priority.
    struct Band {
        /// Indices of demands, the oldest first.
        var gangs: [Int]
        /// Kinds of all other demands, and how many pods each has.
        var kinds: [(kind: Int, count: Int)]
    }

    let input: PlanInput
    /// Higher priority first, then older, then by name.
    let demands: [PlanInput.Demand]
    let hosts: [PlanInput.Host]
    /// Free amounts of each host in thousandths.
    let hostFree: [[Int64]]
    let candidates: [Candidate]
    /// By the pool index of the candidates.
    let headroom: [PlanInput.Headroom]
    let resourceNames: [String]
    let kinds: [Kind]
    /// Needs of all kinds, one after the other, `resourceNames.count` each.
    let needs: [Int64]
    let bands: [Band]
    /// Whether pool, policy, selectors and taints let a kind run on a candidate, whatever its size; by kind.
    private let admitted: [[Bool]]
    /// The same for hosts.
    private let admittedHosts: [[Bool]]

    init(_ input: PlanInput) {
        self.input = input
        demands = input.demands.sorted { left, right in
            (-left.workload.priority, left.workload.createdAt, left.workload.id)
                < (-right.workload.priority, right.workload.createdAt, right.workload.id)
        }
        let hosts = input.hosts.sorted { $0.name < $1.name }
        self.hosts = hosts
        // Accelerators of hosts count although no pod may ask for one: pods without stay off such hosts if they can.
        let scarce = Resources.acceleratorNames.filter { name in hosts.contains { $0.free[name] != .zero } }
        let names = Set(demands.flatMap { $0.pods.flatMap(\.requests.amounts.keys) }).union(scarce).sorted()
        resourceNames = names
        hostFree = hosts.map { host in names.map { host.free[$0].thousandths } }
        let pools = input.choices.map(\.pool).uniqueSorted()
        headroom = pools.map { input.headroom[$0] ?? PlanInput.Headroom() }
        let candidates = Self.candidates(input, pools: pools, resourceNames: names)
        self.candidates = candidates

        var kinds = Self.kinds(demands, changeover: input.changeover, resourceNames: names)
        let served = Dictionary(input.pools.map { ($0.name, $0) }) { first, _ in first }
        var rows: [Constraints: [Bool]] = [:]
        var hostRows: [Constraints: [Bool]] = [:]
        var admitted: [[Bool]] = []
        var admittedHosts: [[Bool]] = []
        for kind in kinds {
            let constraints = Constraints(kind.sample, capacityTypes: kind.capacityTypes)
            let row =
                rows[constraints]
                ?? candidates.map { candidate in
                    served[candidate.poolName]?.serves(namespace: constraints.namespace) == true
                        && kind.capacityTypes.contains(candidate.offering.capacityType)
                        && kind.sample.accepts(labels: candidate.labels, taints: candidate.choice.shape.taints)
                }
            rows[constraints] = row
            admitted.append(row)
            let hostRow =
                hostRows[constraints]
                ?? hosts.map { host in
                    // A workload that policy keeps off spot is not promised room on a spot node either.
                    (host.labels[Label.capacityType] != CapacityType.spot.rawValue
                        || kind.capacityTypes.contains(.spot))
                        && kind.sample.accepts(labels: host.labels, taints: host.taints)
                }
            hostRows[constraints] = hostRow
            admittedHosts.append(hostRow)
        }
        for index in kinds.indices {
            let fitting = candidates.indices.filter { choice in
                admitted[index][choice] && candidates[choice].choice.closedBecause == nil
                    && Self.fits(kinds[index].need, in: candidates[choice].size)
            }
            kinds[index].candidates = fitting
            kinds[index].value = Self.value(of: kinds[index], candidates: fitting.map { candidates[$0] })
        }
        let useful = Dominance(candidates: candidates, kinds: kinds, admitted: admitted).survivors
        for index in kinds.indices where kinds[index].gang == nil {
            kinds[index].candidates.removeAll { !useful[$0] }
        }
        self.kinds = kinds
        needs = kinds.flatMap(\.need)
        self.admitted = admitted
        self.admittedHosts = admittedHosts
        bands = Self.bands(demands, kinds)
    }

    /// Whether a kind may run on a candidate and fits on an empty node of it, closed or not.
    func takes(_ candidate: Int, _ kind: Int) -> Bool {
        admitted[kind][candidate] && Self.fits(kinds[kind].need, in: candidates[candidate].size)
    }

    /// Whether selectors, taints and reservation let a kind run on a host, whatever room it has.
    func admits(host: Int, _ kind: Int) -> Bool {
        guard admittedHosts[kind][host] else { return false }
        guard let owner = hosts[host].reservedFor else { return true }
        return kinds[kind].gang.map { demands[$0].workload.id == owner } ?? false
    }

    /// How many pods of a kind fit into free amounts, up to a limit.
    func count(of kind: Int, fitting free: [Int64], limit: Int) -> Int {
        let width = resourceNames.count
        var count = Int64(limit)
        for resource in 0..<width {
            let need = needs[kind * width + resource]
            guard need > 0 else { continue }
            guard free[resource] >= need else { return 0 }
            count = min(count, free[resource] / need)
        }
        return Int(count)
    }

    /// Takes the needs of a number of pods from free amounts, or gives them back when the number is negative.
    func take(_ count: Int, of kind: Int, from free: inout [Int64]) {
        let width = resourceNames.count
        for resource in 0..<width { free[resource] -= needs[kind * width + resource] * Int64(count) }
    }

    private static func fits(_ need: [Int64], in free: [Int64]) -> Bool {
        zip(need, free).allSatisfy { $0 <= 0 || $0 <= $1 }
    }

    private static func candidates(
        _ input: PlanInput,
        pools: [String],
        resourceNames: [String]
    ) -> [Candidate] {
        let index = Dictionary(uniqueKeysWithValues: zip(pools, pools.indices))
        let sorted = input.choices.sorted { left, right in
            if left.pool != right.pool { return left.pool < right.pool }
            if left.shape.name != right.shape.name { return left.shape.name < right.shape.name }
            if left.offering != right.offering { return left.offering < right.offering }
            return (left.pricePerHour, left.closedBecause ?? "") < (right.pricePerHour, right.closedBecause ?? "")
        }
        return sorted.compactMap { choice in
            index[choice.pool].map { pool in
                Candidate(
                    choice: choice,
                    pool: pool,
                    labels: choice.shape.nodeLabels(pool: choice.pool, offering: choice.offering),
                    size: resourceNames.map { choice.shape.allocatable[$0].thousandths },
                    price: choice.pricePerHour.approximate
                )
            }
        }
    }

    private static func kinds(
        _ demands: [PlanInput.Demand],
        changeover: Changeover,
        resourceNames: [String]
    ) -> [Kind] {
        var index: [Kind.Key: Int] = [:]
        var kinds: [Kind] = []
        for (number, demand) in demands.enumerated() {
            let seconds = changeover.totalSeconds + max(0, demand.remainingSeconds)
            let gang = demand.workload.gang == nil ? nil : number
            for pod in demand.pods.sorted(by: { $0.id < $1.id }) {
                let key = Kind.Key(
                    constraints: Constraints(pod, capacityTypes: demand.capacityTypes),
                    requests: pod.requests,
                    seconds: seconds,
                    priority: demand.workload.priority,
                    gang: gang
                )
                let member = Kind.Member(pod: pod.id, demand: number)
                if let known = index[key] {
                    kinds[known].members.append(member)
                    continue
                }
                index[key] = kinds.count
                kinds.append(
                    Kind(
                        sample: pod,
                        need: resourceNames.map { pod.requests[$0].thousandths },
                        seconds: seconds,
                        capacityTypes: demand.capacityTypes,
                        priority: demand.workload.priority,
                        gang: gang,
                        members: [member]
                    )
                )
            }
        }
        return kinds
    }

    /// The cheapest share of an empty node, by the resource of which it takes most, over the pod's whole time.
    private static func value(of kind: Kind, candidates: [Candidate]) -> Double {
        let shares = candidates.map { candidate in
            let share = zip(kind.need, candidate.size).map { $1 > 0 ? Double($0) / Double($1) : 0 }.max() ?? 0
            // A free offering is still worth something: the ratios of the search must stay finite.
            return max(candidate.price, 1e-6) * max(share, 1e-6)
        }
        return (shares.min() ?? 0) * Double(max(kind.seconds, 1))
    }

    private static func bands(_ demands: [PlanInput.Demand], _ kinds: [Kind]) -> [Band] {
        demands.map(\.workload.priority).uniqueSorted().reversed().map { priority in
            Band(
                gangs: demands.indices.filter {
                    demands[$0].workload.priority == priority && demands[$0].workload.gang != nil
                },
                kinds: kinds.indices.filter { kinds[$0].priority == priority && kinds[$0].gang == nil }
                    .map { ($0, kinds[$0].members.count) }
            )
        }
    }
}

extension Sequence where Element: Hashable & Comparable {
    /// Each element once, in ascending order.
    func uniqueSorted() -> [Element] { Set(self).sorted() }
}
