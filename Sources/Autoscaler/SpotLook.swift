import Model
import Planning

/// What the spot policy said of a workload, and what that means until it is asked again.
struct SpotLook: Equatable, Sendable {
    /// That a workload should run elsewhere than it does.
    struct Move: Equatable, Sendable {
        var isToOnDemand: Bool
        /// Whether its deadline would be missed without it.
        var isUrgent: Bool
        /// What is left until its deadline beside its work and the save before the move, in seconds; nil when nothing
        /// presses.
        var spareSeconds: Double?
        /// Why, in words.
        var reason: String
    }

    var answer: SpotCase.Place
    /// What it may be bought now, the preferred first; never empty.
    var types: [CapacityType]
    /// Spot pools that it is kept off.
    var avoided: Set<Offering> = []
    /// Why it waits, in words; nil when it need not.
    var waiting: String?
    var move: Move?
    /// Why it stays although it should go, in words.
    var stays: String?
    /// Seconds until it is to be looked at again.
    var step: Double
}

extension SpotCase {
    /// Asks the policy, and says what follows from its answer.
    ///
    /// - Parameter policy: That also sees that no deadline is missed.
    /// - Returns: Nil where there is nothing to decide.
    func look(_ policy: inout DeadlineShield) -> SpotLook? {
        guard let asked = ask() else { return nil }
        let mayAsk = place != .nowhere || mayRisk(asked)
        let answer = mayAsk ? asked.place(of: policy.choose(asked.question)) : .onDemand
        if isRunning { return lookAtRunning(asked, answer, &policy) }
        return lookAtWaiting(asked, answer, &policy)
    }

    private var allowed: [CapacityType] {
        workload.capacityTypes.isEmpty ? [.reserved, .spot, .onDemand] : workload.capacityTypes
    }

    // MARK: - Those that wait

    private func lookAtWaiting(_ asked: Asked, _ answer: Place, _ policy: inout DeadlineShield) -> SpotLook {
        let question = asked.question
        let withoutOnDemand = allowed.filter { $0 != .onDemand }
        var look = SpotLook(answer: answer, types: allowed, step: question.step)
        let waitsUntil = workload.maxWaitSeconds.map { waitingSince + .seconds($0) }
        let isPatient = waitsUntil.map { now < $0 } ?? false
        let price = percent(question.pools.map(\.priceRatio).min() ?? 1)
        switch answer {
        case .onDemand:
            let isForced = workload.deadline != nil && (!DeadlineShield.allows(.waiting, question) || !mayRisk(asked))
            if isPatient, !isForced, let waitsUntil {
                look.types = withoutOnDemand
                look.waiting =
                    "waits for spot, at \(price) of the on-demand price, until \(waitsUntil), as its max-wait says"
                return look
            }
            let isSold = fit.onDemand.contains { market.open.contains($0.offering) }
            // Where there is none, spot is better than nothing.
            if isSold { look.types = allowed.filter { $0 != .spot } }
        case .nowhere:
            // It has waited as long as it is willing to.
            if waitsUntil != nil, !isPatient { return look }
            look.types = withoutOnDemand
            look.avoided = Set(zip(asked.pools, question.pools).filter(\.1.isUp).map(\.0))
            look.waiting = "waits for spot, at \(price) of the on-demand price, " + until(asked, waitsUntil)
        case .spot(let chosen):
            if isPatient { look.types = withoutOnDemand }
            look.avoided = avoided(besides: chosen, asked, &policy)
        }
        return look
    }

    /// Until when it waits at the latest, and why no longer.
    private func until(_ asked: Asked, _ waitsUntil: Timestamp?) -> String {
        let question = asked.question
        if let deadline = workload.deadline {
            let spare = question.timeLeft - question.workLeft - question.largestChangeover - question.step
            let last = now + .seconds(Int64(max(0, spare)))
            if let waitsUntil, waitsUntil < last { return "until \(waitsUntil) at the latest, as its max-wait says" }
            return "until \(last) at the latest: after that a start on demand might miss the deadline of \(deadline)"
        }
        if let waitsUntil { return "until \(waitsUntil) at the latest, as its max-wait says" }
        let perHour = rounded(question.waitingPrice * asked.onDemandPrice)
        return "while that is expected to save more than the \(perHour) $ an hour that waiting is worth"
    }

