import Foundation
import Model

/// What the room of limited pools is worth: a node there counts as so much dearer, so that those who do nearly as well
/// elsewhere leave it to those who do not. Without tolls whoever is served first takes it, and takes it as it comes: one
/// small node after the other where nodes are counted.
///
/// The tolls are the dual prices of the limits when work is cut as finely as one likes, found step by step: what is
/// wanted too much grows dearer, what is not wanted becomes cheaper again.
struct Tolls {
    private enum Measure {
        case nodes
        case accelerators
        case spend
    }

    private struct Limit {
        var pool: Int
        var measure: Measure
        var amount: Double
        /// What a unit may cost more by one step at most, a unit of it.
        var step: Double
        var toll = 0.0
    }

    /// Pods that may run on the same candidates at the same cost.
    private struct Row: Hashable {
        var need: Int
        var station: Int
        var profile: Int
    }

    /// Lone pods, or a gang, that goes to one home.
    private struct Group {
        var members: [(row: Int, count: Double)]
        var isFree: Bool
    }

    private let problem: Problem
    private var limits: [Limit] = []
    private var rows = Interner<Row>()
    private var groups: [Group] = []
    private let homes: [Home]
    private let homeOf: [Int]
    /// The candidates that count.
    private let open: [Int]
    /// By row and place in `open`: the nodes that a pod takes, as a part of one; infinite where it cannot run.
    private var shares: [Double] = []

    /// About how many sums are made in all.
    private static let work = 8_000_000
    private static let mostSteps = 150

    /// - Parameter problem: What is planned, without tolls.
    /// - Returns: By candidate, dollars an hour; nil when no limit makes a difference.
    static func find(_ problem: Problem) -> [Money]? {
        var tolls = Tolls(problem)
        return tolls.climb()
    }

    private init(_ problem: Problem) {
        self.problem = problem
        let open = problem.candidates.indices.filter { problem.candidates[$0].isOpen && !problem.isDominated[$0] }
        self.open = open
        let homes = Set(open.map { problem.candidates[$0].home }).sorted()
        let numbers = Dictionary(uniqueKeysWithValues: zip(homes, homes.indices))
        self.homes = homes
        homeOf = open.map { numbers[problem.candidates[$0].home] ?? 0 }
        for (pool, headroom) in problem.headroom.enumerated() { addLimits(pool, headroom) }
        guard !limits.isEmpty else { return }
        addGroups()
        addShares()
    }

    private mutating func addLimits(_ pool: Int, _ headroom: PlanInput.Headroom) {
        let own = open.map { problem.candidates[$0] }.filter { $0.pool == pool }
        func middle(_ values: [Double]) -> Double { values.isEmpty ? 0 : values.sorted()[values.count / 2] }
        if let nodes = headroom.nodes, nodes > 0 {
            limits.append(
                Limit(pool: pool, measure: .nodes, amount: Double(nodes), step: middle(own.map(\.price)))
            )
        }
        if let accelerators = headroom.accelerators, accelerators > 0 {
            let prices = own.filter { $0.accelerators > 0 }.map { $0.price / Double($0.accelerators) }
            limits.append(
                Limit(pool: pool, measure: .accelerators, amount: Double(accelerators), step: middle(prices))
            )
        }
        if let spend = headroom.spendPerHour, spend > .zero {
            limits.append(Limit(pool: pool, measure: .spend, amount: spend.approximate, step: 1))
        }
    }

    private mutating func addGroups() {
        var groupOfGang: [Int: Int] = [:]
        for kind in problem.kinds {
            let row = rows.number(of: Row(need: kind.need, station: kind.station, profile: kind.profile))
            let member = (row: row, count: Double(kind.count))
            guard let gang = kind.gang else {
                groups.append(Group(members: [member], isFree: true))
                continue
            }
            if let known = groupOfGang[gang] {
                groups[known].members.append(member)
            } else {
                groupOfGang[gang] = groups.count
                let isFree = problem.input.demands[gang].workload.gang?.topology == .any
                groups.append(Group(members: [member], isFree: isFree))
            }
        }
    }

