/// What rules say of one node, in flat form: a search over very many nodes reads it without touching an object.
struct NodeRuleTable {
    struct Cap {
        var tally: Int
        var limit: Int
        /// Whether the pod raises the tally itself.
        var isOwn: Bool
    }

    /// One pod's rules: where they stand in the table.
    struct Row {
        var adds: Range<Int>
        var caps: Range<Int>
        var joins: Range<Int>
        /// Whether any node with room will do, and no other pod cares.
        var isFreeOnNode: Bool
    }

    let adds: [Int]
    let caps: [Cap]
    let joins: [Rules.Join]
    /// By the number of the rules.
    let rows: [Row]

    init(_ rules: [Rules]) {
        var adds: [Int] = []
        var caps: [Cap] = []
        var joins: [Rules.Join] = []
        var rows: [Row] = []
        for rule in rules {
            let (firstAdd, firstCap, firstJoin) = (adds.count, caps.count, joins.count)
            adds += rule.adds
            caps += rule.caps.map { Cap(tally: $0.tally, limit: $0.limit, isOwn: rule.adds.contains($0.tally)) }
            joins += rule.joins
            rows.append(
                Row(
                    adds: firstAdd..<adds.count,
                    caps: firstCap..<caps.count,
                    joins: firstJoin..<joins.count,
                    isFreeOnNode: rule.isFreeOnNode
                )
            )
        }
        self.adds = adds
        self.caps = caps
        self.joins = joins
        self.rows = rows
    }
}

/// What the pods on one node count and allow, as `NodeRules`, for a search over very many nodes: it is wiped and written
/// on again, and has a place for every tally.
struct NodeSlate {
    private let table: NodeRuleTable
    private var counts: [Int]
    private var limits: [Int]
    private var touched: [Int] = []

    init(_ problem: Problem) {
        table = problem.nodeRules
        counts = [Int](repeating: 0, count: problem.isJoined.count)
        limits = [Int](repeating: .max, count: problem.isJoined.count)
    }

    /// Begins with an empty node.
    ///
    /// - Parameter rules: What its daemons bring along.
    mutating func wipe(_ rules: NodeRules) {
        for tally in touched {
            counts[tally] = 0
            limits[tally] = .max
        }
        touched.removeAll(keepingCapacity: true)
        rules.forEach { tally, count, limit in
            counts[tally] = count
            limits[tally] = limit
            touched.append(tally)
        }
    }

    /// How many more pods with the rules of a number the node takes, up to a limit; joins are not looked at.
    func room(for rules: Int, limit: Int) -> Int {
        let row = table.rows[rules]
        guard !row.isFreeOnNode else { return limit }
        var most = limit
        for index in row.caps {
            let cap = table.caps[index]
            let left = cap.limit - counts[cap.tally]
            if cap.isOwn { most = min(most, left) } else if left < 0 { return 0 }
            if most <= 0 { return 0 }
        }
        for index in row.adds {
            let tally = table.adds[index]
            most = min(most, limits[tally] - counts[tally])
            if most <= 0 { return 0 }
        }
        return most
    }

    /// Whether everybody is there whose company pods with the rules of a number need.
    func hasCompany(for rules: Int) -> Bool {
        for index in table.rows[rules].joins where counts[table.joins[index].tally] == 0 { return false }
        return true
    }

    /// Whether the rules ask for company at all.
    func wantsCompany(_ rules: Int) -> Bool { !table.rows[rules].joins.isEmpty }

    mutating func add(_ rules: Int, count: Int) {
        let row = table.rows[rules]
        guard !row.isFreeOnNode else { return }
        for index in row.adds {
            let tally = table.adds[index]
            touch(tally)
            counts[tally] += count
        }
        for index in row.caps {
            let cap = table.caps[index]
            touch(cap.tally)
            limits[cap.tally] = min(limits[cap.tally], cap.limit)
        }
    }

    private mutating func touch(_ tally: Int) {
        if counts[tally] == 0, limits[tally] == .max { touched.append(tally) }
    }
}
