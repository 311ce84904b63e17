import Planning

extension SpotQuestion {
    /// A question with times in hours: 48 of work, by default half an hour between decisions.
    static func hours(
        elapsed: Double = 0,
        workLeft: Double = 48,
        timeLeft: Double,
        step: Double = 0.5,
        changeover: Double = 0.2,
        changeoverLeft: Double = 0,
        placement: SpotPlacement = .waiting,
        pools: [Pool] = []
    ) -> SpotQuestion {
        SpotQuestion(
            elapsed: elapsed * 3600,
            work: 48 * 3600,
            workLeft: workLeft * 3600,
            timeLeft: timeLeft * 3600,
            step: step * 3600,
            changeover: changeover * 3600,
            largestChangeover: changeover * 3600,
            changeoverLeft: changeoverLeft * 3600,
            placement: placement,
            pools: pools
        )
    }
}

extension SpotQuestion.Pool {
    /// A pool with capacity since some hours.
    static func up(_ hours: Double = 0, ratio: Double = 0.3) -> Self {
        Self(isUp: true, spellAge: hours * 3600, priceRatio: ratio)
    }

    static let down = Self(isUp: false, spellAge: 0, priceRatio: 0.3)
}
