import Foundation
import Model
import Planning
import PlanningWorkbench

/// What was measured of one case.
struct Measurement: Codable {
    var mix: String
    var pods: Int
    var seed: UInt64
    var nodes: Int
    var unplaceable: Int
    /// Exact, as a decimal number.
    var costPerHour: String
    /// The cost over the bound that one resource alone gives, over the best one for nodes in parts, and over the best one
    /// for whole nodes; nil when nothing is bought.
    var overPlainBound: Double?
    var overPartsBound: Double?
    var overBestBound: Double?
    var runs: Int
    /// Of all runs the median, of planning alone.
    var planningSeconds: Double
    var podsPerSecond: Double
    /// Of the whole process with its input, until the last run ended.
    var peakMemoryBytes: Int
    /// Of that, what was in use before the first run.
    var inputMemoryBytes: Int
    var violations: Int
    var firstViolations: [String]

    /// Plans a case several times, then judges the plan.
    ///
    /// - Parameters:
    ///   - testCase: The input.
    ///   - runs: How often; fewer when a run takes long.
    init(_ testCase: Case, runs: Int) {
        let input = testCase.mix.input(count: testCase.count, seed: testCase.seed)
        inputMemoryBytes = Self.memory("VmRSS")
        var plan = Plan()
        var seconds: [Double] = []
        let clock = ContinuousClock()
        while seconds.count < runs, seconds.reduce(0, +) < 60 {
            let elapsed = clock.measure { plan = Planning.plan(input, explained: false) }
            seconds.append(elapsed / .seconds(1))
        }
        peakMemoryBytes = Self.memory("VmHWM")
        mix = testCase.mix.rawValue
        seed = testCase.seed
        pods = input.demands.reduce(0) { $0 + $1.pods.count }
        self.runs = seconds.count
        planningSeconds = Self.median(seconds)
        podsPerSecond = Double(pods) / max(planningSeconds, 1e-9)
        nodes = plan.purchases.reduce(0) { $0 + $1.count }
        unplaceable = plan.unplaceable.reduce(0) { $0 + $1.pods.count }
        let cost = plan.purchases.reduce(Money.zero) { $0 + $1.pricePerHour * $1.count }
        costPerHour = cost.description
        let bound = LowerBound(input, serving: plan)
        overPlainBound = bound.plain > 0 ? cost.approximate / bound.plain : nil
        overPartsBound = bound.parts > 0 ? cost.approximate / bound.parts : nil
        overBestBound = bound.best > 0 ? cost.approximate / bound.best : nil
        let found = PlanJudge(input, plan).violations
        violations = found.count
        firstViolations = Array(found.prefix(5))
    }

    private static func median(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        guard let last = sorted.last else { return 0 }
        let middle = sorted.count / 2
        return sorted.count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : min(sorted[middle], last)
    }

    /// A figure of this process in bytes, as Linux keeps it; 0 where there is none.
    private static func memory(_ name: String) -> Int {
        guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8) else { return 0 }
        let line = status.split(separator: "\n").first { $0.hasPrefix("\(name):") }
        let kibibytes = line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) }
        return (kibibytes ?? 0) * 1024
    }
}
