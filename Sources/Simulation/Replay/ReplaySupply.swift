import Model

/// What of a configuration's offerings is sold in a replay, and what has to be said about it.
struct ReplaySupply {
    let configuration: GleanerConfiguration
    let startsAt: Timestamp
    let latestEnd: Timestamp
    let prices: ReplayPrices
    let traces: ReplayTraces

    private(set) var zones: [String] = []
    private(set) var rules: [CapacityRule] = []
    private(set) var spotPrices: [Offering: [PricePoint]] = [:]
    private(set) var notes: [String] = []

    init(
        configuration: GleanerConfiguration,
        startsAt: Timestamp,
        latestEnd: Timestamp,
        prices: ReplayPrices,
        traces: ReplayTraces
    ) {
        self.configuration = configuration
        self.startsAt = startsAt
        self.latestEnd = latestEnd
        self.prices = prices
        self.traces = traces
    }

    /// - Throws: `ReplayError` when traces, prices and configuration do not go together.
    mutating func match(name: String) throws {
        let region = configuration.aws.region
        let types = Set(configuration.pools.flatMap { $0.shapes.flatMap(\.instanceTypes) })
        let unknown = types.filter { prices.catalogue[$0] == nil }.sorted()
        guard unknown.count < types.count else {
            throw ReplayError.unknownInstanceTypes(configuration: name, catalogue: prices.cataloguePath)
        }
        if !unknown.isEmpty {
            notes.append("not in \(prices.cataloguePath), so never bought: \(unknown.joined(separator: ", "))")
        }
        let (pools, unused) = try traces.matched(prices.catalogue, region: region)
        let configured = configuration.pools.flatMap(\.zones).filter { $0.dropLast() == region }
        zones = Set(pools.keys.map(\.zone) + configured).sorted()
        if zones.isEmpty { zones = Set(traces.recordings.map(\.zone).filter { $0.dropLast() == region }).sorted() }
        sell(pools, types)
        for recording in unused {
            let why =
                recording.zone.dropLast() == region
                ? "no machine of \(prices.cataloguePath) fits it" : "it is of another region"
            notes.append("\(recording.path) is not used: \(why)")
        }
    }

    private mutating func sell(_ pools: [Offering: ReplayTraces.Recording], _ types: Set<String>) {
        var withoutHistory: Set<String> = []
        var withoutPrice: Set<String> = []
        var repeats: Set<String> = []
        for (offering, recording) in pools.sorted(by: { $0.key < $1.key }) where types.contains(offering.instanceType) {
            let points = prices.spotPrices(of: offering, from: startsAt)
            guard !points.isEmpty else {
                withoutPrice.insert(offering.instanceType)
                continue
            }
            if !prices.isRecorded(offering) { withoutHistory.insert(offering.instanceType) }
            let trace = recording.starting(at: startsAt)
            let seconds = trace.gapSeconds * Int64(trace.counts.count)
            if seconds < (latestEnd - startsAt).components.seconds { repeats.insert("\(seconds / 86_400) d") }
            spotPrices[offering] = points
            rules.append(
                CapacityRule(
                    OfferingPattern(instanceType: offering.instanceType, zone: offering.zone, capacityType: .spot),
                    .trace(trace, factor: traces.factor)
                )
            )
        }
        let untraced = types.filter { type in
            prices.catalogue[type] != nil && !spotPrices.keys.contains { $0.instanceType == type }
        }
        if !untraced.isEmpty {
            notes.append("without a trace, so on-demand alone: \(Self.some(untraced))")
        }
        if !withoutPrice.isEmpty {
            notes.append("without a spot price, so on-demand alone: \(Self.some(withoutPrice))")
        }
        if !withoutHistory.isEmpty {
            notes.append(
                "without a spot price history, so always at the average saving of \(prices.cataloguePath): "
                    + Self.some(withoutHistory)
            )
        }
        if !repeats.isEmpty {
            notes.append("traces begin again at their end, after \(repeats.sorted().joined(separator: ", "))")
        }
        if traces.factor != 1 { notes.append("each node of a trace stands for \(traces.factor)") }
        if prices.leftOut > 0 { notes.append("\(prices.leftOut) spot prices of other systems than Linux are left out") }
    }

    private static func some(_ names: Set<String>) -> String {
        let sorted = names.sorted()
        guard sorted.count > 6 else { return sorted.joined(separator: ", ") }
        return "\(sorted.prefix(5).joined(separator: ", ")) and \(sorted.count - 5) more"
    }
}
