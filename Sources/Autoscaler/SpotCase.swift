import Model
import Planning

/// What has to be known of one workload to ask the spot policy where it runs, and what its answer means. Pure: the same
/// for a service with a history and for a question from a file without one.
struct SpotCase {
    /// Where it runs, or starts.
    enum Place: Hashable, Sendable {
        case nowhere
        case onDemand
        case spot(Offering)
    }

    /// What was seen of a pool.
    struct Spell {
        /// Seconds.
        var age: Double
        var seen: SpellRecord
    }

    var workload: Workload
    var fit: SpotFit
    var market: SpotMarket
    var now: Timestamp
    /// Since it was admitted, in seconds, as all other times.
    var elapsed: Double
    /// All of its work, and what is left of it, on an accelerator of relative speed 1.
    var work: Double
    var remaining: Double
    /// Work of the running attempt that the cloud would throw away with its nodes.
    var unsaved: Double = 0
    /// Whether what it does is kept when it is interrupted, or the last part of it lost at most.
    var keepsWork: Bool
    var place = Place.nowhere
    /// Of what it runs on, relative to what expected runtimes speak of.
    var standingSpeed = 1.0
    /// What an hour of all that it runs on costs, in dollars; nil when that is not known.
    var standingPrice: Double?
    var isRunning = false
    /// What saving takes when it is moved.
    var savingSeconds: Double = 0
    /// Whether it may be moved where nothing but money speaks for it: it saves when asked, and has run for a while.
    var mayMove = false
    /// What every start takes once the node stands, which a move that buys first does not spare.
    var restartSeconds: Double = 0
    /// When it began to wait.
    var waitingSince: Timestamp
    /// Of a new start: what is expected, and the most.
    var changeover: Double
    var largestChangeover: Double
    var changeoverLeft: Double = 0
    var waitingPricePerAcceleratorHour: Money?
    /// How likely spells of capacity end, before anything was seen of the pools.
    var prior: SpellHazard
    /// Of the present spell, with capacity or without, and those before.
    var spell: (Offering) -> Spell = { _ in Spell(age: 0, seen: SpellRecord()) }

    /// At this distance a workload is looked at that waits, or whose deadline is near.
    static let shortStep = 60.0
    /// The same for others, of which only a move is to be decided.
    static let longStep = 300.0

    /// The longest that a start may take.
    ///
    /// - Parameters:
    ///   - changeover: The longest that was seen, or is configured.
    ///   - saving: What saving takes before it.
    /// - Returns: Half as much again, and time for the answers of cloud and cluster on the way.
    static func largest(_ changeover: Double, saving: Double = 0) -> Double { 1.5 * changeover + saving + 30 }

    /// A question with what its numbers stand for.
    struct Asked {
        var question: SpotQuestion
        /// Of the question's pools.
        var pools: [Offering]
        /// What an hour on demand costs all of it, in dollars.
        var onDemandPrice: Double

        func place(of placement: SpotPlacement) -> Place {
            switch placement {
            case .waiting: .nowhere
            case .onDemand: .onDemand
            case .spot(let pool): pools.indices.contains(pool) ? .spot(pools[pool]) : .nowhere
            }
        }
    }

    /// Until the deadline; infinite without one.
    var timeLeft: Double { workload.deadline.map { ($0 - now).inSeconds } ?? .infinity }

    /// The question to the policy; nil where there is no choice, since one of spot and on-demand is not sold to it.
    func ask() -> Asked? {
        func cost(_ place: SpotFit.Place) -> Double? {
            market.prices[place.offering].map { $0 * place.nodes / place.speed }
        }
        let sold = fit.onDemand.compactMap { place in cost(place).map { (place: place, cost: $0) } }
        let open = sold.filter { market.open.contains($0.place.offering) }
        let cheapest = (open.isEmpty ? sold : open).min { ($0.cost, $0.place.offering) < ($1.cost, $1.place.offering) }
        guard let cheapest, cheapest.cost > 0 else { return nil }
        let speed = cheapest.place.speed
        var pools: [SpotQuestion.Pool] = []
        var offerings: [Offering] = []
        for place in fit.spot {
            let isStanding = self.place == .spot(place.offering)
            guard let price = cost(place), isStanding || price < cheapest.cost else { continue }
            let spell = spell(place.offering)
            pools.append(
                SpotQuestion.Pool(
                    isUp: isStanding || market.open.contains(place.offering),
                    spellAge: spell.age,
                    priceRatio: price / cheapest.cost,
                    speed: place.speed / speed,
                    seen: spell.seen
                )
            )
            offerings.append(place.offering)
        }
        if case .spot(let offering) = place, !offerings.contains(offering) {
            // What it runs on is not sold any more, or dearer than on demand by now: its deadline still wants to be watched.
            let spell = spell(offering)
            let price = standingPrice.map { $0 / standingSpeed } ?? cheapest.cost
            pools.append(
                SpotQuestion.Pool(
                    isUp: true,
                    spellAge: spell.age,
                    priceRatio: price / cheapest.cost,
                    speed: standingSpeed / speed,
                    seen: spell.seen
                )
            )
            offerings.append(offering)
        }
        guard !pools.isEmpty else { return nil }
        let placement: SpotPlacement =
            switch place {
            case .nowhere: .waiting
            case .onDemand: .onDemand
            case .spot(let offering): offerings.firstIndex(of: offering).map { .spot(pool: $0) } ?? .waiting
            }
        let perHour = (market.prices[cheapest.place.offering] ?? 0) * cheapest.place.nodes
        // A deadline says by itself what time is worth.
        let waiting =
            workload.deadline != nil
            ? 0 : waitingPricePerAcceleratorHour.map { $0.inDollars * Double(workload.accelerators) / perHour } ?? 1
        let isOnSpot = if case .spot = place { true } else { false }
        let question = SpotQuestion(
            elapsed: max(0, elapsed),
            work: work / speed,
            workLeft: (remaining + (isOnSpot ? unsaved : 0)) / speed,
            timeLeft: timeLeft,
            step: step(workLeft: (remaining + (isOnSpot ? unsaved : 0)) / speed),
            changeover: changeover,
            largestChangeover: largestChangeover,
            changeoverLeft: changeoverLeft,
            placement: placement,
            pools: pools,
            waitingPrice: waiting,
            prior: prior
        )
        return Asked(question: question, pools: offerings, onDemandPrice: perHour)
    }

    /// Whether the cloud may take what it starts on spot now. Whatever cannot save takes spot only where all of it could
    /// be lost at its last moment, and still be done on demand from its beginning.
    func mayRisk(_ asked: Asked) -> Bool {
        let question = asked.question
        let slowest = min(1, question.pools.filter(\.isUp).map(\.speed).min() ?? 1)
        let onSpot = question.workLeft / slowest
        return keepsWork
            || timeLeft >= onSpot + question.workLeft + question.changeover + question.largestChangeover + question.step
    }

    private func step(workLeft: Double) -> Double {
        guard isRunning else { return Self.shortStep }
        let isNear = timeLeft - workLeft < largestChangeover + 2 * Self.longStep
        return isNear && place != .onDemand ? Self.shortStep : Self.longStep
    }
}
