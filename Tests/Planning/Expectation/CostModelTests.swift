import Foundation
import Model
import Testing

@testable import Planning

@Suite("Expected cost of finishing")
struct CostModelTests {
    static let spot = Offering(instanceType: "p3.2xlarge", zone: "us-east-1a", capacityType: .spot)

    static func demand(
        seconds: Int64,
        checkpoint: CheckpointContract = .none,
        interval: Int64? = nil,
        cost: Int64 = 0,
        dataset: Dataset? = nil,
        accelerators: Int64 = 1
    ) -> PlanInput.Demand {
        let id = WorkloadID(namespace: "research", kind: "Job", name: "fit", uid: "uid")
        var workload = Workload(id: id, team: "science", createdAt: Timestamp(seconds: 0))
        workload.checkpoint = checkpoint
        workload.accelerators = accelerators
        return PlanInput.Demand(
            workload: workload,
            pods: [],
            capacityTypes: [.spot, .onDemand],
            remainingSeconds: seconds,
            checkpoints: CheckpointHabit(intervalSeconds: interval, costSeconds: cost),
            dataset: dataset
        )
    }

    static func model(
        perHour: Double = 0.1,
        start: Int64 = 300,
        speed: [String: Double] = [:],
        rates: [Offering: Double] = [:]
    ) -> CostModel {
        CostModel(
            economics: Economics(
                relativeSpeed: speed,
                interruptionsPerHour: rates,
                priorInterruptionsPerHour: perHour
            ),
            changeover: Changeover(bootSeconds: start, pullSeconds: 0, restoreSeconds: 0)
        )
    }

    private static func outlook(_ demand: PlanInput.Demand, perHour: Double, start: Int64 = 300) -> Outlook {
        model(perHour: perHour, start: start).outlook(for: demand, on: spot, accelerator: nil)
    }

    @Test("without economics everything is compared for one hour")
    func pricesAlone() {
        let model = CostModel(
            economics: nil,
            changeover: Changeover(bootSeconds: 150, pullSeconds: 90, restoreSeconds: 60)
        )
        for type in CapacityType.allCases {
            let offering = Offering(instanceType: "a", zone: "b", capacityType: type)
            let demand = Self.demand(seconds: 9 * 3600, interval: 60, cost: 50)
            #expect(model.seconds(for: demand, on: offering, accelerator: "A100") == 3600)
        }
    }

