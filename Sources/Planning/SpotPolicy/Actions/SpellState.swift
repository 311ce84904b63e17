/// The states of one pool between which values are interpolated: without capacity and with it, each by the age of the
/// present spell.
enum SpellState {
    /// In hours. What has lasted for longer than the last goes on as that does.
    static let ages = [0, 0.15, 0.4, 1, 2.5, 6, 16, 40.0]

    static var count: Int { 2 * ages.count }

    /// The state of a spell that has just begun.
    static func fresh(isUp: Bool) -> Int { isUp ? ages.count : 0 }

    static func isUp(_ state: Int) -> Bool { state >= ages.count }

    /// - Parameters:
    ///   - isUp: whether there is capacity.
    ///   - age: of the spell, in hours.
    /// - Returns: Between which states it lies.
    static func place(isUp: Bool, age: Double) -> GridPlace {
        var place = GridPlace(of: age, on: ages)
        place.index += fresh(isUp: isUp)
        return place
    }
}
