import Foundation
import Model
import Testing

@testable import Simulation

@Suite("The cloud's own bill")
struct MeterTests {
    private let instance = InstanceID("i-0123456789abcdef0")
    private let start = CloudFixtures.start
    private let spot = CloudFixtures.spot()
    private let onDemand = Offering(instanceType: "g5.xlarge", zone: "us-east-1a", capacityType: .onDemand)

    private func bill(
        _ offering: Offering,
        seconds: Int64,
        isReclaimed: Bool = false,
        prices: [String] = ["3.60"]
    ) throws -> Meter.Bill {
        let amounts = try prices.map { try #require(Money($0)) }
        var meter = Meter()
        meter.started(instance, offering, at: start)
        meter.ended(instance, at: start + .seconds(seconds), isReclaimed: isReclaimed)
        return meter.bill(at: start + .seconds(1_000_000)) { _, at in
            // The nth price holds in the nth hour.
            amounts[min(amounts.count - 1, Int((at - start).components.seconds / 3600))]
        }
    }

    @Test("seconds are billed one by one")
    func perSecond() throws {
        #expect(try bill(onDemand, seconds: 4321).total == Decimal(string: "4.321"))
    }

    @Test("less than a minute costs a minute")
    func minimum() throws {
        #expect(try bill(onDemand, seconds: 59).lines[0].billedSeconds == 60)
        #expect(try bill(onDemand, seconds: 0).cents == 6)
        #expect(try bill(onDemand, seconds: 61).lines[0].billedSeconds == 61)
    }

    @Test("a spot instance that the cloud takes back within its first hour is free, and only that")
    func freeFirstHour() throws {
        #expect(try bill(spot, seconds: 3599, isReclaimed: true).total == 0)
        #expect(try bill(spot, seconds: 3600, isReclaimed: true).cents == 360)
        #expect(try bill(spot, seconds: 3599, isReclaimed: false).total == Decimal(string: "3.599"))
    }

    @Test("each spot hour costs the price at its own start")
    func spotHourPrice() throws {
        let bill = try bill(spot, seconds: 2 * 3600 + 1800, prices: ["1.000001", "2", "4"])
        #expect(bill.total == Decimal(string: "5.000001"))
    }

    @Test("the whole is rounded once, half to even")
    func rounding() throws {
        // Two instances of half a cent each come to a cent, not to two or none.
        var meter = Meter()
        for (index, name) in ["i-00000000000000001", "i-00000000000000002"].enumerated() {
            meter.started(InstanceID(name), onDemand, at: start + .seconds(Int64(index)))
            meter.ended(InstanceID(name), at: start + .seconds(Int64(index) + 60), isReclaimed: false)
        }
        let price = try #require(Money("0.3"))
        let bill = meter.bill(at: start) { _, _ in price }
        #expect(bill.lines.map(\.cost.description) == ["0.005", "0.005"])
        #expect(bill.cents == 1)
        #expect(bill.total == bill.lines.reduce(Decimal(0)) { $0 + $1.priceSeconds } / 3600)
        let half = try self.bill(onDemand, seconds: 3600, prices: ["0.125"])
        #expect(half.cents == 12)
    }

    @Test("what still runs is billed up to now, pending and shutting down are not")
    func wholeCloud() throws {
        let cloud = try CloudFixtures.cloud()
        let machine = try cloud.running("a", capacityType: .onDemand)
        let runningAt = try #require(machine.runningAt)
        #expect(cloud.bill(at: runningAt + .seconds(1800)).lines[0].billedSeconds == 1800)
        let end = runningAt + .seconds(3000)
        _ = try cloud.terminate([machine.id], at: end + .milliseconds(400))
        let bill = cloud.bill(at: end + .seconds(5000))
        #expect(bill.lines[0].billedSeconds == 3000)
        #expect(bill.lines[0].endedAt == end)
        let pending = try cloud.launch(CloudFixtures.specification("b"), at: cloud.now)
        _ = try cloud.terminate(pending.instances, at: cloud.now)
        #expect(cloud.bill(at: cloud.now + .seconds(100)).lines.count == 1)
    }

    @Test("the bill of a cloud uses the prices of its own market at each hour's start")
    func marketPrices() throws {
        let cloud = try CloudFixtures.cloud()
        let machine = try cloud.running("a")
        let runningAt = try #require(machine.runningAt)
        let end = runningAt + .seconds(5 * 3600)
        var expected = Decimal(0)
        let bill = cloud.bill(at: end)
        for hour in 0..<5 {
            let at = runningAt + .seconds(Int64(hour) * 3600)
            let inForce = cloud.spotPrices("g5.xlarge", zone: "us-east-1a", since: at)[0]
            #expect(inForce.effectiveAt <= at)
            expected += inForce.pricePerHour.amount
        }
        #expect(bill.total == expected)
    }
}
