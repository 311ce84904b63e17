import ArgumentParser
import PlanningWorkbench

extension Mix: ExpressibleByArgument {}

/// One input to measure planning with.
struct Case {
    var mix: Mix
    var count: Int
    var seed: UInt64

    /// How many pods each mix is measured with when nothing is asked for.
    static func usualCounts(_ mix: Mix) -> [Int] {
        switch mix {
        case .diverse: [100, 1000, 10000, 20000, 50000]
        case .gangs: [100, 1000, 5000, 20000]
        case .memoryHeavy, .eightOnly, .limitedPools, .halfFull: [1000, 5000]
        case .manyIdentical: [10000, 50000]
        case .allDistinct: [10000]
        case .everyRule: [1000]
        }
    }
}
