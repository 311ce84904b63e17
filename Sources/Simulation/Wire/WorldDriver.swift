import Kubernetes
package import Model

/// Owns a world and its clock, and lets both front ends take turns with it. World time follows the wall clock at a
/// rate; while a reclaim notice runs, and shortly after, at a lower one.
package actor WorldDriver {
    /// How fast world time runs against the wall clock.
    package struct Pace: Sendable {
        /// The most, when nothing urgent happens.
        package var ceiling: Double
        /// The most while a notice runs, and for a time after it.
        package var duringNotice: Double = 30
        /// How long after a notice, in world time: what was saved is still on its way to those who keep books of it, and
        /// they wait half a minute for it.
        package var afterNotice: Duration = .seconds(45)
        /// While a message of such a notice has not been read and deleted, or a process on the machine has not been
        /// told to stop, or a real process runs there: the world waits for its reader, so that a busy laptop does not
        /// turn into lost work.
        package var awaitingReader: Double = 1

        package init(ceiling: Double) {
            self.ceiling = ceiling
        }
    }

    /// World time at a moment of the wall clock, and how fast it runs from there.
    package struct Reading: Sendable, Hashable {
        package var now: Timestamp
        package var rate: Double
    }

    private let world: World
    private let pace: Pace
    private var rate: Double
    private var lastWall: ContinuousClock.Instant
    /// Milliseconds of world time that have passed and are not a whole one yet.
    private var remainder = 0.0
    private var storeSignals = ChangeSignals()
    private var signalledVersion: Int64 = -1
    private var clockWatchers: [Int: AsyncStream<Reading>.Continuation] = [:]
    private var watcherCount = 0
    /// Until when the last notice slows the world down.
    private var slowUntil: Timestamp?

    package init(world: sending World, pace: Pace) {
        self.world = world
        self.pace = pace
        rate = pace.ceiling
        lastWall = .now
    }

    /// Lets the world go on until it is cancelled.
    package func run() async throws {
        lastWall = .now
        while true {
            try Task.checkCancellation()
            catchUp()
            for watcher in clockWatchers.values { watcher.yield(Reading(now: world.now, rate: rate)) }
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    /// Brings world time up to the wall clock, stopping at every change to see whether the rate still holds.
    private func catchUp() {
        let wall = ContinuousClock.now
        var left = (wall - lastWall).inSeconds * 1000
        lastWall = wall
        // A machine that slept, or was stopped, does not jump a day ahead.
        left = min(left, 1000)
        while left > 0 {
            let reach = world.now + .milliseconds(Int64(left * rate + remainder))
            guard let next = world.nextChange, next <= reach else {
                let passed = left * rate + remainder
                remainder = passed - passed.rounded(.down)
                world.advance(to: world.now + .milliseconds(Int64(passed)))
                left = 0
                break
            }
            let step = Double((next - world.now).wholeMilliseconds)
            left -= max(0, step - remainder) / rate
            remainder = 0
            world.advance(to: max(next, world.now))
            updateRate()
        }
        finishTurn()
    }

    private func finishTurn() {
        updateRate()
        let version = world.cluster.store.resourceVersion
        guard version != signalledVersion else { return }
        signalledVersion = version
        storeSignals.notify()
    }

    private func updateRate() {
        let hasOpenNotice = world.hasOpenNotice
        if hasOpenNotice { slowUntil = world.now + pace.afterNotice }
        rate =
            if !hasOpenNotice {
                world.now < slowUntil ?? world.now ? min(pace.ceiling, pace.duringNotice) : pace.ceiling
            } else if world.cloud.queue.count > 0 || world.cluster.hasUntoldProcess
                || world.cluster.hasOutsideProcessAtRisk
            {
                min(pace.ceiling, pace.awaitingReader)
            } else {
                min(pace.ceiling, pace.duringNotice)
            }
    }

    /// Looks at the world, or changes it, at its present time.
    package func withWorld<Value: Sendable>(_ body: @Sendable (World) throws -> Value) rethrows -> Value {
        catchUp()
        defer {
            world.settle()
            finishTurn()
        }
        return try body(world)
    }

    package var currentRate: Double { rate }

    /// World time as it goes on: at once, then every few milliseconds.
    package func readings() -> AsyncStream<Reading> {
        let (stream, continuation) = AsyncStream<Reading>.makeStream(bufferingPolicy: .bufferingNewest(1))
        watcherCount += 1
        let id = watcherCount
        clockWatchers[id] = continuation
        continuation.onTermination = { [weak self] _ in
            Task { await self?.forgetWatcher(id) }
        }
        continuation.yield(Reading(now: world.now, rate: rate))
        return stream
    }

    private func forgetWatcher(_ id: Int) {
        clockWatchers[id] = nil
    }
}

extension WorldDriver: ClusterFront {
    package func withStore<Value: Sendable>(
        _ body: @Sendable (inout ObjectStore, Int64) throws -> Value
    ) async throws -> Value {
        catchUp()
        defer {
            world.settle()
            finishTurn()
        }
        return try body(&world.cluster.store, world.now.milliseconds)
    }

    package func changeSignals() async -> AsyncStream<Void> {
        storeSignals.subscribe()
    }
}
