/// How the states of one pool go on within a time: a spell lasts, and grows older, or it ends.
struct SpellStep {
    /// Of each state the two states between which it is afterwards if it lasts, and the one if it ends.
    private(set) var targets: [SIMD4<Int32>] = []

    /// How likely each of them is.
    private(set) var weights: [SIMD4<Float>] = []

    /// Of each state, when within the time the spell ends on average if it does; hours.
    private(set) var end: [Float] = []

    /// - Parameters:
    ///   - hours: the time.
    ///   - up: the hazard of spells of capacity.
    ///   - down: the hazard of spells without.
    init(hours: Double, up: SpellHazard, down: SpellHazard) {
        for state in 0..<SpellState.count {
            let isUp = SpellState.isUp(state)
            let hazard = isUp ? up : down
            let age = SpellState.ages[state % SpellState.ages.count]
            let lasts = hazard.survival(fromAge: age, to: age + hours)
            let place = SpellState.place(isUp: isUp, age: age + hours)
            targets.append(
                SIMD4(Int32(place.index), Int32(place.index + 1), Int32(SpellState.fresh(isUp: !isUp)), 0)
            )
            weights.append(
                SIMD4(Float(lasts * (1 - place.weight)), Float(lasts * place.weight), Float(1 - lasts), 0)
            )
            end.append(Float(hazard.meanEnd(fromAge: age, within: hours)))
        }
    }
}
