import Model

/// Finds the candidates that a search can leave out, because another one of the same pool, place and accelerator is at
/// least as large, takes the same pods, costs no more for any of them and uses up no more of the pool's limits.
struct Dominance {
    /// What two candidates must have in common before one can stand for the other.
    private struct Family: Hashable {
        var pool: Int
        var place: Int
        var home: Home
        /// Set where spot pools are to be spread: then each is worth something beside the others.
        var spotPool: Offering?
        /// What is reserved is used up some time, and then others are needed.
        var reservation: Int?
    }

    /// By candidate; closed ones are not looked at.
    private(set) var isDominated: [Bool]

    /// - Parameters:
    ///   - survey: What can be bought.
    ///   - stations: Whose wishes may make a node count as dearer.
    ///   - preferred: Whose order of capacity types decides between equals.
    ///   - admitted: By station and candidate.
    ///   - seconds: How long a node lives, by profile and candidate.
    ///   - isSpread: Whether spot nodes are to be spread over pools.
    init(
        _ survey: Survey,
        stations: [Station],
        preferred: Station?,
        admitted: [[Bool]],
        seconds: [[Int64]],
        isSpread: Bool
    ) {
        let candidates = survey.candidates
        let reluctance = survey.reluctance(stations)
        isDominated = [Bool](repeating: false, count: candidates.count)
        var signatures = Interner<[Bool]>()
        let signature = candidates.indices.map { index in signatures.number(of: admitted.map { $0[index] }) }
        var families: [Family: [Int]] = [:]
        for (index, candidate) in candidates.enumerated() where candidate.isOpen {
            let isApart = isSpread && candidate.offering.capacityType == .spot
            let family = Family(
                pool: candidate.pool,
                place: candidate.place,
                home: candidate.home,
                spotPool: isApart ? candidate.offering : nil,
                reservation: candidate.reservation
            )
            families[family, default: []].append(index)
        }
        let width = candidates.isEmpty ? 0 : survey.sizes.count / candidates.count
        func rank(_ index: Int) -> Int { preferred?.rank(of: candidates[index].offering.capacityType) ?? 0 }
        for family in families.values {
            // The cheapest first, then the preferred: whoever comes later can only be dominated, never dominate.
            let order = family.sorted { left, right in
                let (a, b) = (candidates[left], candidates[right])
                if a.price != b.price { return a.price < b.price }
                if a.pricePerHour != b.pricePerHour { return a.pricePerHour < b.pricePerHour }
                if rank(left) != rank(right) { return rank(left) < rank(right) }
                return left < right
            }
            var kept: [Int] = []
            for index in order {
                let dominated = kept.contains { other in
                    for resource in 0..<width
                    where survey.sizes[other * width + resource] < survey.sizes[index * width + resource] {
                        return false
                    }
                    guard candidates[other].accelerators <= candidates[index].accelerators else { return false }
                    let rules = survey.freshRules[other]
                    guard rules.isEmpty || rules == survey.freshRules[index] else { return false }
                    guard reluctance.allSatisfy({ $0[other] <= $0[index] }) else { return false }
                    guard seconds.allSatisfy({ $0[other] <= $0[index] }) else { return false }
                    guard signature[other] != signature[index] else { return true }
                    return zip(signatures.values[signature[index]], signatures.values[signature[other]])
                        .allSatisfy { !$0 || $1 }
                }
                if dominated { isDominated[index] = true } else { kept.append(index) }
            }
        }
    }
}
