import Model
import PlanningWorkbench
import Testing

@testable import Planning

@Suite("Spread of one workload over spot pools")
struct WorkloadSpreadTests {
    private let cheap = shape("cheap", gpus: 1, cpus: 8, gibibytes: 32)
    private let dear = shape("dear", gpus: 1, cpus: 8, gibibytes: 32)
    private let paid = shape("paid", gpus: 1, cpus: 8, gibibytes: 32)

    private var choices: [PlanInput.Choice] {
        [choice(cheap, .spot, price: "1.00"), choice(dear, .spot, price: "1.10"), choice(paid, price: "3.00")]
    }

    /// Workloads of one pod, so many that the cluster's share leaves the cheap pool room for a whole other workload.
    private let crowd = (0..<12).map { demand("w\($0)", [pod("w\($0)", gpus: 1)]) }

    private func work(_ count: Int, gang: Gang? = nil, allowed: [CapacityType] = [.spot, .onDemand]) -> PlanInput.Demand
    {
        demand("work", (0..<count).map { pod("p\($0)", gpus: 1) }, gang: gang, allowed: allowed, createdAt: -1)
    }

    private func question(
        _ work: PlanInput.Demand,
        share: Double? = 0.5,
        hosts: [PlanInput.Host] = [],
        choices: [PlanInput.Choice]? = nil
    ) -> PlanInput {
        var question = input([work] + crowd, hosts: hosts, choices: choices ?? self.choices)
        question.economics?.maximumPoolShare = share
        return question
    }

    /// On how many nodes of each type, or on which host, the workload is.
    private func places(_ plan: Plan) -> [String: Int] {
        var result: [String: Int] = [:]
        func isOurs(_ pod: PodID) -> Bool { pod.name.hasPrefix("p") }
        for purchase in plan.purchases {
            let count = purchase.pods.joined().count(where: isOurs)
            if count > 0 { result[purchase.offering.instanceType, default: 0] += count }
        }
        for (pod, host) in plan.placements where isOurs(pod) { result[host, default: 0] += 1 }
        return result
    }

    private func spotHost(_ name: String, _ pods: [Pod], room: Int64) -> PlanInput.Host {
        var result = host(name, capacityType: .spot, free: resources(gpus: room, cpus: 64, gibibytes: 256))
        result.labels[Label.instanceType] = "cheap"
        result.pods = pods
        return result
    }

    private func judged(_ question: PlanInput) -> Plan {
        let plan = Planning.plan(question)
        #expect(PlanJudge(question, plan).violations == [])
        return plan
    }

    @Test("no spot pool gets more than its share of a workload, however much room the cluster's share leaves")
    func share() {
        #expect(places(judged(question(work(4), share: nil))) == ["cheap": 4])
        #expect(places(judged(question(work(4)))) == ["cheap": 2, "dear": 2])
        // A pod cannot be halved.
        #expect(places(judged(question(work(3)))) == ["cheap": 1, "dear": 1, "paid": 1])
        #expect(places(judged(question(work(1)))).values.reduce(0, +) == 1)
    }

