import Model
import Testing

@testable import Planning

@Suite("Planning")
struct PlanningTests {
    @Test("pods that fit on a standing host are placed there and nothing is bought")
    func usesHosts() {
        let plan = Planning.plan(
            input(
                [demand("train", [pod("a", gpus: 1), pod("b", gpus: 1)])],
                hosts: [host("n1", model: "T4", free: resources(gpus: 2, cpus: 8, gibibytes: 32))],
                choices: [choice(small, price: "1")]
            )
        )
        #expect(plan.purchases.isEmpty)
        #expect(plan.unplaceable.isEmpty)
        #expect(plan.placements.values.allSatisfy { $0 == "n1" })
        #expect(plan.placements.count == 2)
    }

    @Test("a host is passed over for its taint, its reservation, or because policy keeps the workload off spot")
    func respectsHosts() {
        let room = resources(gpus: 2, cpus: 8, gibibytes: 32)
        let other = WorkloadID(namespace: "research", kind: "Gang", name: "other", uid: "1")
        let hosts = [
            host("tainted", taints: [Taint(key: "maintenance", effect: .noSchedule)], free: room),
            host("reserved", free: room, reservedFor: other),
            host("spot", capacityType: .spot, free: room),
        ]
        let plan = Planning.plan(
            input(
                [demand("train", [pod("a", gpus: 1)], allowed: [.onDemand])],
                hosts: hosts,
                choices: [choice(small, .spot, price: "0.3"), choice(small, price: "1")]
            )
        )
        #expect(plan.placements.isEmpty)
        #expect(plan.purchases.map(\.offering.capacityType) == [.onDemand])
    }

    @Test("the small shop fits onto its own machines, tight as they are")
    func smallShop() {
        func machine(_ name: String, _ gpu: String, gpus: Int64, cpus: Int64, gibibytes: Int64) -> PlanInput.Host {
            host(name, model: gpu, free: resources(gpus: gpus, cpus: cpus, gibibytes: gibibytes))
        }
        var y = pod("y", gpus: 1, cpus: 2, gibibytes: 20)
        y.nodeSelector = [Label.accelerator: "2080Ti"]
        let pods = (1...4).map { pod("x\($0)", cpus: 4, gibibytes: 20) } + [y, pod("z", cpus: 4, gibibytes: 30)]
        let plan = Planning.plan(
            input(
                [demand("shop", pods)],
                hosts: (1...2).map { machine("a\($0)", "2080Ti", gpus: 2, cpus: 8, gibibytes: 50) }
                    + (1...3).map { machine("b\($0)", "1080", gpus: 1, cpus: 4, gibibytes: 20) },
                choices: []
            )
        )
        #expect(plan.placements.count == 6)
        #expect(plan.unplaceable.isEmpty)
    }

    @Test("several pods share a node when that is cheaper, and do not when it is not")
    func biggerOrMore() {
        let demands = [demand("train", (1...4).map { pod("p\($0)", gpus: 1, cpus: 3, gibibytes: 8) })]
        let cheapLarge = input(demands, choices: [choice(small, price: "1"), choice(large, price: "3.5")])
        #expect(Planning.plan(cheapLarge).bought == ["1 x large"])
        let dearLarge = input(demands, choices: [choice(small, price: "1"), choice(large, price: "4.5")])
        #expect(Planning.plan(dearLarge).bought == ["4 x small"])
    }

    @Test("a short pod is not put on a dear node that a long one keeps, but goes where it costs least")
    func lifetimes() {
        // Together on one large node: 3 $ for 100 h. Apart: 1 $ for 100 h and 1 $ for each of three single hours.
        let demands =
            [demand("long", [pod("l", gpus: 1)], hours: 100)]
            + (1...3).map { demand("short\($0)", [pod("s\($0)", gpus: 1)], hours: 1) }
        let plan = Planning.plan(
            input(demands, choices: [choice(small, price: "1"), choice(large, price: "3")], changeover: 0)
        )
        #expect(plan.cost == money("103"))
    }

    @Test("the expected cost is price x nodes x the time until the longest pod ends, changeover included")
    func expectedCost() throws {
        let plan = Planning.plan(
            input(
                [demand("train", [pod("a", gpus: 1), pod("b", gpus: 1)], hours: 2)],
                choices: [choice(small, price: "1.20")],
                changeover: 600
            )
        )
        let purchase = try #require(plan.purchases.first)
        #expect(purchase.count == 2)
        #expect(purchase.expectedCost == money("5.20"))
        #expect(purchase.explanation.chosen?.expectedCost == money("5.20"))
        #expect(purchase.workloads.map(\.name) == ["train"])
    }

