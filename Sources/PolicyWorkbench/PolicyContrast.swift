package import Planning

/// What one policy costs over what another costs, market by market.
package struct PolicyContrast: Sendable {
    /// The 97.5% quantiles of Student's t for 1, 2, ... degrees of freedom.
    private static let quantiles = [
        12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131,
        2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
    ]

    /// The ratio in each market: the mean over its cells.
    package let ratios: [Double]

    /// - Parameters:
    ///   - subject: whose cost stands above.
    ///   - other: whose cost stands below.
    ///   - markets: the cells of each market's grid, in which both were tried.
    package init(of subject: SpotRule, over other: SpotRule, _ markets: [[PolicyGrid.Cell]]) {
        ratios = markets.map { cells in
            cells.map { cell in
                let costs = [subject, other].map { rule in (cell.runs[rule] ?? []).map(\.costOnDemandSeconds).mean }
                return costs[0] / costs[1]
            }.mean
        }
    }

    package var mean: Double { ratios.mean }

    /// Half the width of the 95% confidence interval of the mean, were markets drawn by chance; nil for a single one.
    package var halfWidth: Double? {
        guard ratios.count > 1 else { return nil }
        let freedom = ratios.count - 1
        let squares = ratios.map { ($0 - mean) * ($0 - mean) }.reduce(0, +)
        // Beyond the table the quantile falls towards 1.96 by about 2.4 over the degrees of freedom.
        let quantile =
            freedom <= Self.quantiles.count ? Self.quantiles[freedom - 1] : 1.96 + 2.4 / Double(freedom)
        return quantile * (squares / Double(freedom) / Double(ratios.count)).squareRoot()
    }

    /// The market in which the subject does worst.
    package var worst: Double { ratios.max() ?? 1 }
}
