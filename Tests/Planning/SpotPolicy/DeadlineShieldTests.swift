import Planning
import Testing

@Suite("The shield over spot policies")
struct DeadlineShieldTests {
    private struct Always: SpotPolicy {
        var placement: SpotPlacement

        func choose(_ question: SpotQuestion) -> SpotPlacement { placement }
    }

    @Test("it waits only while a start on demand at the next decision ends in time")
    func waiting() {
        #expect(DeadlineShield.allows(.waiting, .hours(timeLeft: 48.7)))
        #expect(!DeadlineShield.allows(.waiting, .hours(timeLeft: 48.6)))
    }

    @Test("it reckons with the longest changeover")
    func largestChangeover() {
        var question = SpotQuestion.hours(timeLeft: 48.7)
        question.largestChangeover *= 1.5
        #expect(!DeadlineShield.allows(.waiting, question))
        question.timeLeft = 48.8 * 3600
        #expect(DeadlineShield.allows(.waiting, question))
    }

    @Test("spot capacity must leave enough time to start on demand after it")
    func spot() {
        // A start works 0.3 of the half hour: 47.7 and a changeover of 0.2 remain.
        #expect(DeadlineShield.allows(.spot(pool: 0), .hours(timeLeft: 48.4, pools: [.up()])))
        #expect(!DeadlineShield.allows(.spot(pool: 0), .hours(timeLeft: 48.3, pools: [.up()])))
        // Who runs already works all of it.
        let running = SpotQuestion.hours(timeLeft: 48.2, placement: .spot(pool: 0), pools: [.up()])
        #expect(DeadlineShield.allows(.spot(pool: 0), running))
        // A move to another pool is a start.
        let both = SpotQuestion.hours(timeLeft: 48.2, placement: .spot(pool: 0), pools: [.up(), .up()])
        #expect(!DeadlineShield.allows(.spot(pool: 1), both))
    }

    @Test("a job that ends within the step may end on spot capacity")
    func lastStep() {
        let spot = SpotPlacement.spot(pool: 0)
        func question(_ placement: SpotPlacement, timeLeft: Double) -> SpotQuestion {
            .hours(workLeft: 0.1, timeLeft: timeLeft, placement: placement, pools: [.up()])
        }
        #expect(DeadlineShield.allows(spot, question(spot, timeLeft: 0.1)))
        #expect(DeadlineShield.allows(spot, question(.waiting, timeLeft: 0.3)))
        #expect(!DeadlineShield.allows(spot, question(.waiting, timeLeft: 0.2)))
    }

    @Test("a slower pool does less in a step, and a faster one more")
    func speed() {
        let spot = SpotPlacement.spot(pool: 0)
        func allows(_ speed: Double, workLeft: Double = 48, timeLeft: Double) -> Bool {
            var pool = SpotQuestion.Pool.up()
            pool.speed = speed
            return DeadlineShield.allows(
                spot,
                .hours(workLeft: workLeft, timeLeft: timeLeft, placement: spot, pools: [pool])
            )
        }
        // Half an hour at a speed of 1 leaves 47.5 and a changeover of 0.2, at a half 47.75, at two 47.
        #expect(allows(1, timeLeft: 48.2) && !allows(0.5, timeLeft: 48.2))
        #expect(allows(0.5, timeLeft: 48.5) && allows(2, timeLeft: 47.7) && !allows(1, timeLeft: 48.1))
        // What is left is done within the step only if the pool is fast enough.
        #expect(allows(1, workLeft: 0.2, timeLeft: 0.2) && !allows(0.5, workLeft: 0.2, timeLeft: 0.2))
    }

    @Test("a pool without capacity, or that is none, is no answer")
    func noCapacity() {
        #expect(!DeadlineShield.allows(.spot(pool: 0), .hours(timeLeft: 90, pools: [.down])))
        #expect(!DeadlineShield.allows(.spot(pool: 1), .hours(timeLeft: 90, pools: [.up()])))
        #expect(!DeadlineShield.allows(.spot(pool: -1), .hours(timeLeft: 90, pools: [.up()])))
    }

    @Test("what it does not allow becomes on demand, all else stays as it was answered")
    func overrides() {
        var waits = DeadlineShield(Always(placement: .waiting))
        #expect(waits.choose(.hours(timeLeft: 60)) == .waiting)
        #expect(waits.choose(.hours(timeLeft: 48.2)) == .onDemand)
        var spot = DeadlineShield(Always(placement: .spot(pool: 0)))
        #expect(spot.choose(.hours(timeLeft: 60, pools: [.up()])) == .spot(pool: 0))
        #expect(spot.choose(.hours(timeLeft: 60, pools: [.down])) == .onDemand)
    }
}
