/// What the pods on one node, taken together, count and allow. Whatever is admitted holds in every order in which the
/// pods could be bound.
struct NodeRules: Equatable {
    private struct Entry: Equatable {
        var tally: Int
        var count: Int
        var cap: Int
    }

    private var entries: [Entry] = []

    var isEmpty: Bool { entries.isEmpty }

    func count(of tally: Int) -> Int {
        for entry in entries where entry.tally == tally { return entry.count }
        return 0
    }

    /// Each tally with its count and what it may be at most; `.max` where nobody says.
    func forEach(_ body: (_ tally: Int, _ count: Int, _ limit: Int) -> Void) {
        for entry in entries { body(entry.tally, entry.count, entry.cap) }
    }

    /// How many more equal pods the node takes, up to a limit; joins are not looked at.
    func room(for rules: Rules, limit: Int) -> Int {
        var most = limit
        for cap in rules.caps {
            let left = cap.limit - count(of: cap.tally)
            if rules.adds.contains(cap.tally) { most = min(most, left) } else if left < 0 { return 0 }
            if most <= 0 { return 0 }
        }
        guard !entries.isEmpty else { return most }
        for tally in rules.adds {
            for entry in entries where entry.tally == tally {
                most = min(most, entry.cap - entry.count)
                if most <= 0 { return 0 }
                break
            }
        }
        return most
    }

    mutating func add(_ rules: Rules, count: Int) {
        for tally in rules.adds { entries[index(of: tally)].count += count }
        for cap in rules.caps {
            let index = index(of: cap.tally)
            entries[index].cap = min(entries[index].cap, cap.limit)
        }
    }

    private mutating func index(of tally: Int) -> Int {
        for index in entries.indices where entries[index].tally == tally { return index }
        entries.append(Entry(tally: tally, count: 0, cap: .max))
        return entries.count - 1
    }
}
