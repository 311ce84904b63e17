import Model

/// Which reservations end too early for a demand.
///
/// Work that saves itself may use what is paid for until it ends, and go on elsewhere; all other work must be finished
/// before. The start counts as well: time in which hardly more than a start fits is no use to anybody.
struct ReservationEnds {
    /// How many starts must fit at least into what is left of a reservation.
    private static let leastStarts: Int64 = 3

    private let choices: [PlanInput.Choice]
    private let now: Timestamp
    private let changeoverSeconds: Int64
    private let model: CostModel

    init(_ input: PlanInput) {
        var seen: Set<String> = []
        choices = input.choices.filter { choice in
            guard let reservation = choice.reservation, reservation.endsAt != nil else { return false }
            return seen.insert(reservation.id).inserted
        }
        now = input.now
        changeoverSeconds = input.changeover.totalSeconds
        model = CostModel(economics: input.economics ?? Economics(), changeover: input.changeover)
    }

    /// By demand, the reservations that end before its work is done.
    func outlived(by demands: [PlanInput.Demand]) -> [Set<String>] {
        // Most often there is none: thousands of demands need not be looked at for that.
        choices.isEmpty ? [Set<String>](repeating: [], count: demands.count) : demands.map { outlived(by: $0) }
    }

    private func outlived(by demand: PlanInput.Demand) -> Set<String> {
        let workload = demand.workload
        let goesOn =
            !workload.doNotDisrupt && (workload.checkpoint != .none || demand.checkpoints.intervalSeconds != nil)
        var result: Set<String> = []
        for choice in choices {
            guard let reservation = choice.reservation, let end = reservation.usableUntil else { continue }
            let left = (end - now).components.seconds
            let all = model.seconds(for: demand, on: choice.offering, accelerator: choice.shape.accelerator)
            if goesOn ? left < min(all, Self.leastStarts * changeoverSeconds) : left < all {
                result.insert(reservation.id)
            }
        }
        return result
    }
}
