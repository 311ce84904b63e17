import Testing

@testable import Planning

@Suite("The policy of least expected cost")
struct LeastExpectedCostTests {
    /// Shared by all tests here: tables take longer than questions.
    private static let tables = ActionTables()

    private func answer(_ question: SpotQuestion) -> SpotPlacement {
        var policy = LeastExpectedCost(sharing: Self.tables)
        return policy.choose(question)
    }

    @Test("takes spot that has lasted, waits for it with much slack, and is on demand with little")
    func plain() {
        #expect(answer(.hours(timeLeft: 92, pools: [.up(5)])) == .spot(pool: 0))
        #expect(answer(.hours(timeLeft: 50, pools: [.up(5)])) == .spot(pool: 0))
        #expect(answer(.hours(timeLeft: 92, pools: [.down])) == .waiting)
        #expect(answer(.hours(timeLeft: 48.9, pools: [.down])) == .onDemand)
        #expect(answer(.hours(timeLeft: 48.9, placement: .onDemand, pools: [.down])) == .onDemand)
    }

    /// The least slack, in tenths of an hour, with which an answer is given.
    private func leastSlack(
        for placement: SpotPlacement,
        from present: SpotPlacement = .waiting,
        _ pool: SpotQuestion.Pool
    ) -> Int? {
        (0...440).first {
            answer(.hours(timeLeft: 48 + Double($0) / 10, placement: present, pools: [pool])) == placement
        }
    }

    @Test("the longer there was no capacity, the more slack it takes to wait for it")
    func longAbsence() throws {
        let long = SpotQuestion.Pool(isUp: false, spellAge: 16 * 3600, priceRatio: 0.3)
        let (soon, late) = (try #require(leastSlack(for: .waiting, .down)), leastSlack(for: .waiting, long) ?? 441)
        #expect(late > soon + 10)
    }

    @Test("nothing is waited for that is no cheaper", arguments: [1, 1.2])
    func dear(ratio: Double) {
        for age in [0, 2, 20.0] {
            let pool = SpotQuestion.Pool(isUp: false, spellAge: age * 3600, priceRatio: ratio)
            #expect(leastSlack(for: .waiting, pool) == nil)
        }
    }

    @Test("without pools there is nothing to wait for")
    func noPools() {
        for placement in [SpotPlacement.waiting, .onDemand, .spot(pool: 3)] {
            #expect(answer(.hours(timeLeft: 92, placement: placement)) == .onDemand)
        }
    }

    @Test("leaves on demand for spot that has lasted, and not for spot that has just come back with little slack")
    func moves() {
        #expect(answer(.hours(timeLeft: 60, placement: .onDemand, pools: [.up(6)])) == .spot(pool: 0))
        #expect(answer(.hours(timeLeft: 50, placement: .onDemand, pools: [.up(0)])) == .onDemand)
        // The work that is left would not repay the start.
        #expect(answer(.hours(workLeft: 0.05, timeLeft: 20, placement: .onDemand, pools: [.up(6)])) == .onDemand)
    }

    @Test("of two pools takes the cheaper, or the one that has lasted, and stays when a change hardly pays")
    func pairs() {
        let cheap = [SpotQuestion.Pool.up(6, ratio: 0.5), .up(6, ratio: 0.3)]
        #expect(answer(.hours(timeLeft: 70, pools: cheap)) == .spot(pool: 1))
        #expect(answer(.hours(timeLeft: 70, pools: [.up(0), .up(16)])) == .spot(pool: 1))
        #expect(answer(.hours(timeLeft: 70, placement: .spot(pool: 0), pools: cheap)) == .spot(pool: 1))
        let alike = [SpotQuestion.Pool.up(6, ratio: 0.325), .up(6, ratio: 0.3)]
        #expect(answer(.hours(timeLeft: 70, placement: .spot(pool: 1), pools: alike)) == .spot(pool: 1))
        #expect(
            answer(.hours(workLeft: 2, timeLeft: 70, placement: .spot(pool: 0), pools: alike)) == .spot(pool: 0)
        )
    }

