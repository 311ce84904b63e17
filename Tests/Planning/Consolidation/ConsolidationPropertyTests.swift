import Model
import PlanningWorkbench
import Testing

@testable import Planning

@Suite("Consolidation of random clusters")
struct ConsolidationPropertyTests {
    private static func draw(seed: UInt64, nodes count: Int) -> Floor {
        var generator = SeededGenerator(seed: seed)
        func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }
        var floor = Floor()
        let limit = number(0...count)
        floor.disruption.budgets = [
            DisruptionBudget(nodes: .count(limit)),
            DisruptionBudget(nodes: .percent(number(5...100)), reasons: [.underutilized]),
        ]
        if number(0...2) == 0 { floor.disruption.budgets = [] }
        let shapes = [(Floor.one, "1.2"), (Floor.four, "4"), (Floor.shape("eight", gpus: 8), "7.5")]
        for (shape, price) in shapes {
            if number(0...3) > 0 { floor.offer(shape, price: price) }
        }
        for index in 0..<count {
            let (shape, price) = shapes[number(0...2)]
            var room = Int(shape.accelerators)
            var pods: [Pod] = []
            while room > 0, number(0...5) > (pods.isEmpty ? 0 : 2) {
                let gpus = number(1...min(room, 4))
                room -= gpus
                pods.append(Floor.pod("p\(index)-\(pods.count)", gpus: Int64(gpus)))
            }
            let factor = Money(price).map { $0 * number(80...140) / 100 } ?? .zero
            floor.add("n\(index)", shape: shape, price: factor.description, pods: pods)
            for pod in pods {
                switch number(0...9) {
                case 0: floor.change(tenant: pod.id.name) { $0.demand.workload.gang = Gang(minimum: 2) }
                case 1: floor.change(tenant: pod.id.name) { $0.demand.workload.doNotDisrupt = true }
                case 2: floor.change(tenant: pod.id.name) { $0.demand.workload.checkpoint = .none }
                default: break
                }
            }
            if number(0...9) == 0 { floor.change("n\(index)") { $0.isDisrupted = true } }
            if number(0...9) == 0 { floor.change("n\(index)") { $0.isReady = false } }
        }
        return floor
    }

    @Test(
        "no pod is without room, no budget is passed, nothing that must stay is touched, and all of it pays",
        arguments: 1...150 as ClosedRange<UInt64>
    )
    func holds(seed: UInt64) throws {
        let floor = Self.draw(seed: seed, nodes: 4 + Int(seed % 20))
        let chosen = floor.chosen
        let removed = chosen.flatMap { $0.removals.map(\.node) }
        #expect(Set(removed).count == removed.count)
        let byName = Dictionary(uniqueKeysWithValues: floor.nodes.map { ($0.name, $0) })
        for name in removed {
            let node = try #require(byName[name])
            #expect(!node.isDisrupted)
            for resident in node.residents {
                let workload = try #require(resident.workload.flatMap { floor.tenants[$0]?.demand.workload })
                #expect(workload.gang == nil && !workload.doNotDisrupt)
            }
        }
        for reason in [Disruption.Reason.empty, .underutilized] {
            let count = chosen.filter { $0.reason == reason }.flatMap(\.removals).count
            guard count > 0 else { continue }
            let out = floor.nodes.filter { $0.isDisrupted || !$0.isReady }.count
            let limit = floor.disruption.allowed(for: reason, of: floor.nodes.count, at: Floor.now) ?? .max
            #expect(out + count <= limit)
        }
        let every = floor.disruption.allowed(for: .empty, of: floor.nodes.count, at: Floor.now) ?? .max
        let out = floor.nodes.filter { $0.isDisrupted || !$0.isReady }.count
        #expect(removed.isEmpty || out + removed.count <= every)
        for action in chosen where action.reason == .underutilized { #expect(action.sum.net > .zero) }
        #expect(roomIsLeft(floor, chosen))
    }

    /// Packs, by a search of its own, everything that moves onto the GPUs that are left and bought.
    private func roomIsLeft(_ floor: Floor, _ chosen: [Consolidation]) -> Bool {
        let removed = Set(chosen.flatMap { $0.removals.map(\.node) })
        var free = floor.nodes.filter { !removed.contains($0.name) && !$0.isDisrupted && $0.isReady }.map { node in
            Int(node.shape.accelerators) - node.residents.reduce(0) { $0 + Int($1.pod.requests.accelerators) }
        }
        for purchase in chosen.compactMap(\.purchase) {
            free += Array(repeating: Int(purchase.shape.accelerators), count: purchase.count)
        }
        let moving = floor.nodes.filter { removed.contains($0.name) }.flatMap(\.residents)
            .map { Int($0.pod.requests.accelerators) }.sorted(by: >)
        return fits(moving[...], in: free)
    }

    private func fits(_ needs: ArraySlice<Int>, in free: [Int]) -> Bool {
        guard let need = needs.first else { return true }
        var tried: Set<Int> = []
        for index in free.indices.sorted(by: { free[$0] < free[$1] })
        where free[index] >= need && tried.insert(free[index]).inserted {
            var rest = free
            rest[index] -= need
            if fits(needs.dropFirst(), in: rest) { return true }
        }
        return false
    }

    @Test("the order of nodes and hosts does not matter", arguments: 1...20 as ClosedRange<UInt64>)
    func order(seed: UInt64) {
        let floor = Self.draw(seed: seed, nodes: 12)
        var turned = floor
        turned.nodes.reverse()
        turned.hosts.reverse()
        turned.choices.reverse()
        #expect(floor.chosen == turned.chosen)
    }

    @Test("something is found in these clusters: removals, replacements and empty nodes")
    func isUseful() {
        let all = (1...150 as ClosedRange<UInt64>).flatMap { Self.draw(seed: $0, nodes: 12).chosen }
        #expect(all.filter { $0.reason == .empty }.count > 20)
        #expect(all.filter { $0.reason == .underutilized && $0.purchase == nil }.count > 5)
        #expect(all.filter { $0.purchase != nil }.count > 5)
    }

    @Test("among a thousand nodes many are found, none twice")
    func large() {
        let floor = Self.draw(seed: 7, nodes: 1000)
        let removed = Planning.consolidate(floor.input).flatMap { $0.removals.map(\.node) }
        #expect(removed.count > 50)
        #expect(Set(removed).count == removed.count)
    }
}