    /// Pools with capacity that the policy would not take, were there no other. Planning chooses among the rest.
    private func avoided(besides chosen: Offering, _ asked: Asked, _ policy: inout DeadlineShield) -> Set<Offering> {
        var result: Set<Offering> = []
        var alone = asked.question
        alone.placement = place == .onDemand ? .onDemand : .waiting
        for (pool, offering) in zip(asked.question.pools, asked.pools) where pool.isUp && offering != chosen {
            alone.pools = [pool]
            if policy.choose(alone) != .spot(pool: 0) { result.insert(offering) }
        }
        return result
    }

    // MARK: - Those that run

    private func lookAtRunning(_ asked: Asked, _ answer: Place, _ policy: inout DeadlineShield) -> SpotLook {
        let question = asked.question
        var look = SpotLook(answer: answer, types: allowed, step: question.step)
        // Should it be interrupted, what replaces its nodes is what it is allowed from then on.
        if answer == .onDemand { look.types = allowed.filter { $0 != .spot } }
        switch (place, answer) {
        case (.spot, .onDemand):
            let isUrgent = workload.deadline != nil && !DeadlineShield.allows(question.placement, question)
            guard isUrgent else {
                let ratio = ratio(of: place, asked)
                // Where spot is the cheaper one, a move could pay only into reserved capacity.
                let mayPay = ratio > 1 || market.open.contains { $0.capacityType == .reserved }
                guard mayMove, mayPay else { return look }
                look.move = move(toOnDemand: true, "since spot at \(percent(ratio)) of its price does not pay")
                return look
            }
            urge(&look, asked)
        case (.onDemand, .spot(let chosen)), (.spot, .spot(let chosen)):
            guard answer != place, mayMove else { return look }
            // From one spot pool to another it goes where the policy says.
            look.avoided =
                place == .onDemand
                ? avoided(besides: chosen, asked, &policy) : Set(fit.spot.map(\.offering)).subtracting([chosen])
            let price = percent(ratio(of: answer, asked))
            let safe = workload.deadline.map { ", and its deadline of \($0) leaves time to be interrupted" } ?? ""
            look.move = move(toOnDemand: false, "since \(chosen) costs \(price) of on-demand\(safe)")
        default: break
        }
        return look
    }

    /// A deadline is near: the work goes on demand where that helps.
    private func urge(_ look: inout SpotLook, _ asked: Asked) {
        let question = asked.question
        let deadline = workload.deadline?.description ?? ""
        // About to be done: whatever moves it takes longer.
        guard remaining > question.step * standingSpeed else {
            look.types = allowed
            return
        }
        let needed = question.workLeft + savingSeconds + restartSeconds
        guard needed <= question.timeLeft else {
            look.stays = "stays on spot: on demand it would not meet its deadline of \(deadline) either"
            look.types = allowed
            return
        }
        let reason =
            "for its deadline of \(deadline): \(hours(question.workLeft)) of work and up to "
            + "\(hours(question.largestChangeover)) for a start, of \(hours(question.timeLeft)) that are left, leave no time "
            + "for an interruption"
        look.move = SpotLook.Move(
            isToOnDemand: true,
            isUrgent: true,
            spareSeconds: question.timeLeft - question.workLeft - savingSeconds,
            reason: reason
        )
    }

    private func move(toOnDemand: Bool, _ reason: String) -> SpotLook.Move {
        SpotLook.Move(isToOnDemand: toOnDemand, isUrgent: false, reason: reason)
    }

    private func ratio(of place: Place, _ asked: Asked) -> Double {
        guard case .spot(let offering) = place, let index = asked.pools.firstIndex(of: offering) else { return 1 }
        return asked.question.pools[index].priceRatio
    }

    private func percent(_ ratio: Double) -> String { "\(Int((min(ratio, 100) * 100).rounded()))%" }

    private func hours(_ seconds: Double) -> String { "\(rounded(seconds / 3600)) h" }

    /// To two decimal places, without an end of zeros.
    private func rounded(_ number: Double) -> String {
        let hundredths = Int((min(max(number, 0), 1e9) * 100).rounded())
        let (whole, rest) = (hundredths / 100, hundredths % 100)
        if rest == 0 { return "\(whole)" }
        let digits = rest < 10 ? "0\(rest)" : "\(rest)"
        return "\(whole).\(digits.hasSuffix("0") ? String(digits.dropLast()) : digits)"
    }
}
