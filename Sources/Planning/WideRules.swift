import Model

/// Who may go to which place, given who stands there: rules between pods over topology keys wider than one node.
struct WideRules {
    struct Scope: Hashable {
        var station: Int
        var key: Int
        var honorsNodeAffinity: Bool
        var honorsNodeTaints: Bool
    }

    private let problem: Problem
    private(set) var tallies: Tallies
    /// The domains that count for a spread constraint.
    let eligible: [Scope: [Int]]
    /// Pods on hosts that do not count for a scope, although they stand in a domain.
    private let ignored: [Ignored: Int]

    private struct Ignored: Hashable {
        var scope: Scope
        var tally: Int
        var domain: Int
    }

    /// - Parameters:
    ///   - problem: What is planned.
    ///   - bought: Candidates of which nodes will stand, whoever they are for: their domains count for everyone.
    init(_ problem: Problem, bought: Set<Int> = []) {
        self.problem = problem
        tallies = problem.standing
        var eligible: [Scope: [Int]] = [:]
        var talliesOfScope: [Scope: Set<Int>] = [:]
        for kind in problem.kinds {
            for spread in problem.rules[kind.rules].wideSpreads {
                let scope = Self.scope(kind.station, spread, problem)
                if eligible[scope] == nil { eligible[scope] = Self.domains(scope, bought, problem) }
                talliesOfScope[scope, default: []].insert(spread.tally)
            }
        }
        self.eligible = eligible
        ignored = talliesOfScope.isEmpty ? [:] : Self.ignored(talliesOfScope, problem)
    }

    private static func ignored(_ talliesOfScope: [Scope: Set<Int>], _ problem: Problem) -> [Ignored: Int] {
        var hostsOfTally: [Int: [(host: Int, count: Int)]] = [:]
        for (host, counts) in problem.wideOnHosts.enumerated() {
            for (tally, count) in counts { hostsOfTally[tally, default: []].append((host, count)) }
        }
        var ignored: [Ignored: Int] = [:]
        for (scope, tallies) in talliesOfScope {
            for tally in tallies {
                for (host, count) in hostsOfTally[tally] ?? [] {
                    guard let domain = problem.domains[problem.hostPlace[host]][scope.key],
                        !counts(problem.hosts[host].labels, problem.hosts[host].taints, scope, problem)
                    else { continue }
                    ignored[Ignored(scope: scope, tally: tally, domain: domain), default: 0] += count
                }
            }
        }
        return ignored
    }

    private static func scope(_ station: Int, _ spread: Rules.Spread, _ problem: Problem) -> Scope {
        Scope(
            station: station,
            key: problem.keyOfWideTally[spread.tally],
            honorsNodeAffinity: spread.honorsNodeAffinity,
            honorsNodeTaints: spread.honorsNodeTaints
        )
    }

    /// Whether the node inclusion policies let a node count.
    private static func counts(
        _ labels: [String: String],
        _ taints: [Taint],
        _ scope: Scope,
        _ problem: Problem
    ) -> Bool {
        let station = problem.stations[scope.station]
        if scope.honorsNodeAffinity, !station.acceptsOwnLabels(labels) { return false }
        return !scope.honorsNodeTaints || station.untolerated(taints).isEmpty
    }

    /// Domains in which the pod could get a node, and those of the nodes that stand.
    private static func domains(_ scope: Scope, _ bought: Set<Int>, _ problem: Problem) -> [Int] {
        var found: Set<Int> = []
        let admitted = problem.admittedRow(station: scope.station)
        for (index, candidate) in problem.candidates.enumerated() where candidate.isOpen {
            guard
                admitted[index]
                    || bought.contains(index)
                        && counts(candidate.labels, candidate.choice.shape.taints, scope, problem)
            else { continue }
            if let domain = problem.domains[candidate.place][scope.key] { found.insert(domain) }
        }
        for (index, host) in problem.hosts.enumerated() {
            guard let domain = problem.domains[problem.hostPlace[index]][scope.key], !found.contains(domain) else {
                continue
            }
            if counts(host.labels, host.taints, scope, problem) { found.insert(domain) }
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
        for spread in rules.wideSpreads {
            guard let domain = problem.domain(of: spread.tally, at: place) else { return .spread }
            let scope = Self.scope(problem.kinds[kind].station, spread, problem)
            let domains = eligible[scope] ?? []
            var least = domains.count < spread.minDomains ? 0 : Int.max
            for other in domains { least = min(least, count(spread, in: other, scope)) }
            if least == .max { least = 0 }
            let after = count(spread, in: domain, scope) + (spread.isSelf ? 1 : 0)
            if after - least > spread.maxSkew { return .spread }
        }
        return nil
    }

    /// How many pods a spread constraint finds in a domain, those on nodes left out that it does not look at.
    private func count(_ spread: Rules.Spread, in domain: Int, _ scope: Scope) -> Int {
        let count = tallies.count(spread.tally, in: domain)
        guard !ignored.isEmpty else { return count }
        return count - (ignored[Ignored(scope: scope, tally: spread.tally, domain: domain)] ?? 0)
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
        for tally in problem.rules(of: kind).wideAdds {
            tallies.add(tally, in: problem.domain(of: tally, at: place), count: count)
        }
    }

    enum Refusal: String {
        case antiAffinity = "pod anti-affinity not met"
        case affinity = "pod affinity not met"
        case spread = "topology spread not met"
    }
}
