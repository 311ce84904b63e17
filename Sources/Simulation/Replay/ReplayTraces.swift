import Foundation
import Model

/// Recorded spot capacity, each file the trace of one capacity pool or of all machines with the same accelerators.
package struct ReplayTraces: Sendable {
    /// What a file's name says.
    enum Subject: Hashable, Sendable {
        case instanceType(String)
        /// Any machine with so many accelerators of a model, whatever the case of its letters.
        case accelerators(model: String, count: Int64)

        func matches(_ entry: CloudCatalogue.Entry) -> Bool {
            switch self {
            case .instanceType(let name): entry.name == name
            case .accelerators(let model, let count):
                entry.acceleratorCount == count && entry.acceleratorName.lowercased() == model
            }
        }
    }

    struct Recording: Sendable {
        var path: String
        var zone: String
        var subject: Subject
        var trace: CapacityTrace
        /// Of tick 0, where the file says it.
        var startsAt: Timestamp?
    }

    private(set) var recordings: [Recording] = []
    /// By which every count is multiplied.
    package var factor: Int64 = 1

    /// - Parameter paths: Files, and folders whose files end in `.json`.
    /// - Throws: `ReplayError`.
    package init(paths: [String]) throws {
        for path in paths {
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
                throw ReplayError.unreadable(path: path, expected: "a trace, or a folder of traces")
            }
            guard isFolder.boolValue else {
                try add(path: path)
                continue
            }
            let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
            let traces = names.filter { $0.hasSuffix(".json") }.sorted()
            guard !traces.isEmpty else { throw ReplayError.noTraces(path: path) }
            for name in traces { try add(path: URL(filePath: path).appending(path: name).path(percentEncoded: false)) }
        }
    }

    /// The regions of all recordings, sorted.
    package var regions: [String] { Set(recordings.map { String($0.zone.dropLast()) }).sorted() }

    private mutating func add(path: String) throws {
        let name = URL(filePath: path).lastPathComponent
        guard let (zone, subject) = Self.subject(ofFile: name) else { throw ReplayError.unknownTraceName(path: path) }
        guard let data = FileManager.default.contents(atPath: path) else {
            throw ReplayError.unreadable(path: path, expected: "a trace")
        }
        do {
            recordings.append(
                Recording(
                    path: path,
                    zone: zone,
                    subject: subject,
                    trace: try CapacityTrace(json: data),
                    startsAt: Self.start(data)
                )
            )
        } catch {
            throw ReplayError.badTrace(path: path, error)
        }
    }

    private static func start(_ json: Data) -> Timestamp? {
        struct File: Decodable {
            struct Metadata: Decodable { var start: String? }
            var metadata: Metadata
        }
        return (try? JSONDecoder().decode(File.self, from: json))?.metadata.start.flatMap { Timestamp(rfc3339: $0) }
    }

    /// `g5.xlarge_us-east-1a.json`, or anything that ends in `_us-west-2a_v100_1.json`.
    static func subject(ofFile name: String) -> (zone: String, Subject)? {
        guard name.hasSuffix(".json") else { return nil }
        let parts = name.dropLast(5).split(separator: "_").map { String($0) }
        if let zone = parts.last, isZone(zone), parts.count >= 2, parts[parts.count - 2].contains(".") {
            return (zone, .instanceType(parts[parts.count - 2]))
        }
        guard parts.count >= 3, let count = Int64(parts[parts.count - 1]), count > 0, isZone(parts[parts.count - 3])
        else { return nil }
        return (parts[parts.count - 3], .accelerators(model: parts[parts.count - 2].lowercased(), count: count))
    }

    /// Such as `us-east-1a`.
    private static func isZone(_ text: String) -> Bool {
        let parts = text.split(separator: "-")
        guard parts.count >= 3, let last = parts.last, last.count >= 2, let letter = last.last else { return false }
        return letter.isLetter && letter.isASCII && last.dropLast().allSatisfy(\.isNumber)
    }

    /// The recording of each offering of a region, and what of them no machine of the catalogue fits.
    /// - Parameters:
    ///   - catalogue: Machines that are sold.
    ///   - region: Of the cluster.
    /// - Returns: Recordings by offering, and those that are of no use.
    /// - Throws: `ReplayError` when an offering has two.
    func matched(
        _ catalogue: CloudCatalogue,
        region: String
    ) throws -> (pools: [Offering: Recording], unused: [Recording]) {
        var pools: [Offering: Recording] = [:]
        var unused: [Recording] = []
        for recording in recordings {
            let entries = catalogue.entries.filter(recording.subject.matches)
            if entries.isEmpty || recording.zone.dropLast() != region {
                unused.append(recording)
                continue
            }
            for entry in entries {
                let offering = Offering(instanceType: entry.name, zone: recording.zone, capacityType: .spot)
                if let first = pools[offering] {
                    throw ReplayError.secondTrace(path: recording.path, first: first.path, offering)
                }
                pools[offering] = recording
            }
        }
        return (pools, unused)
    }
}

extension ReplayTraces.Recording {
    /// The trace with its first tick at a moment: one that says when it was recorded is turned to it, any other begins
    /// there.
    func starting(at moment: Timestamp) -> CapacityTrace {
        guard let startsAt else { return trace }
        let count = Int64(trace.counts.count)
        let (seconds, gap) = (moment.seconds - startsAt.seconds, trace.gapSeconds)
        let tick = Int((((seconds - ((seconds % gap) + gap) % gap) / gap) % count + count) % count)
        let turned = Array(trace.counts[tick...] + trace.counts[..<tick])
        return (try? CapacityTrace(gapSeconds: gap, counts: turned)) ?? trace
    }
}
