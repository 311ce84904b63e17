import Model

/// Who may go to which place, given who stands there: rules between pods over topology keys wider than one node.
struct WideRules {
    private let problem: Problem
    private(set) var tallies: Tallies
    /// What nodes that will stand make of the rules.
    let outlook: Outlook
    /// By scope, pods that do not count for it, although they stand in a domain.
    private var ignored: Tallies

    /// What depends on where nodes are bought, for whomever.
    struct Outlook: Equatable {
        /// By scope, the domains that count for it.
        var eligible: [[Int]]
        /// Where new nodes bring daemons that somebody must be near, or must not be near.
        var daemons: [Haunt]
    }

    /// A domain in which a tally is raised.
    struct Haunt: Hashable, Comparable {
        var tally: Int
        var domain: Int

        static func < (left: Haunt, right: Haunt) -> Bool { (left.tally, left.domain) < (right.tally, right.domain) }
    }

    /// - Parameters:
    ///   - problem: What is planned.
    ///   - bought: Candidates of which nodes will stand, whoever they are for: their domains and their daemons count for
    ///     everyone.
    init(_ problem: Problem, bought: Set<Int> = []) {
        self.problem = problem
        tallies = problem.standing
        outlook = Outlook(
            eligible: problem.scopes.all.indices.map { Self.domains($0, bought, problem) },
            daemons: Self.daemons(bought, problem)
        )
        ignored = Self.ignored(problem)
        for haunt in outlook.daemons { tallies.add(haunt.tally, in: haunt.domain, count: 1) }
    }

    /// Pods that run where they do not count.
    private static func ignored(_ problem: Problem) -> Tallies {
        let scopes = problem.scopes
        let domains = problem.domains.flatMap { $0.compactMap(\.self) }.max().map { $0 + 1 } ?? 0
        var ignored = Tallies(tallies: scopes.all.count, domains: domains)
        for (host, counts) in problem.wideOnHosts.enumerated() {
            for (tally, count) in counts {
                let domain = problem.domain(of: tally, at: problem.hostPlace[host])
                for scope in scopes.ofTally[tally] where !Self.counts(host: host, scope, problem) {
                    ignored.add(scope, in: domain, count: count)
                }
            }
        }
        return ignored
    }

    private static func daemons(_ bought: Set<Int>, _ problem: Problem) -> [Haunt] {
        bought.flatMap { candidate in
            problem.watchedOfDaemons[candidate].compactMap { tally in
                problem.domain(of: tally, at: problem.candidates[candidate].place)
                    .map { Haunt(tally: tally, domain: $0) }
            }
        }.uniqueSorted()
    }

    private static func hasKeys(of scope: Int, place: Int, _ problem: Problem) -> Bool {
        problem.scopes.all[scope].keys.allSatisfy { problem.domains[place][$0] != nil }
    }

    /// Whether a host counts for a scope.
    private static func counts(host: Int, _ scope: Int, _ problem: Problem) -> Bool {
        hasKeys(of: scope, place: problem.hostPlace[host], problem)
            && problem.scopes.admits(scope, labels: problem.hosts[host].labels, taints: problem.hosts[host].taints)
    }

    /// Domains in which the pod could get a node, and those of the nodes that stand.
    private static func domains(_ number: Int, _ bought: Set<Int>, _ problem: Problem) -> [Int] {
        let scope = problem.scopes.all[number]
        let key = problem.keyOfWideTally[scope.tally]
        var found: Set<Int> = []
        func add(_ place: Int) {
            guard let domain = problem.domains[place][key], hasKeys(of: number, place: place, problem) else { return }
            found.insert(domain)
        }
        for place in problem.openPlaces(station: scope.station) { add(place) }
        for candidate in bought.lazy.map({ problem.candidates[$0] })
        where problem.scopes.admits(number, labels: candidate.labels, taints: candidate.choice.shape.taints) {
            add(candidate.place)
        }
        for (index, place) in problem.hostPlace.enumerated() {
            guard let domain = problem.domains[place][key], !found.contains(domain) else { continue }
            if counts(host: index, number, problem) { found.insert(domain) }
        }
        return found.sorted()
    }

    /// Whether the rules let one more pod of a kind go to a place.
    func admits(_ kind: Int, at place: Int) -> Bool { refusal(of: kind, at: place) == nil }

    /// The rule that keeps a pod away from a place; nil when none does.
    func refusal(of kind: Int, at place: Int) -> Refusal? {
        let rules = problem.rules(of: kind)
        for tally in rules.wideForbids {
            if let domain = problem.domain(of: tally, at: place), tallies.count(tally, in: domain) > 0 {
                return .antiAffinity
            }
        }
        for join in rules.wideJoins {
            guard let domain = problem.domain(of: join.tally, at: place) else { return .affinity }
            if tallies.count(join.tally, in: domain) > 0 { continue }
            guard rules.wideJoins.allSatisfy({ $0.isSelf && tallies.totals[$0.tally] == 0 }) else { return .affinity }
        }
        for (spread, scope) in zip(rules.wideSpreads, problem.scopes.ofKind[kind]) {
            guard let domain = problem.domain(of: spread.tally, at: place) else { return .spread }
            let domains = outlook.eligible[scope]
            var least = domains.count < spread.minDomains ? 0 : Int.max
            for other in domains { least = min(least, count(spread.tally, in: other, scope)) }
            if least == .max { least = 0 }
            let after = count(spread.tally, in: domain, scope) + (spread.isSelf ? 1 : 0)
            if after - least > spread.maxSkew { return .spread }
        }
        return nil
    }

    /// How many pods of a tally a scope finds in a domain, those on nodes left out that it does not look at.
    private func count(_ tally: Int, in domain: Int, _ scope: Int) -> Int {
        tallies.count(tally, in: domain) - ignored.count(scope, in: domain)
    }

    /// How much dearer a place counts because of wishes that it leaves open.
    func reluctance(of kind: Int, at place: Int) -> Double {
        var weight = 0
        for wish in problem.rules(of: kind).wideWishes {
            let domain = problem.domain(of: wish.tally, at: place)
            let count = domain.map { tallies.count(wish.tally, in: $0) } ?? 0
            if wish.isPerPod {
                weight += min(count, 100)
            } else if (count > 0) == (wish.weight < 0) {
                weight += abs(wish.weight)
            }
        }
        return Double(weight) * Station.reluctancePerWeight
    }

    /// Takes note of pods of a kind at a place, or of their leaving when the number is negative.
    mutating func add(_ kind: Int, at place: Int, count: Int) {
        let blind = problem.blindScopes[place]
        for tally in problem.rules(of: kind).wideAdds {
            let domain = problem.domain(of: tally, at: place)
            tallies.add(tally, in: domain, count: count)
            for scope in blind where problem.scopes.all[scope].tally == tally {
                ignored.add(scope, in: domain, count: count)
            }
        }
    }

    enum Refusal: String {
        case antiAffinity = "pod anti-affinity not met"
        case affinity = "pod affinity not met"
        case spread = "topology spread not met"
    }
}
