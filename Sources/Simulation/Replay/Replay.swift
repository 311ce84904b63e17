import Autoscaler
import Billing
import Kubernetes
package import Model

/// A stretch of a cluster's past, run again against recorded capacity and prices with the real state machine, in virtual
/// time. The same files, configuration and seed give the same answer.
package struct Replay: Sendable {
    package let workloads: [ReplayWorkload]
    private let surroundings: [JSON]
    private let prices: ReplayPrices
    private let traces: ReplayTraces
    private let seed: UInt64
    /// How long starts take, for all configurations alike.
    private let changeover: Changeover
    /// How long is waited for the last workload after the last submission.
    private let patience: Duration

    /// How long what is finished can still be seen.
    static let keptSeconds: Int64 = 300
    /// How far the world goes between two looks at it.
    private static let stride: Duration = .seconds(3600)

    /// How often the cloud is asked for what it tells anyway.
    private static let pollInterval: Duration = .seconds(3600)

    /// - Parameters:
    ///   - file: Workloads of the past.
    ///   - prices: What machines cost.
    ///   - traces: Which spot capacity there was.
    ///   - seed: Of everything that is left to chance.
    ///   - changeover: How long starts take.
    ///   - patience: How long after the last submission the replay ends at the latest.
    package init(
        file: ReplayFile,
        prices: ReplayPrices,
        traces: ReplayTraces,
        seed: UInt64,
        changeover: Changeover,
        patience: Duration
    ) {
        workloads = file.workloads
        surroundings = file.surroundings
        self.prices = prices
        self.traces = traces
        self.seed = seed
        self.changeover = changeover
        self.patience = patience
    }

    /// From the first submission to the last.
    package var submissions: ClosedRange<Timestamp> {
        let times = workloads.map(\.submittedAt)
        let start = times.min() ?? Timestamp(seconds: 0)
        return start...max(start, times.max() ?? start)
    }

    /// When it ends even if something is not finished.
    package var latestEnd: Timestamp { submissions.upperBound + patience }

    /// One pool with every machine of the catalogue, which believes all annotations.
    /// - Parameters:
    ///   - prices: With the catalogue.
    ///   - traces: Whose region the cluster is in.
    /// - Returns: What is replayed where no configuration is given.
    /// - Throws: `ReplayError` when the traces are of several regions.
    package static func standardConfiguration(
        _ prices: ReplayPrices,
        _ traces: ReplayTraces
    ) throws -> GleanerConfiguration {
        let regions = traces.regions
        guard regions.count == 1 else { throw ReplayError.severalRegions(regions) }
        let types = prices.catalogue.entries.filter { $0.architecture == "x86_64" }.map(\.name)
        var result = GleanerConfiguration(
            clusterName: "replay",
            pools: [
                Pool(
                    name: "default",
                    shapes: types.map { Pool.ShapeTemplate(name: $0, instanceTypes: [$0]) },
                    acceptedAnnotations: [Annotation.deadline, .doNotDisrupt, .capacityType].map(\.rawValue)
                )
            ]
        )
        result.aws.region = regions[0]
        return result
    }

    /// The same configuration without spot and without reservations.
    package static func onDemandOnly(_ configuration: GleanerConfiguration) -> GleanerConfiguration {
        var result = configuration
        for index in result.pools.indices { result.pools[index].capacityTypes = [.onDemand] }
        return result
    }

    /// A configuration, what of its offerings is sold how, and what is worth knowing about that.
    package struct Scenario: Sendable {
        package let name: String
        package let configuration: GleanerConfiguration
        package let notes: [String]
        fileprivate let cloud: CloudConfiguration
    }

    /// Prepares a configuration.
    /// - Parameters:
    ///   - configuration: Of the service. Its pauses and dry runs do not count.
    ///   - name: What reports and messages call it.
    /// - Returns: What can be run.
    /// - Throws: `ReplayError` when traces, prices and configuration do not go together.
    package func scenario(_ configuration: GleanerConfiguration, name: String) throws -> Scenario {
        var configuration = configuration
        configuration.isPaused = false
        configuration.isDryRun = false
        // The cloud of a replay tells of every change itself, and none is lost: asking it every minute changes nothing,
        // and would take most of the time.
        configuration.instanceRefreshInterval = max(configuration.instanceRefreshInterval, Self.pollInterval)
        configuration.statusRefreshInterval = max(configuration.statusRefreshInterval, Self.pollInterval)
        configuration.quotaRefreshInterval = max(configuration.quotaRefreshInterval, Self.pollInterval)
        let region = configuration.aws.region
        guard traces.regions.contains(region) else {
            throw ReplayError.regionWithoutTrace(configuration: name, region: region, traced: traces.regions)
        }
        var supply = ReplaySupply(
            configuration: configuration,
            startsAt: submissions.lowerBound,
            latestEnd: latestEnd,
            prices: prices,
            traces: traces
        )
        try supply.match(name: name)
        if supply.spotPrices.values.allSatisfy({ $0.count == 1 }) {
            configuration.priceRefreshInterval = max(
                configuration.priceRefreshInterval,
                configuration.maximumPriceAge / 2
            )
        }
        var cloud = CloudConfiguration(seed: seed, startsAt: submissions.lowerBound)
        cloud.region = region
        cloud.zones = supply.zones
        cloud.capacityRules = supply.rules
        cloud.recordedSpotPrices = supply.spotPrices
        cloud.interruptionsPerDay = 0
        cloud.duplicateShare = 0
        cloud.lateShare = 0
        cloud.pendingSeconds = 5...5
        cloud.shuttingDownSeconds = 30...30
        return Scenario(name: name, configuration: configuration, notes: supply.notes, cloud: cloud)
    }

    /// Runs a scenario from the first submission until everything is finished, or time is up.
    /// - Parameters:
    ///   - scenario: Of this replay.
    ///   - progress: Is told how far it is, as a part of the whole.
    /// - Returns: What it cost, and how it went.
    package func run(_ scenario: Scenario, progress: (Double) -> Void = { _ in }) -> ReplayOutcome {
        let start = submissions.lowerBound
        var arrivals = [World.Arrival(at: start, objects: surroundings)]
        arrivals += workloads.map { World.Arrival(at: $0.submittedAt, objects: $0.objects) }
        // A node takes a few seconds to start before it boots.
        var pace = ClusterPace(boot: changeover.bootSeconds - 5, pull: changeover.pullSeconds)
        pace.finishedPods = Self.keptSeconds
        let world = World(
            cloud: CloudModel(configuration: scenario.cloud, catalogue: prices.catalogue),
            seed: seed,
            arrivals: arrivals,
            pace: pace
        )
        let run = VirtualRun(world: world, configuration: scenario.configuration, seed: seed)
        let length = (submissions.upperBound - start).inSeconds + 1
        while world.now < latestEnd, !run.isSettled {
            let before = world.now
            run.run(until: min(before + Self.stride, latestEnd))
            guard world.now > before else { break }
            progress(min(1, (world.now - start).inSeconds / length))
        }
        let books = balance(run)
        progress(1)
        return ReplayOutcome(name: scenario.name, workloads: workloads, run: run, books: books)
    }

    /// The books, at a moment at which no state change is on its way to them.
    private func balance(_ run: VirtualRun) -> Ledger {
        let world = run.world
        var books = Ledger(configuration: run.configuration)
        let types = run.configuration.pools.flatMap { $0.shapes.flatMap(\.instanceTypes) }
        books.record(world.cloud.catalogue(instanceTypes: types, at: world.now))
        var recorded = 0
        for _ in 0..<30 {
            for entry in run.entries[recorded...] { books.record(entry) }
            recorded = run.entries.count
            let bill = world.cloud.bill(at: world.now).roundedTotal
            if books.total(now: world.now).rounded(places: 2) == bill { break }
            run.run(until: world.now + .seconds(60))
        }
        return books
    }
}
