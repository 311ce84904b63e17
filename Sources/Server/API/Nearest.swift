/// The name that someone most likely meant: at most a third of its letters differ.
func nearest(to given: String, among names: [String]) -> String? {
    let best = names.map { (name: $0, distance: editDistance(given.lowercased(), $0.lowercased())) }
        .min { ($0.distance, $0.name) < ($1.distance, $1.name) }
    guard let best, best.distance <= max(1, best.name.count / 3) else { return nil }
    return best.name
}

/// How many letters must be put in, taken out or replaced; both are cut to 64 letters.
private func editDistance(_ left: String, _ right: String) -> Int {
    let (left, right) = (Array(left.prefix(64)), Array(right.prefix(64)))
    var row = Array(0...right.count)
    for (i, a) in left.enumerated() {
        var diagonal = row[0]
        row[0] = i + 1
        for (j, b) in right.enumerated() {
            let cost = a == b ? diagonal : diagonal + 1
            diagonal = row[j + 1]
            row[j + 1] = min(cost, row[j] + 1, diagonal + 1)
        }
    }
    return row[right.count]
}