    private mutating func addShares() {
        shares.reserveCapacity(rows.count * open.count)
        for row in rows.values {
            let admitted = problem.admittedRow(station: row.station)
            for candidate in open {
                let fits = admitted[candidate] && problem.fits(need: row.need, on: candidate)
                let longer =
                    Double(max(problem.seconds(row.profile, on: candidate), 1))
                    / Double(max(problem.shortest[row.profile], 1))
                shares.append(fits ? problem.share(of: row.need, on: candidate) * longer : .infinity)
            }
        }
    }

    private func use(of limit: Limit, by candidate: Candidate) -> Double {
        guard candidate.pool == limit.pool else { return 0 }
        return switch limit.measure {
        case .nodes: 1
        case .accelerators: Double(candidate.accelerators)
        case .spend: candidate.price
        }
    }

    // MARK: - Finding them

    private mutating func climb() -> [Money]? {
        guard !limits.isEmpty, !shares.isEmpty else { return nil }
        var best: (value: Double, tolls: [Double])?
        let steps = min(Self.mostSteps, max(12, Self.work / shares.count))
        for step in 0..<steps {
            let (cost, used) = serve()
            let value = limits.reduce(cost) { $0 - $1.toll * $1.amount }
            if best.map({ value > $0.value }) ?? true { best = (value, limits.map(\.toll)) }
            let isKept = zip(limits, used).allSatisfy { $1 <= $0.amount }
            if step == 0, isKept { return nil }
            let length = 1 / (1 + Double(step) / 8)
            for index in limits.indices {
                let excess = (used[index] - limits[index].amount) / limits[index].amount
                limits[index].toll += limits[index].step * length * max(-1, min(1, excess))
                limits[index].toll = max(0, limits[index].toll)
            }
        }
        for (index, toll) in (best?.tolls ?? []).enumerated() { limits[index].toll = toll }
        guard limits.contains(where: { $0.toll > 0 }) else { return nil }
        return problem.candidates.map { candidate in
            Self.money(limits.reduce(0) { $0 + $1.toll * use(of: $1, by: candidate) })
        }
    }

    /// To a millionth: it is added to exact prices, and must not bring endless digits.
    private static func money(_ amount: Double) -> Money {
        Money(Decimal(Int64((min(amount, 1e9) * 1e6).rounded()))) / 1_000_000
    }

    /// Serves every group where it costs least at the tolls of now.
    ///
    /// - Returns: What that costs an hour, tolls included; and how much it takes of each limit.
    private func serve() -> (cost: Double, used: [Double]) {
        let prices = open.map { candidate in
            let own = problem.candidates[candidate]
            return limits.reduce(own.price) { $0 + $1.toll * use(of: $1, by: own) }
        }
        // By row and home the cheapest candidate, as its place in `open`.
        var cheapest = [Int](repeating: -1, count: rows.count * homes.count)
        for row in 0..<rows.count {
            for (index, home) in homeOf.enumerated() {
                let cost = shares[row * open.count + index] * prices[index]
                guard cost < .infinity else { continue }
                let known = cheapest[row * homes.count + home]
                if known < 0 || cost < shares[row * open.count + known] * prices[known] {
                    cheapest[row * homes.count + home] = index
                }
            }
        }
        func cost(_ row: Int, _ home: Int) -> Double {
            let index = cheapest[row * homes.count + home]
            return index < 0 ? .infinity : shares[row * open.count + index] * prices[index]
        }
        func home(of members: [(row: Int, count: Double)]) -> (home: Int, cost: Double)? {
            var best: (home: Int, cost: Double)?
            for home in homes.indices {
                let sum = members.reduce(0) { $0 + $1.count * cost($1.row, home) }
                if sum < best?.cost ?? .infinity { best = (home, sum) }
            }
            return best
        }
        var (total, used) = (0.0, [Double](repeating: 0, count: limits.count))
        for group in groups {
            for members in group.isFree ? group.members.map({ [$0] }) : [group.members] {
                // What nothing can serve has no say.
                guard let found = home(of: members) else { continue }
                total += found.cost
                for member in members {
                    let index = cheapest[member.row * homes.count + found.home]
                    let nodes = member.count * shares[member.row * open.count + index]
                    let candidate = problem.candidates[open[index]]
                    for (number, limit) in limits.enumerated() { used[number] += nodes * use(of: limit, by: candidate) }
                }
            }
        }
        return (total, used)
    }
}