    @Test("another pool makes waiting cheaper, and no placement dearer")
    func morePools() throws {
        let policy = LeastExpectedCost(sharing: Self.tables)
        let question = SpotQuestion.hours(timeLeft: 60, pools: [.down])
        var more = question
        more.pools.append(.down)
        let one = policy.costs(question)
        let two = policy.costs(more)
        let (waiting, onDemand) = (try #require(one[.waiting]), try #require(one[.onDemand]))
        let (less, noMore) = (try #require(two[.waiting]), try #require(two[.onDemand]))
        #expect(less < waiting - 0.5)
        #expect(noMore <= onDemand)
    }

    @Test("of many pools it looks at the one it runs in and at the most promising of the others")
    func manyPools() {
        let dear = Array(repeating: SpotQuestion.Pool.up(6, ratio: 0.9), count: 5)
        let pools = dear + [.down, .up(6, ratio: 0.3), .down]
        #expect(answer(.hours(timeLeft: 70, pools: pools)) == .spot(pool: 6))
        #expect(answer(.hours(timeLeft: 70, placement: .spot(pool: 2), pools: pools)) == .spot(pool: 6))
        #expect(answer(.hours(timeLeft: 70, placement: .spot(pool: 6), pools: pools)) == .spot(pool: 6))
    }

    @Test("learns from what was seen: where capacity never lasts, it takes more slack to start on it")
    func learns() throws {
        var restless = SpotQuestion.Pool.up(0.1)
        let calm = try #require(leastSlack(for: .spot(pool: 0), from: .onDemand, restless))
        let policy = LeastExpectedCost(sharing: Self.tables)
        let before = try #require(policy.costs(.hours(timeLeft: 51, pools: [restless]))[.spot(pool: 0)])
        restless.seen = SpellRecord(ends: 40, logAges: 18, returns: 40, logAbsences: 80)
        #expect(try #require(leastSlack(for: .spot(pool: 0), from: .onDemand, restless)) > calm)
        let after = try #require(policy.costs(.hours(timeLeft: 51, pools: [restless]))[.spot(pool: 0)])
        #expect(after > before + 2)
    }

    @Test("capacity is not left unused for next to nothing")
    func unused() {
        for slack in [2.0, 5, 10, 40] {
            for age in [0.5, 2, 10] {
                #expect(answer(.hours(workLeft: 0.3, timeLeft: 0.3 + slack, pools: [.up(age)])) != .waiting)
            }
        }
    }

    @Test("without a deadline it waits for as long as waiting is cheaper than being on demand")
    func noDeadline() {
        func answer(price: Double, _ pool: SpotQuestion.Pool) -> SpotPlacement {
            var question = SpotQuestion.hours(timeLeft: .infinity, pools: [pool])
            question.waitingPrice = price
            return self.answer(question)
        }
        #expect(answer(price: 0, .down) == .waiting)
        #expect(answer(price: 0, .up(0)) == .spot(pool: 0))
        #expect(answer(price: 0.05, .down) == .waiting)
        #expect(answer(price: 20, .down) == .onDemand)
        let long = SpotQuestion.Pool(isUp: false, spellAge: 30 * 3600, priceRatio: 0.3)
        #expect(answer(price: 2, long) == .onDemand)
        // Spot that costs no less is no reason to wait.
        #expect(answer(price: 1, .up(9, ratio: 1.1)) == .onDemand)
    }

    @Test("a start that takes days, or nothing, is decided like any other")
    func extremes() {
        for changeover in [0, 47, 60, 300.0] {
            for pools in [[SpotQuestion.Pool.up(5)], [.up(5), .down]] {
                let question = SpotQuestion.hours(timeLeft: 48 + 2000, changeover: changeover, pools: pools)
                #expect(DeadlineShield.allows(answer(question), question))
                let late = SpotQuestion.hours(timeLeft: 1, changeover: changeover, pools: pools)
                #expect(answer(late) == .onDemand)
            }
        }
    }

    @Test("answers do not depend on what was asked before, nor on who shares the tables")
    func independent() {
        let questions = [52.0, 60, 70, 92].flatMap { time in
            [SpotQuestion.Pool.up(0), .up(3), .down].flatMap { pool in
                [SpotPlacement.waiting, .onDemand].map {
                    SpotQuestion.hours(timeLeft: time, placement: $0, pools: [pool])
                }
            }
        }
        var one = LeastExpectedCost(sharing: Self.tables)
        let forwards = questions.map { one.choose($0) }
        var other = LeastExpectedCost()
        let backwards = questions.reversed().map { other.choose($0) }
        #expect(forwards == backwards.reversed())
    }

    @Test("answers what the shield allows, whatever the longest start")
    func shielded() {
        for largest in [0.2, 0.3, 0.4] {
            for minutes in 0...120 {
                for placement in [SpotPlacement.waiting, .onDemand, .spot(pool: 0)] {
                    for pool in [SpotQuestion.Pool.up(4), .down] {
                        guard pool.isUp || placement != .spot(pool: 0) else { continue }
                        var question = SpotQuestion.hours(
                            workLeft: 8,
                            timeLeft: 8.2 + Double(minutes) / 60,
                            placement: placement,
                            pools: [pool]
                        )
                        question.largestChangeover = largest * 3600
                        #expect(DeadlineShield.allows(answer(question), question))
                    }
                }
            }
        }
    }
}
