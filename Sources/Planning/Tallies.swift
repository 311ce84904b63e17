/// How many pods of each wide tally stand in each domain, while a plan is made.
struct Tallies {
    private let domains: Int
    private var counts: [Int]
    private(set) var totals: [Int]

    init(tallies: Int, domains: Int) {
        self.domains = max(domains, 1)
        counts = [Int](repeating: 0, count: tallies * self.domains)
        totals = [Int](repeating: 0, count: tallies)
    }

    func count(_ tally: Int, in domain: Int) -> Int { counts[tally * domains + domain] }

    /// Counts pods in a domain; nil where the node lacks the label, and so is in none.
    mutating func add(_ tally: Int, in domain: Int?, count: Int) {
        guard let domain else { return }
        counts[tally * domains + domain] += count
        totals[tally] += count
    }
}
