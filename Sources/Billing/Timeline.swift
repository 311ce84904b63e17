/// A stretch of a claim's billed time in which the same shares are held for the same purpose.
struct TimelineSlice: Sendable {
    struct Share: Sendable {
        /// Index of the workload; nil when no workload used it.
        var workload: Int?
        var part: CostPart
        /// Of the node; all shares of a slice add up to a million.
        var millionths: Int64
    }

    var time: Range<Int64>
    var shares: [Share]
}

extension ClaimAccount {
    /// Who held which share of the node, for what, over all of its billed time.
    /// - Parameters:
    ///   - billed: The time it is billed for.
    ///   - workloads: All accounts of workloads, by index.
    ///   - sharesIdle: Whether what no pod held is spread over the workloads that used the node.
    /// - Returns: Slices in order, without gaps.
    func timeline(billed: Range<Int64>, workloads: [WorkloadAccount], sharesIdle: Bool) -> [TimelineSlice] {
        // Past its end, when the least billed time is longer than its life, nothing holds anything.
        let life = billed.clamped(to: billed.lowerBound..<max(billed.lowerBound, end?.at ?? .max))
        let held = uses.indices.map { index in
            (uses[index].from..<max(uses[index].from, uses[index].to ?? .max)).clamped(to: life)
        }
        var cuts: [Int64] = [billed.lowerBound, billed.upperBound]
        func cut(_ time: Int64?) {
            if let time, billed.contains(time) { cuts.append(time) }
        }
        cut(initialisedAt)
        cut(drainingAt)
        for (use, time) in zip(uses, held) {
            // A use that ended before the node was billed still tells when the first pod came.
            cut(use.from)
            guard !time.isEmpty else { continue }
            cut(time.upperBound)
            let phases = workloads[use.workload].phases
            var index = workloads[use.workload].firstPhase(endingAfter: time.lowerBound)
            while index < phases.count, phases[index].time.lowerBound < time.upperBound {
                cut(phases[index].time.lowerBound)
                cut(phases[index].time.upperBound)
                index += 1
            }
        }
        cuts.sort()

        let keepers = sharesIdle ? idleKeepers(held) : []
        let order = uses.indices.filter { !held[$0].isEmpty }.sorted { uses[$0].uid < uses[$1].uid }
        var slices: [TimelineSlice] = []
        for (from, to) in zip(cuts, cuts.dropFirst()) where from < to {
            let holders = order.filter { held[$0].contains(from) }
            var shares = holders.map { uses[$0].millionths }
            if shares.reduce(0, +) > 1_000_000 { shares = split(millionths: 1_000_000, by: shares) }
            var slice = TimelineSlice(time: from..<to, shares: [])
            for (holder, share) in zip(holders, shares) where share > 0 {
                let workload = uses[holder].workload
                slice.shares.append(
                    .init(workload: workload, part: workloads[workload].part(at: from), millionths: share)
                )
            }
            let rest = 1_000_000 - shares.reduce(0, +)
            if rest > 0 { slice.shares += unheld(rest, at: from, keepers: keepers) }
            slices.append(slice)
        }
        return slices
    }

    /// What no pod holds: boot until the node is initialised and its first pod came, drain once it is being emptied,
    /// idle between the two.
    private func unheld(
        _ millionths: Int64,
        at time: Int64,
        keepers: [(workload: Int, weight: Int64)]
    ) -> [TimelineSlice.Share] {
        if let drainingAt, time >= drainingAt { return spread(millionths, .drain, over: keepers) }
        let firstPod = uses.first?.from ?? .max
        guard time >= firstPod, time >= initialisedAt ?? .max else {
            return spread(millionths, .boot, over: (terms?.workloads ?? []).map { ($0, 1) })
        }
        return spread(millionths, .idle, over: keepers)
    }

    private func spread(
        _ millionths: Int64,
        _ part: CostPart,
        over keepers: [(workload: Int, weight: Int64)]
    ) -> [TimelineSlice.Share] {
        guard !keepers.isEmpty else { return [.init(workload: nil, part: part, millionths: millionths)] }
        return zip(keepers, split(millionths: millionths, by: keepers.map(\.weight))).map { keeper, share in
            .init(workload: keeper.workload, part: part, millionths: share)
        }
    }

    /// Who answers for what no pod held, when it is shared: those that used the node, by how much of it and how long;
    /// those it was bought for when none did.
    private func idleKeepers(_ held: [Range<Int64>]) -> [(workload: Int, weight: Int64)] {
        var weights: [Int: Int64] = [:]
        for (use, time) in zip(uses, held) where !time.isEmpty {
            weights[use.workload, default: 0] += (time.upperBound - time.lowerBound) * use.millionths
        }
        let used = weights.filter { $0.value > 0 }.sorted { $0.key < $1.key }.map {
            (workload: $0.key, weight: $0.value)
        }
        return used.isEmpty ? (terms?.workloads ?? []).map { ($0, 1) } : used
    }
}
