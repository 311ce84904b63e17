/// What a unit of each resource is worth when work could be cut as finely as one likes: the dual prices of the linear
/// programme that covers total demand with nodes at least cost. No node is worth more than it costs at these prices,
/// so what they make of a pod is what it costs when nothing is wasted.
///
/// It is asked for the prices of many demands for the same nodes, and uses its room again.
struct FluidPrices {
    private let width: Int
    private let sizes: [Double]
    private let costs: [Double]

    // A dictionary of the simplex method: slack of each row = bound - sum of coefficients x non-basic variables.
    private var coefficients: [Double]
    private var bounds: [Double]
    private var objective: [Double]
    /// Which variable each column stands for: a resource's price below `width`, a row's slack from there on.
    private var columns: [Int]
    private var owner: [Int]

    /// - Parameters:
    ///   - width: How many resources there are.
    ///   - sizes: What each node offers, one after the other, as many amounts each as there are resources.
    ///   - costs: Of each node; above zero.
    init(width: Int, sizes: [Double], costs: [Double]) {
        self.width = width
        self.sizes = sizes
        self.costs = costs
        coefficients = sizes
        bounds = costs
        objective = [Double](repeating: 0, count: width)
        columns = [Int](repeating: 0, count: width)
        owner = [Int](repeating: -1, count: costs.count)
    }

    /// Maximises the worth of the demand, subject to no node being worth more than it costs.
    ///
    /// - Parameters:
    ///   - demand: By resource.
    ///   - sum: To this a price for each resource is added, not below zero.
    mutating func solve(demand: [Double], addingTo sum: inout [Double]) {
        let rows = costs.count
        guard width > 0, rows > 0 else { return }
        for index in coefficients.indices { coefficients[index] = sizes[index] }
        for row in 0..<rows {
            bounds[row] = costs[row]
            owner[row] = -1
        }
        for column in 0..<width {
            objective[column] = demand[column]
            columns[column] = column
        }
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
            pivot(row: leaving, column: entering)
            let variable = columns[entering]
            columns[entering] = owner[leaving] < 0 ? width + leaving : owner[leaving]
            owner[leaving] = variable
        }
        for row in 0..<rows where owner[row] >= 0 && owner[row] < width { sum[owner[row]] += max(0, bounds[row]) }
    }

    private mutating func pivot(row: Int, column: Int) {
        let (width, rows) = (width, bounds.count)
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
