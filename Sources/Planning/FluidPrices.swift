/// What a unit of each resource is worth when work could be cut as finely as one likes: the dual prices of the linear
/// programme that covers total demand with nodes at least cost. No node is worth more than it costs at these prices,
/// so what they make of a pod is what it costs when nothing is wasted.
enum FluidPrices {
    /// Maximises the worth of the demand, subject to no node being worth more than it costs.
    ///
    /// - Parameters:
    ///   - demand: By resource.
    ///   - sizes: What each node offers, one after the other, as many amounts each as there are resources.
    ///   - costs: Of each node; above zero.
    /// - Returns: A price for each resource, not below zero.
    static func solve(demand: [Double], sizes: [Double], costs: [Double]) -> [Double] {
        let width = demand.count
        let rows = costs.count
        guard width > 0, rows > 0 else { return [Double](repeating: 0, count: width) }
        // A dictionary of the simplex method: slack of each row = bound - sum of coefficients x non-basic variables.
        var coefficients = sizes
        var bounds = costs
        var objective = demand
        // Which variable each column stands for: a resource's price below `width`, a row's slack from there on.
        var columns = Array(0..<width)
        var owner = [Int](repeating: -1, count: rows)
        for _ in 0..<(8 * width) {
            var entering = -1
            for column in 0..<width where objective[column] > 1e-12 {
                if entering < 0 || objective[column] > objective[entering] { entering = column }
            }
            guard entering >= 0 else { break }
            var leaving = -1
            var least = Double.infinity
            for row in 0..<rows {
                let coefficient = coefficients[row * width + entering]
                guard coefficient > 1e-12 else { continue }
                let ratio = bounds[row] / coefficient
                if ratio < least {
                    least = ratio
                    leaving = row
                }
            }
            guard leaving >= 0 else { break }
            pivot(row: leaving, column: entering, width, &coefficients, &bounds, &objective)
            let variable = columns[entering]
            columns[entering] = owner[leaving] < 0 ? width + leaving : owner[leaving]
            owner[leaving] = variable
        }
        var prices = [Double](repeating: 0, count: width)
        for row in 0..<rows where owner[row] >= 0 && owner[row] < width { prices[owner[row]] = max(0, bounds[row]) }
        return prices
    }

    private static func pivot(
        row: Int,
        column: Int,
        _ width: Int,
        _ coefficients: inout [Double],
        _ bounds: inout [Double],
        _ objective: inout [Double]
    ) {
        let rows = bounds.count
        coefficients.withUnsafeMutableBufferPointer { coefficients in
            bounds.withUnsafeMutableBufferPointer { bounds in
                let base = row * width
                let inverse = 1 / coefficients[base + column]
                for other in 0..<width { coefficients[base + other] *= inverse }
                coefficients[base + column] = inverse
                bounds[row] *= inverse
                for index in 0..<rows where index != row {
                    let start = index * width
                    let factor = coefficients[start + column]
                    guard factor != 0 else { continue }
                    for other in 0..<width where other != column {
                        coefficients[start + other] -= factor * coefficients[base + other]
                    }
                    coefficients[start + column] = -factor * inverse
                    bounds[index] -= factor * bounds[row]
                }
                let factor = objective[column]
                for other in 0..<width where other != column { objective[other] -= factor * coefficients[base + other] }
                objective[column] = -factor * inverse
            }
        }
    }
}
