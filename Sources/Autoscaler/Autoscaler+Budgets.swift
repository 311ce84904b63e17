import Model

/// Spend caps and budgets: a launch reserves what it is expected to cost until the work is finished, before it is sent.
extension Autoscaler {
    /// Why a purchase would pass a cap or a budget, or nil when it is within all of them.
    func budgetRefusal(of purchase: Plan.Purchase, at now: Timestamp) -> String? {
        let perHour = purchase.pricePerHour * purchase.count
        if let cap = configuration.spendCap.perHour {
            let live = state.claims.values.reduce(Money.zero) { $0 + state.pricePerHour(of: $1, at: now) }
            if live + perHour > cap {
                return "over the spend cap of \(cap) an hour: \(live) run, \(perHour) more were needed"
            }
        }
        if let cap = configuration.spendCap.perMonth {
            let committed = committed(team: nil, at: now)
            if committed + purchase.expectedCost > cap {
                return over("the spend cap", cap, committed, purchase.expectedCost)
            }
        }
        let teams = Set(purchase.workloads.map { team(of: $0) }).sorted()
        for team in configuration.teams where teams.contains(team.name) {
            guard let budget = team.budgetPerMonth else { continue }
            let committed = committed(team: team.name, at: now)
            if committed + purchase.expectedCost > budget {
                return over("the budget of team \(team.name)", budget, committed, purchase.expectedCost)
            }
        }
        return nil
    }

    private func over(_ what: String, _ limit: Money, _ committed: Money, _ more: Money) -> String {
        "over \(what) of \(limit) a month: \(committed.formatted()) spent and reserved, \(more.formatted()) more were needed"
    }

    private func team(of workload: WorkloadID) -> String {
        state.records[workload]?.workload.team ?? configuration.team(of: workload.namespace)
    }

    /// What this month has cost, and what live claims are expected to cost until their work is finished.
    private func committed(team: String?, at now: Timestamp) -> Money {
        var total = Money.zero
        for (name, cost) in state.settled[now.startOfMonth] ?? [:] where team == nil || team == name { total += cost }
        for claim in state.claims.values {
            guard team == nil || claim.workloads.first.map(self.team(of:)) == team else { continue }
            total += max(claim.expectedCost, state.accrued(claim, until: now))
        }
        return total
    }
}
