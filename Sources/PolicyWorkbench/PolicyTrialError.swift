import Foundation

/// Why policies cannot be tried as asked.
package enum PolicyTrialError: Error, Equatable, CustomStringConvertible {
    case noTraces
    case gapsDiffer(String, seconds: Int64, other: String, otherSeconds: Int64)
    case badNodes(Int64)
    case nodesDoNotMatch(counts: Int, traces: Int)
    case priceRatiosDoNotMatch(ratios: Int, traces: Int)
    case badPriceRatio(Double)
    case badWork(Int64)
    case badChangeover(Int64)
    case badJitter(Double)
    case deadlineTooShort(deadlineSeconds: Int64, workSeconds: Int64, changeoverSeconds: Double)
    case tracesTooShort(seconds: Int64, deadlineSeconds: Int64)
    case noRoomAfterStart(Int, deadlineSeconds: Int64, lastStart: Int)
    case unknownPolicy(String, known: [String])
    case noSpells(String, nodes: Int64)
    case badCheckpointCost(Int64)
    case badNotice(Int64)
    case badUnannouncedShare(Double)
    case badInterruptionsPerDay(Double)

    package var description: String {
        switch self {
        case .noTraces:
            "give at least one trace"
        case .gapsDiffer(let first, let seconds, let other, let otherSeconds):
            "\(other): a tick is \(otherSeconds) s, and \(seconds) s in \(first): "
                + "only traces with the same gap_seconds can be open at the same time"
        case .badNodes(let nodes):
            "\(nodes) nodes: give 1 or more"
        case .nodesDoNotMatch(let counts, let traces):
            "\(counts) numbers of nodes for \(traces) traces: give one for all, or one for each in the order of the traces"
        case .priceRatiosDoNotMatch(let ratios, let traces):
            "\(ratios) price ratios for \(traces) traces: give one for all, or one for each in the order of the traces"
        case .badPriceRatio(let ratio):
            "a price ratio of \(Self.plain(ratio)): give the spot price over the on-demand price, such as 0.3"
        case .badWork(let seconds):
            "work of \(seconds) s: give more than nothing"
        case .badChangeover(let seconds):
            "a changeover of \(seconds) s: give 0s or more"
        case .badJitter(let jitter):
            "a changeover jitter of \(Self.plain(jitter)): give 0 to 1"
        case .deadlineTooShort(let deadline, let work, let changeover):
            "a deadline of \(Self.hours(deadline)) could not be met on demand: \(Self.hours(work)) of work and a "
                + "changeover of up to \(Self.plain(changeover)) s need "
                + "\(Self.plain((Double(work) + changeover) / 3600)) h"
        case .tracesTooShort(let seconds, let deadline):
            "the traces hold \(Self.hours(seconds)), less than the deadline of \(Self.hours(deadline))"
        case .noRoomAfterStart(let tick, let deadline, let last):
            "start tick \(tick): the traces must go on for \(Self.hours(deadline)) after it; the last possible is \(last)"
        case .unknownPolicy(let name, let known):
            "there is no policy \"\(name)\"; there are: \(known.joined(separator: ", "))"
        case .noSpells(let name, let nodes):
            "\(name): there is never capacity for \(nodes) \(nodes == 1 ? "node" : "nodes"): "
                + "give another trace, or fewer nodes"
        case .badCheckpointCost(let seconds):
            "a checkpoint cost of \(seconds) s: give more than nothing"
        case .badNotice(let seconds):
            "a notice of \(seconds) s: give 0s or more, or none"
        case .badUnannouncedShare(let share):
            "a share of \(Self.plain(share)) of unannounced interruptions: give 0 to 1"
        case .badInterruptionsPerDay(let count):
            "\(Self.plain(count)) interruptions a day: give 0 to 1000"
        }
    }

    private static func hours(_ seconds: Int64) -> String { "\(plain(Double(seconds) / 3600)) h" }

    /// At most four places, none that say nothing.
    private static func plain(_ value: Double) -> String {
        var text = String(format: "%.4f", value)
        while text.hasSuffix("0") { text.removeLast() }
        if text.hasSuffix(".") { text.removeLast() }
        return text
    }
}
