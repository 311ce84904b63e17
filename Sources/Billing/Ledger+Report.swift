package import Model

extension Ledger {
    /// Answers a question to the books as they stand now.
    ///
    /// The sum over everything asked for is exact and rounded once, half to even, to cents; steps, rows and their parts
    /// get whole cents of it by largest remainder, so that they add up at every level. Without idle, or with a filter,
    /// the total is of what is shown.
    /// - Parameters:
    ///   - query: Its window is cut to whole seconds.
    ///   - now: Running instances are billed up to here.
    /// - Returns: Rows sorted by key; a step has only rows in which something happened.
    package func report(_ query: CostQuery, now: Timestamp) -> CostReport {
        let windows = query.windows
        let bounds = windows.map(\.lowerBound.seconds) + [query.window.upperBound.seconds]
        let tallying = Tallying(ledger: self, bounds: bounds, now: now.seconds, sharesIdle: query.shareIdle)
        var keys: [Tallying.Owner: [String]?] = [:]
        let steps = tallying.steps.map { owners in
            var rows: [[String]: Tally] = [:]
            for (owner, tally) in owners {
                let known = keys[owner] ?? key(of: owner, for: query)
                keys[owner] = .some(known)
                if let known { rows[known, default: Tally()] += tally }
            }
            return rows.sorted { $0.key.lexicographicallyPrecedes($1.key) }
        }
        let rounded = Self.rounded(steps.map { $0.map(\.value) })
        var total = CostFigures()
        let answer = zip(zip(windows, steps), rounded).map { place, figures in
            for row in figures { total += row }
            return CostStep(
                window: place.0,
                rows: zip(place.1, figures).map { CostRow(key: $0.key, figures: $1) }
            )
        }
        // Summed once more as integers: floating sums differ by the order of their terms.
        let units = steps.joined().reduce(Int128(0)) { $0 + $1.value.acceleratorUnits }
        total.acceleratorHours = Tally.acceleratorHours(units)
        return CostReport(
            window: query.window,
            aggregate: query.aggregate,
            steps: answer,
            total: total,
            isEstimated: tallying.isEstimated
        )
    }

    /// Every workload that was admitted or held a share of a node, by id; with what no workload used their costs add up
    /// to `total(now:)`.
    /// - Parameters:
    ///   - now: Running instances are billed up to here.
    ///   - shareIdle: Whether idle and drain are spread over the workloads that used the node.
    /// - Returns: One a workload, in whole cents.
    package func workloads(now: Timestamp, shareIdle: Bool = false) -> [WorkloadCost] {
        var sums = [Tally](repeating: Tally(), count: workloads.count)
        var unused = Tally()
        for (owner, tally) in everything(now: now, shareIdle: shareIdle) {
            if let workload = owner.workload { sums[workload] += tally } else { unused += tally }
        }
        let order = workloads.indices.sorted { workloads[$0].id < workloads[$1].id }
        let figures = Self.rounded([order.map { sums[$0] } + [unused]])[0]
        return zip(order, figures).map { index, figures in
            let account = workloads[index]
            return WorkloadCost(
                id: account.id,
                team: account.workload?.team ?? CostRow.unallocated,
                state: account.state,
                attempts: account.attempts.count,
                interruptions: account.interruptions,
                lostWorkSeconds: account.lostAcceleratorSeconds,
                cost: figures.cost,
                onDemandEquivalentCost: figures.onDemandEquivalentCost
            )
        }
    }

    /// Of every workload that was admitted or held a share of a node.
    package var namespaces: Set<String> { Set(workloads.map(\.id.namespace)) }

    /// All that was ever spent, in whole cents: what the cloud bills.
    package func total(now: Timestamp) -> Money {
        Money(cents: everything(now: now, shareIdle: false).values.reduce(ExactAmount.zero) { $0 + $1.cost }.cents)
    }

    /// When the first node began to be billed; nil while nothing was bought.
    package var firstBilledAt: Timestamp? {
        claims.values.compactMap(\.billedFrom).min().map { Timestamp(seconds: $0) }
    }

    // MARK: Adding up

    private func everything(now: Timestamp, shareIdle: Bool) -> [Tallying.Owner: Tally] {
        let bounds: [Int64] = [.min / 4, .max / 4]
        return Tallying(ledger: self, bounds: bounds, now: now.seconds, sharesIdle: shareIdle).steps[0]
    }

    private static func rounded(_ steps: [[Tally]]) -> [[CostFigures]] {
        let costs = apportioned(steps.map { $0.map(\.cost) })
        let onDemand = apportioned(steps.map { $0.map(\.onDemandEquivalent) })
        return steps.indices.map { step in
            steps[step].indices.map { row in
                steps[step][row].figures(cents: costs[step][row], onDemandCents: onDemand[step][row])
            }
        }
    }

    /// Rounds the sum of all amounts once, and hands its cents out over the steps, then over each step's rows.
    private static func apportioned(_ steps: [[ExactAmount]]) -> [[Int64]] {
        let sums = steps.map { $0.reduce(.zero, +) }
        let cents = ExactAmount.apportion(cents: sums.reduce(.zero, +).cents, over: sums)
        return zip(cents, steps).map { ExactAmount.apportion(cents: $0, over: $1) }
    }

    // MARK: Rows

    /// The row of an owner; nil when the query leaves it out.
    private func key(of owner: Tallying.Owner, for query: CostQuery) -> [String]? {
        if owner.workload == nil, !query.includeIdle { return nil }
        for (dimension, values) in query.filter where !values.contains(value(of: dimension, of: owner)) { return nil }
        return query.aggregate.map { value(of: $0, of: owner) }
    }

    private func value(of dimension: CostDimension, of owner: Tallying.Owner) -> String {
        switch dimension {
        case .team, .namespace, .workload:
            guard let workload = owner.workload else { return CostRow.idle }
            let account = workloads[workload]
            guard let admitted = account.workload else { return CostRow.unallocated }
            return switch dimension {
            case .team: admitted.team
            case .namespace: account.id.namespace
            default: account.id.description
            }
        case .pool, .shape, .capacityType:
            guard let group = owner.group.map({ groups[$0] }) else { return CostRow.unallocated }
            return switch dimension {
            case .pool: group.pool
            case .shape: group.shape
            default: group.capacityType
            }
        }
    }
}

extension CostQuery {
    /// The window cut into steps; the last may be shorter.
    fileprivate var windows: [Range<Timestamp>] {
        guard let step else { return [window] }
        let length = window.upperBound.milliseconds - window.lowerBound.milliseconds
        let asked = max(1, step.wholeMilliseconds / 1000)
        let least = (length + Self.maximumSteps * 1000 - 1) / (Self.maximumSteps * 1000)
        let milliseconds = max(asked, least) * 1000
        let starts = stride(
            from: window.lowerBound.milliseconds,
            to: window.upperBound.milliseconds,
            by: Int(milliseconds)
        )
        let windows = starts.map { start in
            let end = min(start + milliseconds, window.upperBound.milliseconds)
            return Timestamp(milliseconds: start)..<Timestamp(milliseconds: end)
        }
        return windows.isEmpty ? [window] : windows
    }
}
