import Model

/// Spend caps and budgets: a launch reserves what it is expected to cost until the work is finished, before it is sent.
extension Autoscaler {
    /// Claims that work is about to leave for what is bought.
    struct Leaving {
        var claims: Set<ClaimID>
        /// Whether they are gone before anything is bought.
        var isFirst = false
    }

    /// Why a purchase would pass a cap or a budget, or nil when it is within all of them.
    func budgetRefusal(of purchase: Plan.Purchase, leaving: Leaving? = nil, at now: Timestamp) -> String? {
        let perHour = purchase.pricePerHour * purchase.count
        if let cap = configuration.spendCap.perHour {
            let gone = leaving.map { $0.isFirst ? $0.claims : [] } ?? []
            let live = runningPerHour(besides: gone, at: now)
            if live + perHour > cap {
                return "over the spend cap of \(cap) an hour: \(live) run, \(perHour) more were needed"
            }
        }
        if let cap = configuration.spendCap.perMonth {
            let committed = committed(team: nil, leaving: leaving, at: now)
            if committed + purchase.expectedCost > cap {
                return over("the spend cap", cap, committed, purchase.expectedCost)
            }
        }
        let teams = Set(purchase.workloads.map { team(of: $0) }).sorted()
        for team in configuration.teams where teams.contains(team.name) {
            guard let budget = team.budgetPerMonth else { continue }
            let committed = committed(team: team.name, leaving: leaving, at: now)
            if committed + purchase.expectedCost > budget {
                return over("the budget of team \(team.name)", budget, committed, purchase.expectedCost)
            }
        }
        return nil
    }

    /// What caps and budgets leave to a plan: what it buys within them is not refused afterwards.
    func budgetRooms(at now: Timestamp) -> [PlanInput.BudgetRoom] {
        var rooms: [PlanInput.BudgetRoom] = []
        if let cap = configuration.spendCap.perHour {
            let left = cap - runningPerHour(at: now)
            rooms.append(PlanInput.BudgetRoom(name: "the spend cap of \(cap) an hour", left: .perHour(left)))
        }
        if let cap = configuration.spendCap.perMonth {
            let left = cap - committed(team: nil, leaving: nil, at: now)
            rooms.append(PlanInput.BudgetRoom(name: "the spend cap of \(cap) a month", left: .toFinish(left)))
        }
        for team in configuration.teams {
            guard let budget = team.budgetPerMonth else { continue }
            let left = budget - committed(team: team.name, leaving: nil, at: now)
            let name = "the budget of team \(team.name) of \(budget) a month"
            rooms.append(PlanInput.BudgetRoom(name: name, team: team.name, left: .toFinish(left)))
        }
        return rooms
    }

    /// What the next hour of all claims costs.
    private func runningPerHour(besides gone: Set<ClaimID> = [], at now: Timestamp) -> Money {
        state.claims.values.filter { !gone.contains($0.id) }
            .reduce(.zero) { $0 + state.pricePerHour(of: $1, at: now) }
    }

    private func over(_ what: String, _ limit: Money, _ committed: Money, _ more: Money) -> String {
        "over \(what) of \(limit) a month: \(committed.formatted()) spent and reserved, \(more.formatted()) more were needed"
    }

    private func team(of workload: WorkloadID) -> String {
        state.records[workload]?.workload.team ?? configuration.team(of: workload.namespace)
    }

    /// What this month has cost, and what live claims are expected to cost until their work is finished.
    private func committed(team: String?, leaving: Leaving?, at now: Timestamp) -> Money {
        var total = Money.zero
        for (name, cost) in state.settled[now.startOfMonth] ?? [:] where team == nil || team == name { total += cost }
        for claim in state.claims.values {
            guard team == nil || claim.workloads.first.map(self.team(of:)) == team else { continue }
            let accrued = state.accrued(claim, until: now)
            var reserved = max(claim.expectedCost, accrued)
            // Its work will be paid for elsewhere: it stands until what replaces it does, and no longer.
            if leaving?.claims.contains(claim.id) ?? false {
                let seconds = configuration.changeover.totalSeconds
                let rest = state.pricePerHour(of: claim, at: now).costing(seconds: seconds)
                reserved = min(reserved, accrued + rest)
            }
            total += reserved
        }
        return total
    }
}