    @Test("with one spot pool the rest goes on demand, and the reason is given")
    func onePool() throws {
        let question = question(work(4), choices: [choices[0], choices[2]])
        let plan = judged(question)
        #expect(places(plan) == ["cheap": 2, "paid": 2])
        let bought = try #require(
            plan.purchases.first { purchase in
                purchase.offering.instanceType == "paid" && purchase.workloads.map(\.name) == ["work"]
            }
        )
        #expect(
            bought.explanation.summary.contains(
                "spot pool cheap in us-east-1a may hold 2 of the 4 accelerators of research/work by maximumPoolShare, "
                    + "and holds 2"
            ),
            "\(bought.explanation.summary)"
        )
    }

    @Test("what may only run on spot waits for another pool, and is told so")
    func spotAlone() throws {
        let plan = judged(question(work(4, allowed: [.spot]), choices: [choices[0], choices[2]]))
        #expect(places(plan) == ["cheap": 2])
        let left = try #require(plan.unplaceable.first)
        #expect(left.pods.count == 2)
        #expect(left.explanation.summary.contains("of the 4 accelerators of research/work by maximumPoolShare"))
    }

    @Test("pods that run count, and so does room on spot nodes that stand")
    func standing() {
        let running = (0..<2).map { pod("r\($0)", gpus: 1).with { $0.nodeName = "h" } }
        var demand = work(2)
        demand.running = running.map(\.id)
        // All that one pool may have runs there.
        #expect(places(judged(question(demand, hosts: [spotHost("h", running, room: 0)]))) == ["dear": 2])
        #expect(places(judged(question(demand, hosts: [spotHost("h", running, room: 8)]))) == ["dear": 2])
        // One more may join one that runs, also where another pool has room for two.
        var one = work(3)
        one.running = [running[0].id]
        let third = choice(shape("third", gpus: 1, cpus: 8, gibibytes: 32), .spot, price: "1.20")
        let joined = judged(question(one, hosts: [spotHost("h", [running[0]], room: 0)], choices: choices + [third]))
        #expect(places(joined) == ["cheap": 1, "dear": 2])
        // Two may still have a place there.
        #expect(places(judged(question(work(4), hosts: [spotHost("h", [], room: 8)])))["h"] == 2)
    }

    @Test(
        "a gang that may stand anywhere is spread, one that stays in one zone is not",
        arguments: [true, false]
    )
    func gangs(share: Bool) {
        var free = question(work(4, gang: Gang(minimum: 4, topology: .any)))
        free.gangsShareNodes = share
        #expect(places(judged(free)) == ["cheap": 2, "dear": 2])
        var bound = question(work(4, gang: Gang(minimum: 4)))
        bound.gangsShareNodes = share
        #expect(places(judged(bound)).count == 1)
    }

    @Test("a gang that may stand anywhere has its own nodes on demand where spot pools would have too much of it")
    func gangOnDemand() {
        let gang = work(4, gang: Gang(minimum: 4, topology: .any))
        let plan = judged(question(gang, choices: [choices[0], choices[2]]))
        #expect(places(plan) == ["cheap": 2, "paid": 2])
    }

    @Test("each zone's part of a workload that is spread over zones keeps to the share as well")
    func zones() {
        var work = work(6)
        for index in work.pods.indices {
            work.pods[index].labels["app"] = "web"
            work.pods[index].topologySpread = [.init(app: "web", over: Label.zone)]
        }
        let zones = ["us-east-1a", "us-east-1b", "us-east-1c"]
        let choices = zones.flatMap { zone in
            [choice(cheap, .spot, zone: zone, price: "1.00"), choice(paid, zone: zone, price: "3.00")]
        }
        let third = judged(question(work, share: 0.34, choices: choices))
        #expect(places(third) == ["cheap": 6])
        let sixth = judged(question(work, share: 0.17, choices: choices))
        #expect(places(sixth) == ["cheap": 3, "paid": 3])
    }

    @Test("whatever is asked, no spot pool gets more of a workload than its share", arguments: 0..<60 as Range<UInt64>)
    func property(seed: UInt64) {
        var cluster = RandomCluster(seed: seed)
        var generator = SeededGenerator(seed: seed)
        var input = cluster.cluster(demands: Int(seed % 20) + 2)
        input.gangsShareNodes = generator.chance(50)
        input.economics?.maximumPoolShare = generator.one(of: [0.1, 0.25, 0.34, 0.5, 0.75])
        settle(&input, &generator)
        #expect(PlanJudge(input, Planning.plan(input)).violations == [])
    }

    @Test("nor with every rule in play", arguments: 0..<60 as Range<UInt64>)
    func propertyOfEveryRule(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var input = Mix.everyRule.input(count: Int(seed % 40) + 3, seed: seed)
        input.economics = Economics(maximumPoolShare: generator.one(of: [0.2, 0.34, 0.5]))
        settle(&input, &generator)
        #expect(PlanJudge(input, Planning.plan(input)).violations == [])
    }

    @Test("the order in which the input is listed makes no difference", arguments: 0..<10 as Range<UInt64>)
    func order(seed: UInt64) {
        var cluster = RandomCluster(seed: seed)
        var generator = SeededGenerator(seed: seed)
        var input = cluster.cluster(demands: 12)
        input.economics?.maximumPoolShare = 0.34
        settle(&input, &generator)
        var shuffled = input
        shuffled.demands.shuffle(using: &generator)
        shuffled.hosts.shuffle(using: &generator)
        shuffled.choices.shuffle(using: &generator)
        #expect(Planning.plan(shuffled) == Planning.plan(input))
    }

    /// Says as what the hosts were bought, and lets some pods of some workloads run on them.
    private func settle(_ input: inout PlanInput, _ generator: inout SeededGenerator) {
        guard !input.choices.isEmpty else { return }
        for index in input.hosts.indices {
            let offering = generator.one(of: input.choices).offering
            input.hosts[index].labels[Label.instanceType] = offering.instanceType
            guard generator.chance(60), !input.demands.isEmpty else { continue }
            let demand = Int(generator.number(0...Int64(input.demands.count - 1)))
            guard let first = input.demands[demand].pods.first, input.demands[demand].workload.gang == nil else {
                continue
            }
            for member in 0..<Int(generator.number(1...3)) {
                let running = Pod(
                    id: PodID(namespace: first.id.namespace, name: "running-\(index)-\(member)"),
                    uid: "running-\(index)-\(member)",
                    createdAt: first.createdAt
                ).with {
                    $0.requests = first.requests
                    $0.nodeName = input.hosts[index].name
                }
                input.hosts[index].pods.append(running)
                input.demands[demand].running.append(running.id)
            }
        }
    }
}
