import Model

/// The room that is left on nodes that stand or boot, while a plan is made.
struct HostRooms {
    private let problem: Problem
    /// Free amounts in thousandths, by host.
    private(set) var free: [[Int64]]

    init(_ problem: Problem) {
        self.problem = problem
        free = problem.hostFree
    }

    /// Takes the room for pods that were placed earlier.
    mutating func occupy(_ host: Int, kind: Int, count: Int) {
        problem.take(count, of: kind, from: &free[host])
    }

    /// Places what fits, in the order that leaves the least to buy.
    ///
    /// - Parameters:
    ///   - waiting: Kinds and how many pods of each.
    ///   - report: Called for each kind, host and count placed.
    /// - Returns: What found no room, in the order given.
    mutating func place(
        _ waiting: [(kind: Int, count: Int)],
        report: (_ kind: Int, _ host: Int, _ count: Int) -> Void
    ) -> [(kind: Int, count: Int)] {
        guard !free.isEmpty, !waiting.isEmpty else { return waiting }
        var best: (rooms: HostRooms, placed: [Placed], gain: Double)?
        for order in orders(waiting) {
            var trial = self
            var placed: [Placed] = []
            var gain = 0.0
            for (kind, count) in order {
                let found = trial.place(kind, count: count, among: problem.hosts.indices) {
                    problem.admits(host: $0, kind)
                }
                placed += found
                // Nothing can be bought for a kind without candidates: a place on a host is all it can get.
                let worth = problem.kinds[kind].candidates.isEmpty ? 1e12 : problem.kinds[kind].value
                gain += worth * Double(found.reduce(0) { $0 + $1.count })
            }
            if best.map({ gain > $0.gain * (1 + 1e-12) }) ?? true { best = (trial, placed, gain) }
        }
        guard let best else { return waiting }
        self = best.rooms
        var counts: [Int: Int] = [:]
        for placed in best.placed {
            report(placed.kind, placed.host, placed.count)
            counts[placed.kind, default: 0] += placed.count
        }
        return waiting.map { ($0.kind, $0.count - (counts[$0.kind] ?? 0)) }.filter { $0.count > 0 }
    }

    /// Some pods of a kind on one host.
    struct Placed {
        var kind: Int
        var host: Int
        var count: Int
    }

    /// Places pods of one kind, each where it leaves the least behind.
    mutating func place(
        _ kind: Int,
        count: Int,
        among hosts: some Sequence<Int>,
        where isAllowed: (Int) -> Bool
    ) -> [Placed] {
        var left = count
        var result: [Placed] = []
        let fitting = hosts.filter { isAllowed($0) && problem.count(of: kind, fitting: free[$0], limit: 1) > 0 }
        // One pod more on a host makes it fuller still, so the order found for the first holds for the rest.
        let ordered = fitting.map { (host: $0, waste: waste(on: $0, after: kind)) }
            .sorted {
                ($0.waste.accelerators, $0.waste.rest, $0.host) < ($1.waste.accelerators, $1.waste.rest, $1.host)
            }
        for (host, _) in ordered where left > 0 {
            let taken = problem.count(of: kind, fitting: free[host], limit: left)
            problem.take(taken, of: kind, from: &free[host])
            result.append(Placed(kind: kind, host: host, count: taken))
            left -= taken
        }
        return result
    }

    /// What one pod of a kind leaves free on a host: accelerators first, so that pods without stay off such hosts.
    private func waste(on host: Int, after kind: Int) -> (accelerators: Double, rest: Double) {
        var accelerators = 0.0
        var rest = 0.0
        for (index, name) in problem.resourceNames.enumerated() {
            let total = max(problem.hostFree[host][index], 1)
            let share = Double(free[host][index] - problem.kinds[kind].need[index]) / Double(total)
            if Resources.acceleratorNames.contains(name) {
                accelerators += Double(free[host][index] - problem.kinds[kind].need[index])
            } else {
                rest += share
            }
        }
        return (accelerators, rest)
    }

    private func orders(_ waiting: [(kind: Int, count: Int)]) -> [[(kind: Int, count: Int)]] {
        let kinds = problem.kinds
        let hosts = Dictionary(
            uniqueKeysWithValues: waiting.map { entry in
                (
                    entry.kind,
                    free.indices.filter { problem.admits(host: $0, entry.kind) && fits(entry.kind, on: $0) }.count
                )
            }
        )
        let byValue = waiting.sorted { (-kinds[$0.kind].value, $0.kind) < (-kinds[$1.kind].value, $1.kind) }
        let byScarcity = waiting.sorted { left, right in
            (hosts[left.kind] ?? 0, -kinds[left.kind].value, left.kind)
                < (hosts[right.kind] ?? 0, -kinds[right.kind].value, right.kind)
        }
        let largest = problem.resourceNames.indices.map { index in max(1, free.map { $0[index] }.max() ?? 1) }
        func size(_ kind: Int) -> Double {
            zip(kinds[kind].need, largest).map { Double($0) / Double($1) }.max() ?? 0
        }
        let bySize = waiting.sorted { (-size($0.kind), $0.kind) < (-size($1.kind), $1.kind) }
        return [byScarcity, byValue, bySize]
    }

    private func fits(_ kind: Int, on host: Int) -> Bool {
        problem.count(of: kind, fitting: free[host], limit: 1) > 0
    }
}
