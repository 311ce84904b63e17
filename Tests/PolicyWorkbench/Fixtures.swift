import Planning
import PolicyWorkbench
import Simulation

extension TracedMarket {
    /// Pools from words such as `110`: capacity, capacity, none.
    init(_ pools: String..., gap: Int64 = 600, ratios: [Double] = [0.3]) throws {
        try self.init(pools: pools, gap: gap, ratios: ratios)
    }

    init(pools: [String], gap: Int64, ratios: [Double]) throws {
        let traces = try pools.enumerated().map { index, text in
            let counts = text.map { $0 == "0" ? Int64(0) : 1 }
            return (name: "pool-\(index)", trace: try CapacityTrace(gapSeconds: gap, counts: counts))
        }
        try self.init(traces: traces, priceRatios: ratios)
    }

    /// Spells of capacity and of none, some short and some long.
    static func random(
        pools: Int,
        ticks: Int,
        gap: Int64,
        _ chance: inout SeededGenerator
    ) throws -> TracedMarket {
        var texts: [String] = []
        for _ in 0..<pools {
            var isUp = chance.chance(0.5)
            let ends = chance.number(from: 0.02, to: 0.6)
            var text = ""
            for _ in 0..<ticks {
                text += isUp ? "1" : "0"
                if chance.chance(ends) { isUp.toggle() }
            }
            texts.append(text)
        }
        let ratios = (0..<pools).map { _ in Double(chance.integer(in: 10...95)) / 100 }
        return try TracedMarket(pools: texts, gap: gap, ratios: ratios)
    }
}

/// Always gives the same answer.
struct Always: SpotPolicy {
    var placement: SpotPlacement

    func choose(_ question: SpotQuestion) -> SpotPlacement { placement }
}

/// Answers by chance.
struct Erratic: SpotPolicy {
    var chance: SeededGenerator

    mutating func choose(_ question: SpotQuestion) -> SpotPlacement {
        switch chance.integer(in: -1...Int64(question.pools.count)) {
        case -1: .waiting
        case 0: .onDemand
        case let pool: .spot(pool: Int(pool) - 1)
        }
    }
}

/// Follows a list of answers, then goes on demand.
struct Scripted: SpotPolicy {
    var answers: [SpotPlacement]

    mutating func choose(_ question: SpotQuestion) -> SpotPlacement {
        answers.isEmpty ? .onDemand : answers.removeFirst()
    }
}
