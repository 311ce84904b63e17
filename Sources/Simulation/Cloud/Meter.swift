package import Foundation
package import Model

/// The simulated cloud's own bill, from its own instance states and prices, by EC2's rules: per second from the running
/// to the shutting-down change, 60 s at least; a spot hour costs the price at its start; a spot instance that the cloud
/// takes back within its first hour is free.
///
/// https://aws.amazon.com/ec2/pricing/on-demand/ and
/// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/billing-for-interrupted-spot-instances.html
package struct Meter: Sendable {
    /// One instance's part of the bill.
    package struct Line: Hashable, Sendable {
        package var instance: InstanceID
        package var offering: Offering
        package var runningAt: Timestamp
        /// Nil while it runs.
        package var endedAt: Timestamp?
        /// Seconds that are charged.
        package var billedSeconds: Int64
        /// True when the cloud took it back within its first hour.
        package var isFree: Bool
        /// Price an hour times seconds, exact; a 3600th of it is what the instance costs.
        package var priceSeconds: Decimal

        package var cost: Money { Money(priceSeconds / 3600) }
    }

    package struct Bill: Hashable, Sendable {
        /// In the order of launches.
        package var lines: [Line]
        /// Price an hour times seconds of all lines, divided by 3600 once.
        package var total: Decimal
        /// The total in cents, rounded half to even, once.
        package var cents: Int64

        package var roundedTotal: Money { Money(total).rounded(places: 2) }
    }

    private struct Reading {
        var instance: InstanceID
        var offering: Offering
        var startSecond: Int64
        var endSecond: Int64?
        var isReclaimed = false
    }

    private static let hour: Int64 = 3600
    private static let minimumSeconds: Int64 = 60

    private var readings: [Reading] = []
    private var indices: [InstanceID: Int] = [:]

    mutating func started(_ instance: InstanceID, _ offering: Offering, at: Timestamp) {
        indices[instance] = readings.count
        readings.append(Reading(instance: instance, offering: offering, startSecond: at.seconds))
    }

    /// From now on an instance costs what another offering does.
    mutating func moved(_ instance: InstanceID, to offering: Offering, at: Timestamp) {
        guard let index = indices[instance] else { return }
        readings[index].endSecond = at.seconds
        started(instance, offering, at: at)
    }

    /// Instances that never ran have no reading and cost nothing.
    mutating func ended(_ instance: InstanceID, at: Timestamp, isReclaimed: Bool) {
        guard let index = indices.removeValue(forKey: instance) else { return }
        readings[index].endSecond = at.seconds
        readings[index].isReclaimed = isReclaimed
    }

    /// Adds everything up, as if what still runs were to stop now.
    func bill(at now: Timestamp, price: (Offering, Timestamp) -> Money) -> Bill {
        var lines: [Line] = []
        var sum = Decimal(0)
        for reading in readings {
            let line = line(of: reading, until: reading.endSecond ?? now.seconds, price: price)
            sum += line.priceSeconds
            lines.append(line)
        }
        let total = sum / Decimal(Self.hour)
        let rounded = Money(total).rounded(places: 2)
        return Bill(
            lines: lines,
            total: total,
            cents: NSDecimalNumber(decimal: rounded.amount * 100).int64Value
        )
    }

    private func line(of reading: Reading, until end: Int64, price: (Offering, Timestamp) -> Money) -> Line {
        let used = max(0, end - reading.startSecond)
        let isFree = reading.isReclaimed && reading.offering.capacityType == .spot && used < Self.hour
        let billed = isFree ? 0 : max(used, Self.minimumSeconds)
        var priceSeconds = Decimal(0)
        var offset: Int64 = 0
        while offset < billed {
            let seconds = min(Self.hour, billed - offset)
            let atStart = price(reading.offering, Timestamp(seconds: reading.startSecond + offset))
            priceSeconds += atStart.amount * Decimal(seconds)
            offset += Self.hour
        }
        return Line(
            instance: reading.instance,
            offering: reading.offering,
            runningAt: Timestamp(seconds: reading.startSecond),
            endedAt: reading.endSecond.map { Timestamp(seconds: $0) },
            billedSeconds: billed,
            isFree: isFree,
            priceSeconds: priceSeconds
        )
    }
}
