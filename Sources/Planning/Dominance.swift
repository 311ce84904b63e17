import Model

/// Finds the candidates that a search for pods outside gangs can leave out, because another one of the same pool is at
/// least as large, takes the same pods, costs no more and uses up no more of the pool's limits.
struct Dominance {
    /// By candidate: whether it is worth looking at.
    private(set) var survivors: [Bool]

    init(candidates: [Problem.Candidate], kinds: [Kind], admitted: [[Bool]]) {
        let rows = Set(kinds.indices.filter { kinds[$0].gang == nil }.map { admitted[$0] }).map { $0 }
        let first = kinds.first { $0.gang == nil }
        func rank(_ index: Int) -> Int { first?.rank(of: candidates[index].offering.capacityType) ?? 0 }
        let open = candidates.indices.filter { candidates[$0].choice.closedBecause == nil }
        // The cheapest first, then the preferred: whoever comes later can only be dominated, never dominate.
        let order = open.sorted { left, right in
            let (a, b) = (candidates[left], candidates[right])
            if a.pricePerHour != b.pricePerHour { return a.pricePerHour < b.pricePerHour }
            if rank(left) != rank(right) { return rank(left) < rank(right) }
            return left < right
        }
        survivors = [Bool](repeating: false, count: candidates.count)
        var kept: [Int] = []
        for index in order {
            let isDominated = kept.contains { other in
                candidates[other].pool == candidates[index].pool
                    && candidates[other].accelerators <= candidates[index].accelerators
                    && zip(candidates[other].size, candidates[index].size).allSatisfy { $0 >= $1 }
                    && rows.allSatisfy { !$0[index] || $0[other] }
            }
            guard !isDominated else { continue }
            survivors[index] = true
            kept.append(index)
        }
    }
}
