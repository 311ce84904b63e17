package import Planning

/// What policies cost on average, over starts and markets, beside the optimum.
package struct PolicyComparison: Sendable {
    /// One policy, or the optimum, under some terms.
    package struct Row: Sendable {
        /// Nil for the optimum.
        package var rule: SpotRule?
        package var deadlineSeconds: Int64
        package var changeoverSeconds: Int64

        /// Cost over that of the work alone on demand.
        package var costShare: Double

        /// Cost over the optimum's, averaged over markets; nil where the optimum was not asked for.
        package var overOptimum: Double?
        package var spotHours: Double?
        package var onDemandHours: Double?
        package var starts: Double?
        package var lateRuns: Int?
    }

    package let rules: [SpotRule]
    package let workSeconds: Int64

    /// How many runs each figure of a row is a mean of.
    package let runsPerRow: Int

    /// By terms, in each the policies in their order and then the optimum.
    package let rows: [Row]

    /// - Parameters:
    ///   - markets: the cells of each market's grid; the same terms and number of starts in all of them.
    ///   - rules: the policies that were tried, in the order to show them.
    package init(_ markets: [[PolicyGrid.Cell]], rules: [SpotRule]) {
        self.rules = rules
        workSeconds = markets.first?.first?.terms.workSeconds ?? 0
        var rows: [Row] = []
        var runs = 0
        for index in (markets.first ?? []).indices {
            let cells = markets.map { $0[index] }
            for rule in rules {
                let row = Row(rule, cells)
                runs = cells.reduce(0) { $0 + ($1.runs[rule]?.count ?? 0) }
                rows.append(row)
            }
            if let optimum = Row(optimumOf: cells) { rows.append(optimum) }
        }
        runsPerRow = runs
        self.rows = rows
    }

    /// The rows of one policy, or of the optimum.
    package func rows(of rule: SpotRule?) -> [Row] { rows.filter { $0.rule == rule } }

    /// The mean of one policy's rows, or of the optimum's.
    package func mean(of rule: SpotRule?) -> (costShare: Double, overOptimum: Double?)? {
        let rows = rows(of: rule)
        guard !rows.isEmpty else { return nil }
        let ratios = rows.compactMap(\.overOptimum)
        return (rows.map(\.costShare).mean, ratios.isEmpty ? nil : ratios.mean)
    }
}

extension PolicyComparison.Row {
    fileprivate init(_ rule: SpotRule, _ cells: [PolicyGrid.Cell]) {
        let each = cells.map { $0.runs[rule] ?? [] }
        let costs = each.map { $0.map(\.costOnDemandHours).mean }
        let optimum = cells.map(\.optimum.mean)
        let runs = each.flatMap { $0 }
        self.init(
            rule: rule,
            terms: cells[0].terms,
            costShare: costs.mean * 3600 / Double(cells[0].terms.workSeconds),
            overOptimum: cells[0].optimum.isEmpty ? nil : zip(costs, optimum).map { $0 / $1 }.mean
        )
        spotHours = runs.map(\.spotHours).mean
        onDemandHours = runs.map(\.onDemandHours).mean
        starts = runs.map { Double($0.starts) }.mean
        lateRuns = runs.count { $0.isLate }
    }

    fileprivate init?(optimumOf cells: [PolicyGrid.Cell]) {
        guard !cells[0].optimum.isEmpty else { return nil }
        self.init(
            rule: nil,
            terms: cells[0].terms,
            costShare: cells.map(\.optimum.mean).mean * 3600 / Double(cells[0].terms.workSeconds),
            overOptimum: 1
        )
    }

    private init(rule: SpotRule?, terms: TrialTerms, costShare: Double, overOptimum: Double?) {
        self.rule = rule
        deadlineSeconds = terms.deadlineSeconds
        changeoverSeconds = terms.changeoverSeconds
        self.costShare = costShare
        self.overOptimum = overOptimum
    }
}

extension [Double] {
    /// Zero of none.
    var mean: Double { isEmpty ? 0 : reduce(0, +) / Double(count) }
}
