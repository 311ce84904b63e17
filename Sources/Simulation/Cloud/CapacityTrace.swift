package import Foundation

/// How many instances could be had over time, measured in a real cloud: `{"metadata": {"gap_seconds": 300}, "data": [0, 1]}`.
package struct CapacityTrace: Hashable, Sendable {
    package let gapSeconds: Int64
    package let counts: [Int64]

    /// A year of seconds.
    private static let maximumTicks = 31_622_400

    package init(gapSeconds: Int64, counts: [Int64]) throws(CapacityTraceError) {
        guard (1...86_400).contains(gapSeconds) else { throw .badGap(String(gapSeconds)) }
        guard !counts.isEmpty else { throw .empty }
        guard counts.count <= Self.maximumTicks else { throw .tooLong }
        if let index = counts.firstIndex(where: { !(0...1_000_000).contains($0) }) {
            throw .badCount(index: index, value: counts[index])
        }
        self.gapSeconds = gapSeconds
        self.counts = counts
    }

    /// Reads a trace file's text.
    /// - Parameter json: At most 64 MiB.
    /// - Throws: `CapacityTraceError`.
    package init(json: Data) throws(CapacityTraceError) {
        struct File: Decodable {
            struct Metadata: Decodable {
                var gapSeconds: Double

                enum CodingKeys: String, CodingKey {
                    case gapSeconds = "gap_seconds"
                }
            }
            var metadata: Metadata
            var data: [Int64]
        }
        guard json.count <= 64 << 20 else { throw .tooLong }
        let file: File
        do {
            file = try JSONDecoder().decode(File.self, from: json)
        } catch {
            throw .notATrace(String(describing: error))
        }
        let gap = file.metadata.gapSeconds
        guard gap >= 1, gap <= 86_400 else { throw .badGap(String(gap)) }
        try self.init(gapSeconds: Int64(gap.rounded()), counts: file.data)
    }

    /// The count that holds some seconds after the trace's start.
    func count(at seconds: Int64) -> Int64 {
        counts[tick(max(0, seconds))]
    }

    /// How many seconds after the trace's start the count changes next, seen from the given second; nil when it never does.
    func nextChange(after seconds: Int64) -> Int64? {
        let first = seconds / gapSeconds
        let current = count(at: seconds)
        for step in 1...Int64(counts.count) where counts[Int((first + step) % Int64(counts.count))] != current {
            return (first + step) * gapSeconds
        }
        return nil
    }

    private func tick(_ seconds: Int64) -> Int {
        Int(seconds / gapSeconds % Int64(counts.count))
    }
}

/// Why a trace file cannot be used.
package enum CapacityTraceError: Error, Equatable, CustomStringConvertible {
    case notATrace(String)
    case badGap(String)
    case empty
    case tooLong
    case badCount(index: Int, value: Int64)

    package var description: String {
        switch self {
        case .notATrace(let reason):
            "not a trace: expected {\"metadata\": {\"gap_seconds\": N}, \"data\": [COUNT, ...]}: \(reason)"
        case .badGap(let value): "metadata.gap_seconds: \(value) is not between 1 and 86400"
        case .empty: "data: the trace has no ticks"
        case .tooLong: "data: the trace is too long"
        case .badCount(let index, let value): "data[\(index)]: \(value) is not a count of instances"
        }
    }
}
