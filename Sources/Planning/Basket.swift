/// Equal nodes that are to be bought, with what each of them is meant for.
struct Basket {
    /// Some pods of a kind.
    struct Load: Hashable {
        var kind: Int
        var count: Int
    }

    var candidate: Int
    /// On each of the nodes; ascending by kind, one entry a kind.
    var load: [Load]
    /// How long the nodes live: as long as the longest of their pods.
    var seconds: Int64
    /// How many nodes.
    var copies: Int

    func isAlike(_ other: Basket) -> Bool {
        candidate == other.candidate && load == other.load
    }
}

extension Problem {
    /// The estimate that the search compares. A node that lives for no time at all still costs something.
    func cost(_ candidate: Int, seconds: Int64) -> Double {
        max(candidates[candidate].price, 1e-6) * Double(max(seconds, 1))
    }

    /// What is free on a node with this load, in thousandths.
    func free(on candidate: Int, after load: [Basket.Load]) -> [Int64] {
        var free = candidates[candidate].size
        for entry in load { take(entry.count, of: entry.kind, from: &free) }
        return free
    }

    /// Packs pods onto nodes of one candidate alone, the largest first, with no regard to limits.
    ///
    /// - Parameters:
    ///   - load: The kinds and counts to pack; every kind must fit on an empty node.
    ///   - candidate: What all the nodes are.
    /// - Returns: Nodes that hold all of it.
    func pack(_ load: [Basket.Load], on candidate: Int) -> [Basket] {
        let size = candidates[candidate].size
        func share(_ kind: Int) -> Double {
            zip(kinds[kind].need, size).map { $1 > 0 ? Double($0) / Double($1) : 0 }.max() ?? 0
        }
        var remaining = load.map { (load: $0, share: share($0.kind)) }
            .sorted { (-$0.share, $0.load.kind) < (-$1.share, $1.load.kind) }
            .map(\.load)
        var result: [Basket] = []
        while !remaining.isEmpty {
            var free = size
            var taken: [Basket.Load] = []
            var copies = Int.max
            for entry in remaining {
                let count = count(of: entry.kind, fitting: free, limit: entry.count)
                guard count > 0 else { continue }
                take(count, of: entry.kind, from: &free)
                taken.append(Basket.Load(kind: entry.kind, count: count))
                copies = min(copies, entry.count / count)
            }
            guard !taken.isEmpty else { break }
            for entry in taken {
                guard let index = remaining.firstIndex(where: { $0.kind == entry.kind }) else { continue }
                remaining[index].count -= entry.count * copies
            }
            remaining.removeAll { $0.count == 0 }
            result.append(
                Basket(
                    candidate: candidate,
                    load: taken.sorted { $0.kind < $1.kind },
                    seconds: taken.map { kinds[$0.kind].seconds }.max() ?? 0,
                    copies: copies
                )
            )
        }
        return result
    }
}
