import Model

/// SplitMix64: the same seed gives the same numbers everywhere.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }

    mutating func number(_ range: ClosedRange<Int64>) -> Int64 { .random(in: range, using: &self) }
    mutating func chance(_ percent: Int64) -> Bool { number(1...100) <= percent }
}

/// A shop's afternoon, at random: prices that move, nodes that come and go, pods that overlap, attempts that lose work.
struct RandomStory {
    /// What happened to one node, as the naive reckoning wants it.
    struct Node {
        var claim: ClaimID
        var offering: Offering
        var launchPrice: Money
        var workloads: [WorkloadID]
        var running: Int64
        var end: Int64?
        var reason: String?
        var initialised: Int64?
        var draining: Int64?
        var uses: [(uid: String, workload: WorkloadID, millionths: Int64, from: Int64, to: Int64?)] = []
    }

    struct Run {
        var workload: WorkloadID
        var from: Int64
        var to: Int64?
        var lost: Int64 = 0
        var checkpoint: Int64 = 0
    }

    static let now: Int64 = 9000
    private(set) var nodes: [Node] = []
    private(set) var runs: [Run] = []
    private(set) var prices: [(offering: Offering, price: Money, from: Int64)] = []
    private(set) var story = Story()
    private var generator: SeededGenerator
    private var facts: [(at: Int64, tell: (inout Story) -> Void)] = []

    init(seed: UInt64) {
        generator = SeededGenerator(seed: seed)
        let workloads = (0..<4).map { Story.workload("w\($0)", namespace: $0 < 2 ? "vision" : "speech") }
        for workload in workloads where generator.chance(90) {
            facts.append((0, { $0.admit(0, workload, team: workload.namespace) }))
        }
        makePrices()
        for index in 0..<Int(generator.number(1...4)) { makeNode(index, workloads) }
        for workload in workloads { makeRuns(workload) }
        // Facts of one second keep the order in which they were made.
        for (_, tell) in facts.enumerated().sorted(by: { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) })
            .map(\.element)
        {
            tell(&story)
        }
    }

    private mutating func makePrices() {
        for offering in [Story.spot, Story.onDemand] {
            var from = generator.number(-3000...2000)
            for _ in 0..<generator.number(0...6) {
                let price = Story.money("\(generator.number(0...40)).\(generator.number(1000...9999))")
                prices.append((offering, price, from))
                let time = from
                facts.append(
                    (max(0, time + generator.number(0...3000)), { $0.price(offering, "\(price)", from: time) })
                )
                from += generator.number(1...4000)
            }
        }
    }

    private mutating func makeNode(_ index: Int, _ workloads: [WorkloadID]) {
        let offering = generator.chance(60) ? Story.spot : Story.onDemand
        let price = Story.money("\(generator.number(0...40)).\(generator.number(1000...9999))")
        let intended = generator.number(0...2000)
        var node = Node(
            claim: ClaimID("l\(index)-0"),
            offering: offering,
            launchPrice: price,
            workloads: workloads.filter { _ in generator.chance(40) },
            running: intended + generator.number(0...50)
        )
        let claim = node.claim
        let (running, bought) = (node.running, node.workloads)
        facts.append(
            (intended, { $0.launch(intended, "l\(index)", offering: offering, price: "\(price)", for: bought) })
        )
        facts.append((running, { $0.observe(claim, .running, at: running) }))
        let end = running + generator.number(0...6000)
        if generator.chance(85) {
            let reason = generator.chance(50) ? Instance.spotReclaimed : "Client.UserInitiatedShutdown"
            node.end = end
            node.reason = reason
            facts.append((end, { $0.observe(claim, .shuttingDown, at: end, reason: reason) }))
        }
        if generator.chance(90) {
            let at = running + generator.number(0...300)
            node.initialised = at
            facts.append((at, { $0.tell(at, .claimInitialised(claim, node: "n")) }))
        }
        if generator.chance(70) {
            let at = generator.number(running...(end + 10))
            node.draining = at
            facts.append((at, { $0.tell(at, .claimDraining(claim, reason: "idle")) }))
        }
        for pod in 0..<generator.number(0...6) {
            guard let workload = workloads.randomElement(using: &generator) else { continue }
            let from = generator.number(running - 20...end + 20)
            let to = generator.chance(80) ? from + generator.number(0...3000) : nil
            let (uid, share) = ("p\(index)-\(pod)", generator.number(1...1_000_000))
            node.uses.append((uid, workload, share, from, to))
            facts.append((from, { $0.assign(from, uid, of: workload, to: claim, millionths: share) }))
            if let to { facts.append((to, { $0.tell(to, .podReleased(uid: uid, claim)) })) }
        }
        node.uses.sort { $0.from < $1.from }
        nodes.append(node)
    }

    private mutating func makeRuns(_ workload: WorkloadID) {
        var from = generator.number(0...3000)
        for number in 1...Int(generator.number(1...4)) {
            var run = Run(workload: workload, from: from)
            let (start, claim) = (from, nodes.first { $0.uses.contains { $0.workload == workload } }?.claim)
            facts.append((start, { $0.attempt(start, number, of: workload, on: claim ?? ClaimID("none")) }))
            guard number < 4 || generator.chance(50) else {
                runs.append(run)
                return
            }
            let to = from + generator.number(0...2000)
            run.to = to
            run.lost = generator.chance(50) ? generator.number(0...500) : 0
            run.checkpoint = generator.chance(50) ? generator.number(0...120) : 0
            let (lost, checkpoint) = (run.lost, run.checkpoint)
            let outcome: Attempt.Outcome = generator.chance(50) ? .interrupted : .completed
            facts.append((to, { $0.attemptEnd(to, number, of: workload, outcome, lost: lost, checkpoint: checkpoint) }))
            runs.append(run)
            from = to + generator.number(0...400)
        }
    }
}
