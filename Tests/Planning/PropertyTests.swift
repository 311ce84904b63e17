import Model
import PlanningWorkbench
import Testing

@testable import Planning

@Suite("Planning over random clusters")
struct PropertyTests {
    @Test("every plan keeps every rule", arguments: 0..<120 as Range<UInt64>)
    func keepsRules(seed: UInt64) {
        var cluster = RandomCluster(seed: seed)
        let input = cluster.cluster(demands: Int(seed % 30) + 1)
        #expect(PlanJudge(input, Planning.plan(input)).violations == [])
    }

    @Test(
        "every plan keeps every rule of the scheduler, whatever pods ask of each other",
        arguments: 0..<350 as Range<UInt64>
    )
    func keepsEveryRule(seed: UInt64) {
        let input = Mix.everyRule.input(count: Int(seed % 40) + 3, seed: seed)
        #expect(PlanJudge(input, Planning.plan(input)).violations == [])
    }

    @Test("the usual and the harder mixes keep every rule", arguments: Mix.allCases, [1, 2] as [UInt64])
    func keepsRulesOfMixes(mix: Mix, seed: UInt64) {
        let input = mix.input(count: 150, seed: seed)
        #expect(PlanJudge(input, Planning.plan(input)).violations == [])
    }

    @Test("the order in which the input is listed makes no difference", arguments: 0..<40 as Range<UInt64>)
    func ignoresOrder(seed: UInt64) {
        var cluster = RandomCluster(seed: seed)
        let input = cluster.cluster(demands: 15)
        #expect(Planning.plan(shuffled(input, seed)) == Planning.plan(input))
    }

    @Test("nor does it with every rule in play", arguments: 200..<240 as Range<UInt64>)
    func ignoresOrderOfEveryRule(seed: UInt64) {
        let input = Mix.everyRule.input(count: 25, seed: seed)
        #expect(Planning.plan(shuffled(input, seed)) == Planning.plan(input))
    }

    private func shuffled(_ input: PlanInput, _ seed: UInt64) -> PlanInput {
        var generator = SeededGenerator(seed: seed)
        var shuffled = input
        shuffled.demands.shuffle(using: &generator)
        for index in shuffled.demands.indices { shuffled.demands[index].pods.shuffle(using: &generator) }
        shuffled.hosts.shuffle(using: &generator)
        for index in shuffled.hosts.indices { shuffled.hosts[index].pods.shuffle(using: &generator) }
        shuffled.pools.shuffle(using: &generator)
        shuffled.choices.shuffle(using: &generator)
        shuffled.daemons.shuffle(using: &generator)
        shuffled.volumeClaims.shuffle(using: &generator)
        return shuffled
    }

    @Test("a gang is never split, however tight the limits", arguments: 0..<15 as Range<UInt64>)
    func neverSplits(seed: UInt64) {
        var input = Mix.limitedPools.input(count: 80, seed: seed)
        input.gangsShareNodes = seed.isMultiple(of: 2)
        input.headroom["open"] = PlanInput.Headroom(nodes: 5)
        let plan = Planning.plan(input)
        let placed = Set(plan.purchases.flatMap { $0.pods.joined() }).union(plan.placements.keys)
        for demand in input.demands {
            let count = demand.pods.filter { placed.contains($0.id) }.count
            #expect(count == 0 || count == demand.pods.count, "\(demand.workload.id)")
        }
        #expect(!plan.unplaceable.isEmpty)
    }

    @Test(
        "from 500 pods on, one offering more raises the cost by at most 1%",
        arguments: [Mix.diverse, .gangs, .memoryHeavy],
        [1, 2] as [UInt64]
    )
    func moreOfferings(mix: Mix, seed: UInt64) throws {
        let all = mix.input(count: 500, seed: seed)
        let with = Planning.plan(all)
        var generator = SeededGenerator(seed: seed)
        // One that is used, and one by chance.
        let used = try #require(with.purchases.randomElement(using: &generator)).offering
        let other = generator.one(of: all.choices).offering
        for removed in [used, other] {
            var fewer = all
            fewer.choices.removeAll { $0.offering == removed }
            let without = Planning.plan(fewer)
            guard without.unplaceable.isEmpty == with.unplaceable.isEmpty else { continue }
            #expect(with.pricePerHour <= without.pricePerHour * 1.01, "with and without \(removed)")
        }
    }

