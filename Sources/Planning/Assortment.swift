/// The candidates that some pods may run on.
struct Assortment {
    /// By candidate, closed ones included.
    let allows: [Bool]
    /// Those that can be bought and are worth looking at, the cheapest first.
    let open: [Int]
    /// Those of `open` by the place where they stand.
    let byPlace: [(place: Int, candidates: [Int])]
    /// The place when there is no other.
    let onlyPlace: Int?
    private let pillars: [Int]
    /// What a thousandth of each resource is worth a second at least: see `FluidPrices`.
    var worth: [Double]
    /// The least that a thousandth of each resource costs a second when it is all that counts.
    let scale: [Double]

    init(_ problem: Problem, allows: [Bool]) {
        self.allows = allows
        open = allows.indices
            .filter { allows[$0] && !problem.isDominated[$0] && problem.candidates[$0].isOpen }
            .sorted { left, right in
                let (a, b) = (problem.candidates[left].price, problem.candidates[right].price)
                return a == b ? left < right : a < b
            }
        let places = Dictionary(grouping: open) { problem.candidates[$0].place }
        byPlace = places.sorted { $0.key < $1.key }.map { (place: $0.key, candidates: $0.value) }
        onlyPlace = byPlace.count == 1 ? byPlace.first?.place : nil
        // What is reserved is soon used up: pods are worth what is sold beside it.
        let sold = open.filter { problem.candidates[$0].reservation == nil }
        let priced = sold.isEmpty ? open : sold
        var scale = [Double](repeating: .infinity, count: problem.width)
        for candidate in priced {
            for resource in 0..<problem.width {
                let size = Double(problem.sizes[candidate * problem.width + resource])
                guard size > 0 else { continue }
                scale[resource] = min(scale[resource], problem.cost(candidate, seconds: 1) / size)
            }
        }
        self.scale = scale.map { $0.isFinite ? $0 : 0 }
        worth = self.scale
        pillars = Self.pillars(problem, priced, self.scale)
    }

    /// Sets the worth of each resource to the mean of fluid prices for demands that each lean to one resource, more or
    /// less: with two resources almost equally scarce, a node that wastes either is no bargain, and as one grows scarcer
    /// its worth grows step by step.
    mutating func reprice(_ problem: Problem, demand: [Double]) {
        let width = problem.width
        let unit = demand.map { $0 > 0 ? 1 / $0 : 0 }
        var sizes: [Double] = []
        var costs: [Double] = []
        sizes.reserveCapacity(pillars.count * width)
        for candidate in pillars {
            for resource in 0..<width {
                sizes.append(max(0, Double(problem.sizes[candidate * width + resource])) * unit[resource])
            }
            costs.append(problem.cost(candidate, seconds: 1))
        }
        let top = sizes.max() ?? 0
        guard top > 0 else { return }
        for index in sizes.indices { sizes[index] /= top }
        var sum = [Double](repeating: 0, count: width)
        var trials = 0.0
        var prices = FluidPrices(width: width, sizes: sizes, costs: costs)
        var leant = demand.map { $0 > 0 ? 1.0 : 0.0 }
        for leaning in 0..<width where demand[leaning] > 0 {
            for lean in Self.leans {
                leant[leaning] = lean
                prices.solve(demand: leant, addingTo: &sum)
                trials += 1
            }
            leant[leaning] = 1
        }
        guard trials > 0 else { return }
        worth = (0..<width).map { sum[$0] / trials * unit[$0] / top }
    }

    /// How much one resource's demand is stressed against the others.
    private static let leans = [1.02, 1.06, 1.15, 1.3]

    /// The candidates on which fluid prices rest: for each of some mixtures of resources, the one that serves it at
    /// least cost.
    private static func pillars(_ problem: Problem, _ open: [Int], _ scale: [Double]) -> [Int] {
        let width = problem.width
        var mixtures: [[Double]] = []
        for one in 0..<width {
            for other in one..<width {
                for part in one == other ? [1.0] : [0.2, 0.4, 0.6, 0.8] {
                    var mixture = [Double](repeating: 0.02, count: width)
                    mixture[one] += part
                    mixture[other] += 1 - part
                    mixtures.append(mixture)
                }
            }
        }
        var found: Set<Int> = []
        for mixture in mixtures {
            var best: (candidate: Int, cost: Double)?
            for candidate in open {
                var value = 0.0
                for resource in 0..<width {
                    let size = max(0, Double(problem.sizes[candidate * width + resource]))
                    value += mixture[resource] * size * scale[resource]
                }
                guard value > 0 else { continue }
                let cost = problem.cost(candidate, seconds: 1) / value
                if best.map({ cost < $0.cost * (1 - 1e-12) }) ?? true { best = (candidate, cost) }
            }
            if let best { found.insert(best.candidate) }
        }
        return found.sorted()
    }
}