    @Test(
        "on-demand and reserved capacity takes a start, the work and its checkpoints",
        arguments: [
            CapacityType.onDemand, .reserved,
        ]
    )
    func withoutRisk(type: CapacityType) {
        let offering = Offering(instanceType: "p3.2xlarge", zone: "us-east-1a", capacityType: type)
        let outlook = Self.model(perHour: 5, rates: [offering: 5]).outlook(
            for: Self.demand(seconds: 3600, interval: 600, cost: 20),
            on: offering,
            accelerator: nil
        )
        // Five checkpoints: none is made when all is done.
        #expect(
            outlook
                == Outlook(
                    startSeconds: 300,
                    computingSeconds: 3600,
                    checkpointSeconds: 100,
                    totalSeconds: 4000
                )
        )
    }

    @Test("a pool's own rate counts before the prior")
    func ownRate() {
        let demand = Self.demand(seconds: 3600, checkpoint: .signal)
        let own = Self.model(perHour: 9, rates: [Self.spot: 0.1]).seconds(for: demand, on: Self.spot, accelerator: nil)
        #expect(own == Self.model(perHour: 0.1).seconds(for: demand, on: Self.spot, accelerator: nil))
    }

    @Test("an accelerator of twice the speed halves the work, and nothing else")
    func speed() {
        let model = Self.model(perHour: 0, speed: ["H100": 2, "V100": 0.45, "bad": -1])
        let demand = Self.demand(seconds: 3601)
        func work(_ accelerator: String?, _ demand: PlanInput.Demand) -> Int64 {
            model.outlook(for: demand, on: Self.spot, accelerator: accelerator).computingSeconds
        }
        #expect(work("H100", demand) == 1801)
        #expect(work("V100", demand) == 8003)
        #expect(work("T4", demand) == 3601)
        #expect(work("bad", demand) == 3601)
        #expect(work(nil, demand) == 3601)
        // What uses no accelerator does not gain from one.
        #expect(work("H100", Self.demand(seconds: 3601, accelerators: 0)) == 3601)
        #expect(model.seconds(for: demand, on: Self.spot, accelerator: "H100") == 2101)
    }

    @Test("where its data is not, every start takes longer")
    func dataset() {
        let data = Dataset(name: "images", zones: ["us-east-1b"], loadSeconds: 1200)
        let there = Dataset(name: "images", zones: ["us-east-1a"], loadSeconds: 1200)
        let far = Self.outlook(Self.demand(seconds: 7200, checkpoint: .http, dataset: data), perHour: 0.5)
        let near = Self.outlook(Self.demand(seconds: 7200, checkpoint: .http, dataset: there), perHour: 0.5)
        #expect(far.startSeconds == 1500)
        #expect(near.startSeconds == 300)
        // One interruption is expected while it computes: it fetches the data twice, and is interrupted at it as well.
        #expect(far.totalSeconds - near.totalSeconds > 2 * 1200)
        #expect(far.totalSeconds - near.totalSeconds < 3 * 1200)
    }

    @Test("what is saved within the notice is not lost; what takes longer is")
    func savedWithinNotice() {
        let fits = Self.outlook(Self.demand(seconds: 36_000, checkpoint: .signal, cost: 115), perHour: 0.1)
        let tooLong = Self.outlook(Self.demand(seconds: 36_000, checkpoint: .signal, cost: 116), perHour: 0.1)
        let never = Self.outlook(Self.demand(seconds: 36_000, checkpoint: .none, cost: 116), perHour: 0.1)
        #expect(fits.lostSecondsPerInterruption <= 115)
        #expect(tooLong == never)
        #expect(tooLong.lostSecondsPerInterruption > 3600)
    }

    @Test("what starts in no time and never saves takes (e^(λW) - 1) / λ")
    func textbook() {
        // e^1 - 1 hours at one interruption an hour.
        let outlook = Self.outlook(Self.demand(seconds: 3600), perHour: 1, start: 0)
        #expect(outlook.totalSeconds == Int64((3600 * 1.718281828459045).rounded()))
        #expect(abs(outlook.expectedInterruptions - 1.718281828459045) < 1e-12)
        #expect(abs(outlook.interruptionProbability - 0.632120558828558) < 1e-12)
    }

    @Test("rare interruptions cost half a checkpoint interval of work, or half of all")
    func rareLimit() {
        let all = Self.outlook(Self.demand(seconds: 100_000), perHour: 1e-7, start: 0)
        #expect(abs(all.lostSecondsPerInterruption - 50_000) <= 1)
        let some = Self.outlook(Self.demand(seconds: 100_000, interval: 1000), perHour: 1e-7, start: 0)
        #expect(abs(some.lostSecondsPerInterruption - 500) <= 1)
        #expect(all.totalSeconds == 100_000)
    }

    @Test("what never finishes is capped, and nothing overflows")
    func extremes() {
        for seconds in [0, 1, 86_400, Int64.max] {
            for rate in [0, 1e-300, 0.5, 1e9, .infinity, .nan, -1] {
                for interval in [nil, 0, 1, -5, Int64.max] {
                    for cost in [0, 10, Int64.max] {
                        for contract in [CheckpointContract.none, .signal] {
                            let demand = Self.demand(
                                seconds: seconds,
                                checkpoint: contract,
                                interval: interval,
                                cost: cost,
                                dataset: Dataset(name: "d", zones: [], loadSeconds: .max / 2)
                            )
                            let outlook = Self.outlook(demand, perHour: rate)
                            #expect(outlook.totalSeconds >= outlook.startSeconds + outlook.computingSeconds)
                            #expect(outlook.totalSeconds <= CostModel.longestSeconds)
                            #expect(outlook.expectedInterruptions.isFinite)
                            #expect((0...1).contains(outlook.interruptionProbability))
                            #expect(outlook.lostSecondsPerInterruption >= 0)
                        }
                    }
                }
            }
        }
        #expect(Self.outlook(Self.demand(seconds: 72 * 3600), perHour: 1).totalSeconds == CostModel.longestSeconds)
    }

    @Test("more risk, more work and less saving never make it cheaper", arguments: 0..<40)
    func monotone(seed: UInt64) {
        var dice = Dice(seed: seed)
        for _ in 0..<250 {
            let contract: CheckpointContract = dice.fraction() < 0.5 ? .none : .signal
            let interval = dice.fraction() < 0.5 ? nil : dice.seconds(60...7200)
            let cost = dice.seconds(0...200)
            let start = dice.seconds(0...3000)
            let rate = exp(dice.number(-9...3))
            let work = dice.seconds(60...400_000)
            func seconds(work: Int64, rate: Double, start: Int64, _ contract: CheckpointContract) -> Int64 {
                let demand = Self.demand(seconds: work, checkpoint: contract, interval: interval, cost: cost)
                return Self.outlook(demand, perHour: rate, start: start).totalSeconds
            }
            let base = seconds(work: work, rate: rate, start: start, contract)
            #expect(base >= seconds(work: work, rate: 0, start: start, contract))
            #expect(seconds(work: work, rate: rate * dice.number(1...2), start: start, contract) >= base)
            #expect(seconds(work: work + dice.seconds(0...9000), rate: rate, start: start, contract) >= base)
            #expect(seconds(work: work, rate: rate, start: start + dice.seconds(0...900), contract) >= base)
            if cost <= CostModel.secondsToSave, interval == nil, work > 2 * cost {
                #expect(
                    seconds(work: work, rate: rate, start: start, .signal)
                        <= seconds(work: work, rate: rate, start: start, .none) + cost
                )
            }
        }
    }

    /// Contract, work, start, interval, checkpoint's cost in seconds, interruptions an hour.
    @Test(
        "the sums are what a simulated process shows",
        arguments: [
            (CheckpointContract.none, Int64(7200), Int64(300), Int64?.none, Int64(0), 0.3),
            (.none, 14_400, 900, nil, 0, 0.5), (.none, 3600, 0, nil, 0, 1.0),
            (.none, 36_000, 300, 1800, 60, 0.4), (.none, 36_000, 600, 7200, 300, 0.5),
            (.none, 10_000, 300, 3000, 0, 1.5), (.signal, 36_000, 300, nil, 40, 0.4),
            (.signal, 72_000, 1200, nil, 0, 1.0), (.http, 20_000, 300, nil, 115, 2.0),
            (.signal, 36_000, 300, 3600, 118, 0.3),
        ]
    )
    func simulated(
        contract: CheckpointContract,
        work: Int64,
        start: Int64,
        interval: Int64?,
        cost: Int64,
        perHour: Double
    ) {
        let demand = Self.demand(seconds: work, checkpoint: contract, interval: interval, cost: cost)
        let outlook = Self.outlook(demand, perHour: perHour, start: start)
        let simulation = RenewalSimulation(
            start: Double(start),
            work: Double(work),
            interval: interval.map(Double.init),
            checkpoint: Double(cost),
            saving: contract == .none || cost > CostModel.secondsToSave ? nil : Double(cost),
            ratePerSecond: perHour / 3600
        )
        var dice = Dice(seed: UInt64(work) &* 31 &+ UInt64(perHour * 1000))
        let courses = (0..<20_000).map { _ in simulation.run(&dice) }
        expect(courses.map(\.seconds), mean: Double(outlook.totalSeconds), rounding: 0.5)
        expect(courses.map { Double($0.interruptions) }, mean: outlook.expectedInterruptions)
        expect(courses.map { $0.interruptions > 0 ? 1 : 0 }, mean: outlook.interruptionProbability, rounding: 1e-4)
        // Of a ratio of means: what is lost beyond the expected loss of as many interruptions has mean 0.
        let each = Double(outlook.lostSecondsPerInterruption)
        expect(
            courses.map { $0.lostSeconds - each * Double($0.interruptions) },
            mean: 0,
            rounding: 0.5 * outlook.expectedInterruptions
        )
    }

    /// Within four standard errors: wrong by chance once in 16,000 times, and the draws are fixed.
    private func expect(_ sample: [Double], mean expected: Double, rounding: Double = 1e-9) {
        let count = Double(sample.count)
        let mean = sample.reduce(0, +) / count
        let variance = sample.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count - 1)
        let error = (variance / count).squareRoot()
        #expect(abs(mean - expected) <= 4 * error + rounding, "mean \(mean), expected \(expected), error \(error)")
    }
}
