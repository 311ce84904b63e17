import Planning
import Testing

@Suite("Published spot policies")
struct PublishedRuleTests {
    private static let rules: [SpotRule] = [
        .onDemand, .greedy, .uniformProgress, .uniformProgressLoose, .slackRatio, .ssr,
    ]

    private func answer(_ rule: SpotRule, _ question: SpotQuestion) -> SpotPlacement {
        var policy = rule.policy
        return policy.choose(question)
    }

    @Test("each has a name of its own, and one of them is followed where none is named")
    func names() {
        #expect(Set(SpotRule.allCases.map(\.rawValue)).count == SpotRule.allCases.count)
        #expect(SpotRule(rawValue: SpotRule.standard.rawValue) == SpotRule.standard)
    }

    @Test("without pools or capacity none of them asks for spot", arguments: rules)
    func noPools(rule: SpotRule) {
        for pools in [[], [SpotQuestion.Pool.down], [.down, .down]] {
            for timeLeft in [48, 48.2, 48.7, 50, 60, 200] {
                for placement in [SpotPlacement.waiting, .onDemand, .spot(pool: 0), .spot(pool: 5)] {
                    let answer = answer(rule, .hours(timeLeft: timeLeft, placement: placement, pools: pools))
                    #expect(answer == .waiting || answer == .onDemand)
                }
            }
        }
    }

    @Test("without slack every one of them is on demand", arguments: rules)
    func noSlack(rule: SpotRule) {
        #expect(answer(rule, .hours(timeLeft: 48.2, pools: [.down])) == .onDemand)
        #expect(answer(rule, .hours(timeLeft: 48.2, placement: .onDemand, pools: [.down])) == .onDemand)
    }

    @Test("on demand only means that")
    func onDemand() {
        #expect(answer(.onDemand, .hours(timeLeft: 100, pools: [.up(9)])) == .onDemand)
    }

    @Test("greedy waits until only on-demand capacity can make it")
    func greedy() {
        #expect(answer(.greedy, .hours(timeLeft: 60, pools: [.down])) == .waiting)
        #expect(answer(.greedy, .hours(timeLeft: 60, pools: [.up()])) == .spot(pool: 0))
        #expect(answer(.greedy, .hours(timeLeft: 60, placement: .onDemand, pools: [.up()])) == .spot(pool: 0))
        // In half hours: 48 and two changeovers are 48.5, and less than 49 is left.
        #expect(answer(.greedy, .hours(timeLeft: 48.9, pools: [.up()])) == .onDemand)
        #expect(answer(.greedy, .hours(timeLeft: 49, pools: [.up()])) == .spot(pool: 0))
    }

