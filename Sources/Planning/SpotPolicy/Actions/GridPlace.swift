/// Where a number lies on an ascending grid: so far from one point to the next.
struct GridPlace {
    /// Of the point before it; the last has no next and is never named.
    var index: Int

    /// Of the next point, between 0 and 1; what lies outside of the grid counts as its end.
    var weight: Double

    /// - Parameters:
    ///   - value: any number, infinite ones too.
    ///   - grid: ascending, of two points at least.
    init(of value: Double, on grid: [Double]) {
        guard value > grid[0] else {
            self.init(index: 0, weight: 0)
            return
        }
        var low = 0
        var high = grid.count - 1
        guard value < grid[high] else {
            self.init(index: high - 1, weight: 1)
            return
        }
        while high - low > 1 {
            let middle = (low + high) / 2
            if grid[middle] <= value { low = middle } else { high = middle }
        }
        self.init(index: low, weight: (value - grid[low]) / (grid[high] - grid[low]))
    }

    init(index: Int, weight: Double) {
        self.index = index
        self.weight = weight
    }
}