    @Test("a pool that serves other namespaces is not used, nor is a shape whose taint is not tolerated")
    func poolsAndTaints() {
        var dedicated = small
        dedicated.taints = [Taint(key: "team", value: "vision", effect: .noSchedule)]
        let pools = [Pool(name: "gpu", shapes: []), Pool(name: "other", shapes: [], namespaces: ["vision"])]
        let plan = Planning.plan(
            input(
                [demand("train", [pod("a", gpus: 1)])],
                pools: pools,
                choices: [
                    choice(small, price: "1", pool: "other"), choice(dedicated, .spot, price: "1"),
                    choice(small, price: "5"),
                ]
            )
        )
        #expect(plan.purchases.map(\.pricePerHour) == [money("5")])
        #expect(plan.purchases.map(\.pool) == ["gpu"])
    }

    @Test("spot is bought while it is to be had, on-demand when it is closed, and nothing when policy forbids the rest")
    func fallback() {
        let demands = [demand("train", [pod("a", gpus: 1)])]
        let open = [choice(small, .spot, price: "0.4"), choice(small, price: "1")]
        let closed = [choice(small, .spot, price: "0.4", closed: "no capacity until 14:05"), choice(small, price: "1")]
        #expect(Planning.plan(input(demands, choices: open)).purchases.map(\.offering.capacityType) == [.spot])
        let fallen = Planning.plan(input(demands, choices: closed))
        #expect(fallen.purchases.map(\.offering.capacityType) == [.onDemand])
        #expect(fallen.purchases.first?.explanation.rejected.first?.reason == "no capacity until 14:05")
        #expect(
            fallen.purchases.first?.explanation.summary
                == "1 x small us-east-1a on-demand for research/train: 10.08 $ expected over 10 h 5 min; "
                + "small us-east-1a spot would cost 4.03 $ but cannot be bought: no capacity until 14:05"
        )
        let spotOnly = [demand("train", [pod("a", gpus: 1)], allowed: [.spot])]
        let refused = Planning.plan(input(spotOnly, choices: closed))
        #expect(refused.purchases.isEmpty)
        #expect(
            refused.unplaceable.first?.explanation.summary
                == "0/2 offerings: 1 no capacity until 14:05, 1 on-demand not allowed for this workload"
        )
    }

    @Test("the order of capacity types decides between equal costs, in both directions")
    func preference() {
        let choices = [choice(small, .spot, price: "1"), choice(small, .onDemand, price: "1.0")]
        for allowed in [[CapacityType.spot, .onDemand], [.onDemand, .spot]] {
            let single = demand("train", [pod("a", gpus: 1)], allowed: allowed)
            let gang = demand("gang", [pod("g", gpus: 1)], gang: Gang(minimum: 1), allowed: allowed)
            let plan = Planning.plan(input([single, gang], choices: choices))
            #expect(plan.purchases.map(\.offering.capacityType) == [allowed[0], allowed[0]])
        }
    }

    @Test("limits of nodes, accelerators and spend hold across the whole plan, the more important workload first")
    func limits() throws {
        let demands = [
            demand("old", [pod("a", gpus: 1)], createdAt: 1), demand("young", [pod("b", gpus: 1)], createdAt: 2),
            demand("urgent", [pod("c", gpus: 1)], priority: 10, createdAt: 3),
        ]
        let limits = [
            (PlanInput.Headroom(nodes: 2), "limit of pool gpu: 0 nodes left"),
            (PlanInput.Headroom(accelerators: 2), "limit of pool gpu: 0 accelerators left"),
            (PlanInput.Headroom(spendPerHour: money("2.50")), "limit of pool gpu: 0.50 $/h left"),
        ]
        for (headroom, reason) in limits {
            let plan = Planning.plan(
                input(demands, choices: [choice(small, price: "1")], headroom: ["gpu": headroom])
            )
            #expect(Set(plan.purchases.flatMap { $0.workloads.map(\.name) }) == ["urgent", "old"])
            let explanation = try #require(plan.unplaceable.first?.explanation)
            #expect(explanation.workloads.map(\.name) == ["young"])
            #expect(explanation.summary == "0/1 offerings: 1 \(reason)")
        }
    }

    @Test("a limit of one node leads to one large node instead of one small one and a pod left over")
    func limitPrefersLarge() {
        let plan = Planning.plan(
            input(
                [demand("train", [pod("a", gpus: 1), pod("b", gpus: 1)])],
                choices: [choice(small, price: "1"), choice(large, price: "6")],
                headroom: ["gpu": PlanInput.Headroom(nodes: 1)]
            )
        )
        #expect(plan.bought == ["1 x large"])
        #expect(plan.unplaceable.isEmpty)
    }

    @Test("a decision names the best three others and the sums that decided")
    func explains() throws {
        let plan = Planning.plan(
            input(
                [demand("train", [pod("a", gpus: 1)], hours: 10)],
                choices: [
                    choice(small, .spot, price: "0.50"), choice(small, .spot, zone: "us-east-1b", price: "0.81"),
                    choice(small, price: "1"), choice(large, price: "4"), choice(large, .spot, price: "2"),
                ],
                changeover: 0
            )
        )
        let explanation = try #require(plan.purchases.first?.explanation)
        #expect(explanation.chosen?.reason == "least expected cost")
        #expect(explanation.rejected.map(\.expectedCost) == [money("8.1"), money("10"), money("20")])
        #expect(explanation.rejected.first?.reason == "0.31 $/h dearer: expected cost 8.10 against 5.00")
        #expect(
            explanation.summary
                == "1 x small us-east-1a spot for research/train: 5.00 $ expected over 10 h; "
                + "next best is 1 x small us-east-1b spot at 8.10 $"
        )
    }

    @Test("a workload that nothing can serve is told, by count, which constraint rules out which offerings")
    func explainsUnplaceable() throws {
        var picky = pod("a", gpus: 2)
        picky.nodeSelector = [Label.zone: "us-east-1b"]
        let plan = Planning.plan(
            input(
                [demand("train", [picky])],
                choices: [
                    choice(small, price: "1"), choice(small, zone: "us-east-1b", price: "1"), choice(large, price: "4"),
                    choice(large, .spot, zone: "us-east-1b", price: "4", closed: "no capacity until 14:05"),
                ]
            )
        )
        let explanation = try #require(plan.unplaceable.first?.explanation)
        #expect(
            explanation.summary
                == "0/4 offerings: 2 too few nvidia.com/gpu, 1 no capacity until 14:05, "
                + "1 zone us-east-1a excluded by node selector"
        )
        #expect(explanation.rejected.map(\.reason) == ["no capacity until 14:05"])
    }

    @Test("required affinity and taints are named too, and an empty catalogue says so")
    func namesOtherConstraints() {
        var picky = pod("a", gpus: 1)
        let term = NodeSelectorRequirement(key: Label.accelerator, operator: .isIn, values: ["H100"])
        picky.nodeAffinity = [NodeSelectorTerm(requirements: [term])]
        let wanting = Planning.plan(input([demand("train", [picky])], choices: [choice(small, price: "1")]))
        #expect(
            wanting.unplaceable.map(\.explanation.summary)
                == ["0/1 offerings: 1 accelerator T4 excluded by required node affinity"]
        )
        var dedicated = small
        dedicated.taints = [Taint(key: "team", value: "vision", effect: .noSchedule)]
        let tainted = input([demand("train", [pod("a", gpus: 1)])], choices: [choice(dedicated, price: "1")])
        #expect(
            Planning.plan(tainted).unplaceable.map(\.explanation.summary)
                == ["0/1 offerings: 1 untolerated taint team=vision:NoSchedule"]
        )
        let empty = input([demand("train", [pod("a", gpus: 1)])], choices: [])
        #expect(
            Planning.plan(empty).unplaceable.map(\.explanation.summary) == ["0/0 offerings: no pool offers anything"]
        )
    }

    @Test("what policy overruled is said with the decision, bought or not")
    func overruled() {
        var train = demand("train", [pod("a", gpus: 1)])
        train.workload.overruled = ["deadline not accepted from namespace research"]
        let note = " (deadline not accepted from namespace research)"
        let bought = Planning.plan(input([train], choices: [choice(small, price: "1")]))
        #expect(bought.purchases.allSatisfy { $0.explanation.summary.hasSuffix(note) })
        let refused = Planning.plan(input([train], choices: []))
        #expect(refused.unplaceable.map(\.explanation.summary) == ["0/0 offerings: no pool offers anything\(note)"])
    }

    @Test("nothing to do gives an empty plan")
    func nothing() {
        #expect(Planning.plan(input([], choices: [choice(small, price: "1")])) == Plan())
        #expect(Planning.plan(input([demand("done", [])], choices: [choice(small, price: "1")])) == Plan())
    }
}