    /// Of chance there is a little left: of thirty seeds of the diverse mix one has a pod without which 520 cost 1.04% more.
    @Test(
        "from 500 pods on, one pod less raises the cost by at most 1%",
        arguments: [Mix.diverse, .gangs, .memoryHeavy],
        [1, 2, 3, 4, 5, 6] as [UInt64]
    )
    func fewerPods(mix: Mix, seed: UInt64) {
        let all = mix.input(count: 520, seed: seed)
        let cost = Planning.plan(all).pricePerHour
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<3 {
            var fewer = all
            let index = Int(generator.number(0...Int64(all.demands.count - 1)))
            fewer.demands[index].pods.removeLast()
            fewer.demands.removeAll(where: \.pods.isEmpty)
            #expect(Planning.plan(fewer).pricePerHour <= cost * 1.01)
        }
    }

    @Test(
        "no pod is left out that some open offering could take while no limit binds",
        arguments: 200..<240 as Range<UInt64>
    )
    func leavesNoneOut(seed: UInt64) {
        var cluster = RandomCluster(seed: seed)
        var input = cluster.cluster(demands: 20)
        input.headroom = [:]
        input.demands.removeAll { $0.workload.gang != nil }
        let refused = Set(Planning.plan(input).unplaceable.flatMap(\.explanation.workloads))
        for demand in input.demands where refused.contains(demand.workload.id) {
            for pod in demand.pods {
                let able = input.choices.contains { choice in
                    choice.closedBecause == nil && demand.capacityTypes.contains(choice.offering.capacityType)
                        && input.pools.contains { $0.name == choice.pool && $0.serves(namespace: pod.id.namespace) }
                        && pod.requests.fits(in: choice.shape.allocatable)
                        && pod.accepts(
                            labels: choice.shape.nodeLabels(pool: choice.pool, offering: choice.offering),
                            taints: choice.shape.taints
                        )
                }
                #expect(!able, "\(pod.id) could have run")
            }
        }
    }

    @Test("tiny clusters cost on average within 0.2% of the best of all plans, never less than it")
    func nearOptimum() {
        var ratios: [Double] = []
        for seed in 0..<150 as Range<UInt64> {
            var cluster = RandomCluster(seed: seed)
            let input = cluster.tiny()
            let plan = Planning.plan(input)
            #expect(plan.unplaceable.isEmpty)
            #expect(PlanJudge(input, plan).violations == [])
            let best = ExhaustiveSearch(input).cheapest
            ratios.append(plan.cost.approximate / best.approximate)
        }
        let mean = ratios.reduce(0, +) / Double(ratios.count)
        #expect(mean <= 1.002, "mean \(mean)")
        #expect(ratios.allSatisfy { $0 >= 1 - 1e-9 && $0 < 1.1 }, "worst \(ratios.max() ?? 0)")
    }

    @Test("four thousand pods alike fill large nodes to the last place")
    func manyAlike() {
        let pods = (0..<4000).map { pod("p\($0)", gpus: 1, cpus: 3, gibibytes: 8) }
        let input = input([demand("sweep", pods)], choices: [choice(small, price: "1"), choice(large, price: "3")])
        let plan = Planning.plan(input)
        #expect(plan.bought == ["1000 x large"])
        #expect(PlanJudge(input, plan).violations == [])
    }
}

/// Tries every way to divide the pods among nodes.
private struct ExhaustiveSearch {
    private let input: PlanInput

    init(_ input: PlanInput) {
        self.input = input
    }

    var cheapest: Money {
        search(input.demands.flatMap { demand in demand.pods.map { ($0, demand.remainingSeconds) } }, groups: [])
    }

    private func search(_ rest: [(Pod, Int64)], groups: [[(Pod, Int64)]]) -> Money {
        guard let next = rest.first else { return groups.reduce(.zero) { $0 + (cost($1) ?? money("1000000000")) } }
        var best = search(Array(rest.dropFirst()), groups: groups + [[next]])
        for index in groups.indices where cost(groups[index] + [next]) != nil {
            var divided = groups
            divided[index].append(next)
            best = min(best, search(Array(rest.dropFirst()), groups: divided))
        }
        return best
    }

    private func cost(_ group: [(Pod, Int64)]) -> Money? {
        let requests = group.reduce(Resources()) { $0 + $1.0.requests }
        let seconds = input.changeover.totalSeconds + (group.map(\.1).max() ?? 0)
        return input.choices.filter { requests.fits(in: $0.shape.allocatable) }
            .map { $0.pricePerHour.costing(seconds: seconds) }.min()
    }
}
