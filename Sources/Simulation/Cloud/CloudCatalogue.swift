package import Model
import AWS
import Foundation

/// What the simulated cloud sells: the instance types of one region with their real prices.
package struct CloudCatalogue: Sendable {
    /// One instance type.
    package struct Entry: Hashable, Sendable {
        package var name: String
        /// `NVIDIA`, `AMD`, `Habana` or `AWS`.
        package var manufacturer: String
        package var acceleratorName: String
        /// 0 for a slice of a GPU.
        package var acceleratorCount: Int64
        /// Nil where none is published.
        package var acceleratorMemoryMiB: Int64?
        package var vCPUs: Int64
        package var memoryMiB: Int64
        package var supportsEFA: Bool
        package var onDemandPricePerHour: Money
        /// Nil when the type is not sold as spot.
        package var spotSavingPercent: Int64?
        /// The share of spot instances interrupted in a month.
        package var monthlyInterruption: Double
        /// `x86_64` or `arm64`.
        package var architecture: String

        /// The type as a node offers it.
        package var instanceType: InstanceType {
            InstanceType(
                ec2Name: name,
                vCPUs: vCPUs,
                memoryMiB: memoryMiB,
                accelerators: [
                    InstanceTypeAccelerator(
                        manufacturer: manufacturer,
                        name: acceleratorName,
                        count: acceleratorCount,
                        memoryMiB: acceleratorMemoryMiB ?? 0,
                        cores: neuronCores ?? 0
                    )
                ],
                ec2Architecture: architecture,
                efaInterfaces: supportsEFA ? 1 : 0
            )
        }

        /// Cores of each Neuron device: https://awsdocs-neuron.readthedocs-hosted.com/en/latest/about-neuron/arch/
        package var neuronCores: Int64? {
            guard manufacturer == "AWS" else { return nil }
            return switch acceleratorName {
            case "Inferentia": 4
            case "Trainium2": 8
            default: 2
            }
        }
    }

    /// Sorted by name.
    package private(set) var entries: [Entry]
    /// From when the on-demand prices hold, where the file says so.
    package private(set) var publishedAt: Timestamp?
    private let indices: [String: Int]

    package subscript(name: String) -> Entry? { indices[name].map { entries[$0] } }

    private static let columns = [
        "instance_type", "accelerator_manufacturer", "accelerator_name", "accelerator_count", "accelerator_memory_mib",
        "vcpus", "memory_mib", "efa", "on_demand_usd_per_hour", "spot_saving_percent", "spot_interruption_per_month",
        "architectures",
    ]
    /// Far more than any cloud sells.
    private static let maximumLines = 10_000

    /// Reads the CSV file of a catalogue.
    /// - Parameter path: Where it lies.
    /// - Returns: The catalogue.
    /// - Throws: `CloudCatalogueError`, with the file's name in its message.
    package static func load(path: String) throws -> CloudCatalogue {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw CloudCatalogueError.unreadable(path: path)
        }
        return try load(csv: String(decoding: data, as: UTF8.self), name: path)
    }

    /// Reads a catalogue's text, whose columns are those of config/catalogues/aws-us-east-1.csv in any order.
    /// - Parameters:
    ///   - csv: The text; fields hold no commas, lines that begin with `#` are comments.
    ///   - name: What messages call it.
    /// - Returns: The catalogue.
    /// - Throws: `CloudCatalogueError`.
    package static func load(csv: String, name: String = "catalogue") throws -> CloudCatalogue {
        var positions: [String: Int]?
        var entries: [Entry] = []
        var seen: Set<String> = []
        var publishedAt: Timestamp?
        for (index, line) in csv.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let place = CloudCatalogueError.Place(file: name, line: index + 1)
            guard index < maximumLines else { throw CloudCatalogueError.tooLong(place) }
            let text = line.trimmingCharacters(in: .whitespaces.union(.newlines))
            if text.hasPrefix("#") {
                publishedAt = try publication(comment: text, place) ?? publishedAt
                continue
            }
            guard !text.isEmpty else { continue }
            let fields = text.split(separator: ",", omittingEmptySubsequences: false)
                .map { $0.trimmingCharacters(in: .whitespaces) }
            guard let known = positions else {
                positions = try header(fields, place)
                continue
            }
            let entry = try Row(fields: fields, positions: known, place: place).entry()
            guard seen.insert(entry.name).inserted else { throw CloudCatalogueError.duplicate(place, entry.name) }
            entries.append(entry)
        }
        guard !entries.isEmpty else { throw CloudCatalogueError.empty(file: name) }
        return CloudCatalogue(entries: entries.sorted { $0.name < $1.name }, publishedAt: publishedAt)
    }

    private init(entries: [Entry], publishedAt: Timestamp?) {
        self.entries = entries
        self.publishedAt = publishedAt
        indices = Dictionary(uniqueKeysWithValues: entries.enumerated().map { ($1.name, $0) })
    }

    private static func publication(comment: String, _ place: CloudCatalogueError.Place) throws -> Timestamp? {
        let words = comment.dropFirst().split(separator: ":", maxSplits: 1)
        guard words.count == 2, words[0].trimmingCharacters(in: .whitespaces) == "published" else { return nil }
        let date = words[1].trimmingCharacters(in: .whitespaces)
        guard let time = Timestamp(rfc3339: "\(date)T00:00:00Z") else {
            throw CloudCatalogueError.badValue(
                place,
                column: "published",
                value: date,
                expected: "a date such as 2026-07-20"
            )
        }
        return time
    }

    private static func header(_ fields: [String], _ place: CloudCatalogueError.Place) throws -> [String: Int] {
        var positions: [String: Int] = [:]
        for (index, field) in fields.enumerated() { positions[field] = index }
        for column in columns where positions[column] == nil {
            throw CloudCatalogueError.missingColumn(place, column)
        }
        return positions
    }

    private struct Row {
        var fields: [String]
        var positions: [String: Int]
        var place: CloudCatalogueError.Place

        func entry() throws -> Entry {
            let name = text("instance_type")
            guard !name.isEmpty else { throw bad("instance_type", "a name such as g5.xlarge") }
            let priceText = text("on_demand_usd_per_hour")
            guard let price = Money(priceText), price > .zero, price.rounded(places: 6) == price,
                price.amount < 1_000_000
            else {
                throw bad("on_demand_usd_per_hour", "a price above 0 with at most 6 decimals, such as 3.0672")
            }
            let architecture = text("architectures")
            guard ["x86_64", "arm64"].contains(architecture) else { throw bad("architectures", "x86_64 or arm64") }
            let saving = try optionalNumber("spot_saving_percent", in: 0...99)
            return Entry(
                name: name,
                manufacturer: text("accelerator_manufacturer"),
                acceleratorName: text("accelerator_name"),
                acceleratorCount: try number("accelerator_count", in: 0...1024),
                acceleratorMemoryMiB: try optionalNumber("accelerator_memory_mib", in: 1...16_777_216),
                vCPUs: try number("vcpus", in: 1...65_536),
                memoryMiB: try number("memory_mib", in: 1...1_073_741_824),
                supportsEFA: text("efa").lowercased() == "true",
                onDemandPricePerHour: price,
                spotSavingPercent: saving,
                monthlyInterruption: try interruption(),
                architecture: architecture
            )
        }

        private func text(_ column: String) -> String {
            guard let position = positions[column], position < fields.count else { return "" }
            return fields[position]
        }

        private func number(_ column: String, in range: ClosedRange<Int64>) throws -> Int64 {
            guard let value = Int64(text(column)), range.contains(value) else {
                throw bad(column, "a whole number from \(range.lowerBound) to \(range.upperBound)")
            }
            return value
        }

        private func optionalNumber(_ column: String, in range: ClosedRange<Int64>) throws -> Int64? {
            text(column).isEmpty ? nil : try number(column, in: range)
        }

        /// The middle of the Spot Instance Advisor's class; above 20% it publishes no more, so 25%.
        private func interruption() throws -> Double {
            switch text("spot_interruption_per_month") {
            case "": 0
            case "<5%": 0.025
            case "5-10%": 0.075
            case "10-15%": 0.125
            case "15-20%": 0.175
            case ">20%": 0.25
            default: throw bad("spot_interruption_per_month", "<5%, 5-10%, 10-15%, 15-20% or >20%")
            }
        }

        private func bad(_ column: String, _ expected: String) -> CloudCatalogueError {
            .badValue(place, column: column, value: text(column), expected: expected)
        }
    }
}
