package import Model

/// Turns pending pods, the room on present nodes and what can be bought into what to buy. Pure: the same input, in
/// whatever order its lists come, gives the same plan.
package enum Planning {
    /// Decides what to buy, what fits already and what cannot be placed, each with its reasons.
    ///
    /// Workloads of higher priority come first; among equals gangs come before the rest, the older first. Room on
    /// hosts is used before anything is bought. The headroom of every pool is kept across the whole plan.
    ///
    /// - Parameter input: Everything that may be looked at.
    /// - Returns: A plan in which every pod of every demand is placed, bought for, or part of an unplaceable workload.
    package static func plan(_ input: PlanInput) -> Plan {
        let problem = Problem(input)
        var rooms = HostRooms(problem)
        var buyer = Buyer(problem)
        var outcome = Outcome(problem)
        for band in problem.bands {
            for gang in band.gangs {
                let planner = GangPlanner(problem, gang: gang)
                if let arrangement = planner.arrange(rooms: rooms, ledger: buyer.ledger) {
                    outcome.take(arrangement, rooms: &rooms, ledger: &buyer.ledger)
                }
            }
            let waiting = rooms.place(band.kinds) { outcome.place($0, host: $1, count: $2) }
            buyer.buy(waiting)
        }
        buyer.improve()
        return outcome.plan(buyer: buyer)
    }
}
