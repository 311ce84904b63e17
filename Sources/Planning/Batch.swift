import Model

/// Equal nodes with the kinds of pods that each of them is meant for.
struct Batch {
    /// Some pods of a kind.
    struct Load: Hashable {
        var kind: Int
        var count: Int
    }

    var candidate: Int
    /// On each of the nodes.
    var load: [Load]
    /// How long the nodes live: as long as the longest of their pods.
    var seconds: Int64
    var copies: Int
}

extension Problem {
    /// What nodes are expected to cost until their longest pod has finished, changeover included.
    ///
    /// - Parameters:
    ///   - batches: The nodes.
    ///   - price: Of one node an hour; with its toll where choices are made by it.
    /// - Returns: The exact sum.
    func cost(of batches: [Batch], at price: (Candidate) -> Money = \.pricePerHour) -> Money {
        batches.reduce(.zero) { sum, batch in
            sum + (price(candidates[batch.candidate]) * batch.copies).costing(seconds: batch.seconds)
        }
    }

    /// Packs pods onto nodes of one candidate alone, the largest first, with no regard to limits.
    ///
    /// - Parameters:
    ///   - load: The kinds and counts to pack.
    ///   - candidate: What all the nodes are.
    /// - Returns: Nodes that hold all of it; nil when some pod can never run on them.
    func pack(_ load: [Batch.Load], on candidate: Int) -> [Batch]? {
        guard load.allSatisfy({ takes(candidate, $0.kind) }) else { return nil }
        func share(_ kind: Int) -> Double {
            (0..<width).map { resource in
                let size = sizes[candidate * width + resource]
                return size > 0 ? Double(needs[kinds[kind].need + resource]) / Double(size) : 0
            }.max() ?? 0
        }
        var remaining = load.map { (load: $0, share: share($0.kind)) }
            .sorted { $0.share == $1.share ? $0.load.kind < $1.load.kind : $0.share > $1.share }.map(\.load)
        var result: [Batch] = []
        while !remaining.isEmpty {
            guard let (taken, copies) = fill(candidate, remaining, isFirst: result.isEmpty) else { return nil }
            for entry in taken {
                guard let index = remaining.firstIndex(where: { $0.kind == entry.kind }) else { continue }
                remaining[index].count -= entry.count * copies
            }
            remaining.removeAll { $0.count == 0 }
            let seconds = taken.map { self.seconds(kinds[$0.kind].profile, on: candidate) }.max() ?? 0
            result.append(Batch(candidate: candidate, load: taken, seconds: seconds, copies: copies))
        }
        return result
    }

    /// Fills one node, each kind in turn.
    private func fill(
        _ candidate: Int,
        _ remaining: [Batch.Load],
        isFirst: Bool
    ) -> (load: [Batch.Load], copies: Int)? {
        var free = size(of: candidate)
        var onNode = freshRules[candidate]
        var taken: [Batch.Load] = []
        var copies = Int.max
        // Twice where pods must be near others that may come after them.
        let isTwice = remaining.contains { !rules(of: $0.kind).joins.isEmpty }
        for entry in isTwice ? remaining + remaining : remaining {
            let own = rules(of: entry.kind)
            let before = taken.first { $0.kind == entry.kind }?.count ?? 0
            var count = count(need: kinds[entry.kind].need, fitting: free, limit: entry.count - before)
            guard count > 0 else { continue }
            if !own.isFreeOnNode {
                guard own.joins.allSatisfy({ $0.isSelf && isFirst || onNode.count(of: $0.tally) > 0 }) else { continue }
                count = onNode.room(for: own, limit: count)
                guard count > 0 else { continue }
                onNode.add(own, count: count)
                if !own.joins.isEmpty { copies = 1 }
            }
            take(count, need: kinds[entry.kind].need, from: &free)
            if let known = taken.firstIndex(where: { $0.kind == entry.kind }) {
                taken[known].count += count
            } else {
                taken.append(Batch.Load(kind: entry.kind, count: count))
            }
        }
        guard !taken.isEmpty else { return nil }
        for entry in taken {
            let left = remaining.first { $0.kind == entry.kind }?.count ?? 0
            copies = min(copies, left / entry.count)
        }
        return (taken, copies)
    }
}

extension Buyer {
    /// What was bought, by kinds.
    var batches: [Batch] {
        baskets.map { basket in
            Batch(
                candidate: basket.candidate,
                load: basket.load.map { Batch.Load(kind: lots[$0.lot].kind, count: $0.count) },
                seconds: basket.seconds,
                copies: basket.copies
            )
        }
    }
}