    @Test("at the last moment spot capacity is kept if it already works, and not while it starts")
    func lastCall() {
        let spot = SpotPlacement.spot(pool: 0)
        #expect(answer(.greedy, .hours(timeLeft: 48.5, placement: spot, pools: [.up()])) == spot)
        #expect(
            answer(.greedy, .hours(timeLeft: 48.5, changeoverLeft: 0.1, placement: spot, pools: [.up()])) == .onDemand
        )
    }

    @Test("uniform progress goes on demand behind its line, and leaves when two changeovers do not bring it back")
    func uniformProgress() {
        let rule = SpotRule.uniformProgress
        // After 10 of 60 hours the line is at 8 hours of 48.
        func question(done: Double, _ pool: SpotQuestion.Pool, from placement: SpotPlacement = .waiting) -> SpotQuestion
        {
            .hours(elapsed: 10, workLeft: 48 - done, timeLeft: 50, placement: placement, pools: [pool])
        }
        #expect(answer(rule, question(done: 7.9, .down)) == .onDemand)
        #expect(answer(rule, question(done: 8.1, .down)) == .waiting)
        #expect(answer(rule, question(done: 7.9, .up())) == .spot(pool: 0))
        // Two changeovers of 0.2 move the line to 8.32.
        #expect(answer(rule, question(done: 8.3, .up(), from: .onDemand)) == .onDemand)
        #expect(answer(rule, question(done: 8.4, .up(), from: .onDemand)) == .spot(pool: 0))
        #expect(answer(rule, question(done: 12, .down, from: .onDemand)) == .onDemand)
    }

    @Test("loose uniform progress is greedy until the work fills 0.7 of the time, and draws its line from there")
    func looseUniformProgress() {
        var policy = UniformProgress(isLoose: true)
        #expect(policy.choose(.hours(elapsed: 10, timeLeft: 70, pools: [.down])) == .waiting)
        // The strict form is far behind its line by now.
        #expect(answer(.uniformProgress, .hours(elapsed: 10, timeLeft: 70, pools: [.down])) == .onDemand)
        #expect(policy.choose(.hours(elapsed: 20, timeLeft: 60, pools: [.down])) == .waiting)
        // An hour later nothing is done: behind the new line.
        #expect(policy.choose(.hours(elapsed: 21, timeLeft: 59, pools: [.down])) == .onDemand)
        #expect(policy.choose(.hours(elapsed: 22, timeLeft: 58, pools: [.up()])) == .spot(pool: 0))
    }

    @Test("ratio waits while the slack is more than a tenth of the work left and two steps")
    func slackRatio() {
        // 4.8 hours and 1 beside the changeover of 0.2.
        #expect(answer(.slackRatio, .hours(timeLeft: 54.1, pools: [.down])) == .waiting)
        #expect(answer(.slackRatio, .hours(timeLeft: 53.9, pools: [.down])) == .onDemand)
        #expect(answer(.slackRatio, .hours(timeLeft: 53.9, pools: [.up()])) == .spot(pool: 0))
        #expect(answer(.slackRatio, .hours(timeLeft: 80, placement: .onDemand, pools: [.down])) == .onDemand)
        #expect(answer(.slackRatio, .hours(timeLeft: 80, placement: .onDemand, pools: [.up()])) == .spot(pool: 0))
        // Within a step of the end it takes no spot capacity any more, and keeps what it has.
        #expect(answer(.slackRatio, .hours(timeLeft: 48.6, pools: [.up()])) == .onDemand)
        #expect(
            answer(.slackRatio, .hours(timeLeft: 48.6, placement: .spot(pool: 0), pools: [.up()])) == .spot(pool: 0)
        )
    }

    @Test("SSR takes spot capacity for the slack that its age makes it worth")
    func ssrTakes() {
        // 0.2 (2 + 0.25 x 40) = 2.4 hours for a young spell, 0.55 for one of ten hours.
        func question(slack: Double, age: Double, _ placement: SpotPlacement = .waiting) -> SpotQuestion {
            .hours(workLeft: 40 - slack, timeLeft: 40, placement: placement, pools: [.up(age)])
        }
        #expect(answer(.ssr, question(slack: 2.5, age: 0)) == .spot(pool: 0))
        #expect(answer(.ssr, question(slack: 2.3, age: 0)) == .onDemand)
        #expect(answer(.ssr, question(slack: 2.3, age: 10)) == .spot(pool: 0))
        // From on demand 0.2 (2 + 0.5 x 40) = 4.4.
        #expect(answer(.ssr, question(slack: 4.3, age: 0, .onDemand)) == .onDemand)
        #expect(answer(.ssr, question(slack: 4.5, age: 0, .onDemand)) == .spot(pool: 0))
        #expect(answer(.ssr, question(slack: 0, age: 0, .spot(pool: 0))) == .spot(pool: 0))
    }

    @Test("a changeover on demand that is still unpaid is no slack for SSR")
    func ssrUnpaid() {
        let question = SpotQuestion.hours(
            workLeft: 35.5,
            timeLeft: 40,
            changeoverLeft: 0.2,
            placement: .onDemand,
            pools: [.up()]
        )
        #expect(answer(.ssr, question) == .onDemand)
    }

    @Test("SSR waits while the slack is above 1.2 sqrt(d Rl) and a share of the work")
    func ssrWaits() {
        // 1.2 sqrt(0.2 x 40) = 3.39; 0.15 x 34 = 5.1.
        #expect(answer(.ssr, .hours(workLeft: 34, timeLeft: 40, pools: [.down])) == .waiting)
        #expect(answer(.ssr, .hours(workLeft: 36, timeLeft: 40, pools: [.down])) == .onDemand)
        #expect(answer(.ssr, .hours(workLeft: 2, timeLeft: 3, pools: [.down])) == .waiting)
        #expect(answer(.ssr, .hours(workLeft: 2.2, timeLeft: 3, pools: [.down])) == .onDemand)
        #expect(answer(.ssr, .hours(workLeft: 2, timeLeft: 3, placement: .onDemand, pools: [.down])) == .onDemand)
    }

    @Test("without a deadline SSR takes spot that saves more than its starts cost, and stays there")
    func ssrWithoutDeadline() {
        func question(
            workLeft: Double = 8,
            ratio: Double = 0.3,
            price: Double = 1,
            _ placement: SpotPlacement = .waiting
        ) -> SpotQuestion {
            var result = SpotQuestion.hours(
                workLeft: workLeft,
                timeLeft: .infinity,
                placement: placement,
                pools: [.up(0, ratio: ratio)]
            )
            result.waitingPrice = price
            return result
        }
        #expect(answer(.ssr, question()) == .spot(pool: 0))
        #expect(answer(.ssr, question(.onDemand)) == .spot(pool: 0))
        // Half an hour of work: 0.35 saved, against 0.8 ln(0.9 / 0.4) + 2 starts of 0.26.
        #expect(answer(.ssr, question(workLeft: 0.5, .onDemand)) == .onDemand)
        #expect(answer(.ssr, question(ratio: 0.99)) == .onDemand)
        #expect(answer(.ssr, question(ratio: 0.99, .spot(pool: 0))) == .spot(pool: 0))
        // Where waiting is dear, so are interruptions.
        #expect(answer(.ssr, question(price: 50)) == .onDemand)
    }

    @Test("without a deadline SSR waits while spot is likely enough to come back, and not at any price")
    func ssrPatience() {
        func placement(absent hours: Double, price: Double) -> SpotPlacement {
            let pool = SpotQuestion.Pool(isUp: false, spellAge: hours * 3600, priceRatio: 0.3)
            var question = SpotQuestion.hours(workLeft: 8, timeLeft: .infinity, changeover: 0.08, pools: [pool])
            question.waitingPrice = price
            return answer(.ssr, question)
        }
        // 0.8 / 0.4 x (0.7 x 1.68 - 0.08 x 1.3) = 2.1 at first, half of it after 0.4 hours.
        #expect(placement(absent: 0, price: 1) == .waiting)
        #expect(placement(absent: 0.3, price: 1) == .waiting)
        #expect(placement(absent: 0.6, price: 1) == .onDemand)
        #expect(placement(absent: 0, price: 3) == .onDemand)
        #expect(placement(absent: 100, price: 0) == .waiting)
    }

    @Test("of several pools an old spell is worth a higher price, and nobody leaves a pool that is up")
    func pools() {
        // 0.3 + 0.2 / (1.4 x 0.4) = 0.66 against 0.35 + 0.2 / (1.4 x 10.4) = 0.36.
        let pools = [SpotQuestion.Pool.down, .up(0, ratio: 0.3), .up(10, ratio: 0.35)]
        for rule in Self.rules where rule != .onDemand {
            #expect(answer(rule, .hours(timeLeft: 90, pools: pools)) == .spot(pool: 2))
            let standing = SpotQuestion.hours(timeLeft: 90, placement: .spot(pool: 1), pools: pools)
            #expect(answer(rule, standing) == .spot(pool: 1))
        }
        #expect(SpotQuestion.hours(timeLeft: 90, changeover: 0.01, pools: pools).preferredPool == 1)
    }
}
