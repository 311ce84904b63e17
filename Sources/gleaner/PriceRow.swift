import AWS
import Billing
import Foundation
import Kubernetes
import Model

/// A line of `gleaner prices`: an offering with its price, where the price comes from, and how often such nodes go.
struct PriceRow {
    var offering: Offering
    var accelerator: String?
    var accelerators: Int64
    var pricePerHour: Money
    /// Since when the price is in force; nil where nobody says.
    var since: Timestamp?
    /// When the cloud last said so; nil when a service has not heard since its start.
    var seenAt: Timestamp?
    /// The time by the clock of whoever says it: a service may follow a world's.
    var now: Timestamp
    /// The least and the most within the time that was asked about; nil where only the present is known.
    var range: ClosedRange<Money>?
    /// The share of instances of the type that AWS says were interrupted in a month, such as `5-10%`.
    var monthlyInterruptions: String?
    /// What a service saw itself: how many of its nodes were taken back there, and when the last.
    var interruptions: (count: Int, last: Timestamp?)?
    /// Expected by a service.
    var interruptionsPerHour: Double?
    var placementScore: Int?
    /// Set where it is not bought now.
    var closedReason: String?
    var reservation: String?

    var ageSeconds: Int64? { seenAt.map { max(0, (now - $0).components.seconds) } }

    /// Nil without accelerators.
    var pricePerAcceleratorHour: Money? { accelerators > 0 ? pricePerHour / Int(accelerators) : nil }

    /// The cheapest accelerator-hour first; what has no accelerators comes last, by price.
    static func precedes(_ left: PriceRow, _ right: PriceRow) -> Bool {
        switch (left.pricePerAcceleratorHour, right.pricePerAcceleratorHour) {
        case (let a?, let b?) where a != b: return a < b
        case (.some, nil): return true
        case (nil, .some): return false
        default: break
        }
        if left.pricePerHour != right.pricePerHour { return left.pricePerHour < right.pricePerHour }
        return (left.offering, left.reservation ?? "") < (right.offering, right.reservation ?? "")
    }

    // MARK: - Where they come from

    init(_ offer: MarketReader.Offer, advisor: SpotAdvisor?, at now: Timestamp) {
        let isSpot = offer.offering.capacityType == .spot
        offering = offer.offering
        accelerator = offer.type.accelerator
        accelerators = offer.type.allocatable.accelerators
        pricePerHour = offer.pricePerHour
        since = offer.since
        seenAt = now
        self.now = now
        range = isSpot ? offer.lowest...offer.highest : nil
        monthlyInterruptions = isSpot ? advisor?.monthlyInterruptions[offer.offering.instanceType] : nil
    }

    init(_ offered: ServiceAPI.Offered, taken: [ServiceAPI.Interruption], _ server: String, at now: Timestamp) throws {
        let choice = try offered.choice(server)
        offering = choice.offering
        accelerator = offered.accelerator
        accelerators = choice.shape.accelerators
        pricePerHour = offered.pricePerHour
        since = offered.priceEffectiveAt.flatMap { Timestamp(rfc3339: $0) }
        seenAt = offered.priceSeenAt.flatMap { Timestamp(rfc3339: $0) }
        self.now = seenAt.map { $0 + .seconds(offered.priceAgeSeconds ?? 0) } ?? now
        interruptionsPerHour = offered.interruptionsPerHour
        placementScore = offered.placementScore
        closedReason = choice.closedBecause
        reservation = offered.reservation?.id
        guard offering.capacityType == .spot else { return }
        let there = taken.filter { $0.instanceType == offering.instanceType && $0.zone == offering.zone }
        interruptions = (there.count, there.compactMap { Timestamp(rfc3339: $0.at) }.max())
    }
}

/// What `gleaner prices` prints, in its forms.
struct PriceTable {
    var rows: [PriceRow]
    /// Over which the range of each price goes; nil where only the present is known.
    var days: Int?

    private var columns: [(title: String, alignment: TextTable.Alignment)] {
        var columns: [(title: String, alignment: TextTable.Alignment)] = [
            ("instance type", .left), ("zone", .left), ("capacity", .left), ("accelerators", .left), ("$/h", .right),
            ("$/acc-h", .right),
        ]
        if let days { columns.append(("\(days)d range", .left)) }
        columns += [("in force", .right), ("age", .right), ("interrupted", .left)]
        if rows.contains(where: { $0.closedReason != nil }) { columns.append(("not bought", .left)) }
        return columns
    }

    var text: String {
        var table = TextTable(columns: columns)
        for row in rows { table.append(cells(row)) }
        return table.text
    }

    private func cells(_ row: PriceRow) -> [String] {
        var cells = [row.offering.instanceType, row.offering.zone, row.offering.capacityType.rawValue]
        if let reservation = row.reservation { cells[2] += " \(reservation)" }
        cells.append(row.accelerators > 0 ? "\(row.accelerators) \(row.accelerator ?? "")" : "-")
        cells.append(row.pricePerHour.formatted(places: 4))
        cells.append(row.pricePerAcceleratorHour?.formatted(places: 4) ?? "-")
        if days != nil { cells.append(Self.range(row.range)) }
        cells.append(row.since.map { Self.ago($0, row.now) } ?? "-")
        cells.append(row.seenAt.map { Self.ago($0, row.now) } ?? "not seen")
        cells.append(Self.interrupted(row))
        if let reason = row.closedReason { cells.append(reason) }
        return cells
    }

    private static func range(_ range: ClosedRange<Money>?) -> String {
        guard let range else { return "-" }
        return "\(range.lowerBound.formatted(places: 4)) - \(range.upperBound.formatted(places: 4))"
    }

    private static func interrupted(_ row: PriceRow) -> String {
        guard row.offering.capacityType == .spot else { return "never" }
        var parts: [String] = []
        if let share = row.monthlyInterruptions { parts.append("\(share) a month") }
        if let seen = row.interruptions {
            parts.append(seen.count == 0 ? "none seen" : "\(seen.count) seen")
            if let last = seen.last { parts.append("last \(ago(last, row.now)) ago") }
        }
        if let rate = row.interruptionsPerHour { parts.append("\(rounded(rate * 24)) a day expected") }
        return parts.isEmpty ? "-" : parts.joined(separator: ", ")
    }

    private static func rounded(_ value: Double) -> String { "\((value * 100).rounded() / 100)" }

    /// One unit, as in `5m`, `3h` or `12d`.
    private static func ago(_ time: Timestamp, _ now: Timestamp) -> String {
        let seconds = max(0, (now - time).components.seconds)
        return switch seconds {
        case ..<60: "\(seconds)s"
        case ..<3600: "\(seconds / 60)m"
        case ..<172_800: "\(seconds / 3600)h"
        default: "\(seconds / 86_400)d"
        }
    }

    // MARK: - For programs

    var json: JSON {
        let items = rows.map { row in
            JSON.object(Dictionary(uniqueKeysWithValues: Self.fields(row).map { ($0.name, $0.value) }))
        }
        return ["offerings": .array(items)]
    }

    var csv: String {
        var csv = CSV()
        for (index, row) in rows.enumerated() {
            let fields = Self.fields(row)
            if index == 0 { csv.append(fields.map(\.name)) }
            csv.append(fields.map { Self.plain($0.value) })
        }
        return csv.text
    }

    private static func plain(_ value: JSON) -> String {
        switch value {
        case .null: ""
        case .string(let text): CSV.name(text)
        default: value.description
        }
    }

    private static func fields(_ row: PriceRow) -> [(name: String, value: JSON)] {
        var fields: [(name: String, value: JSON)] = []
        func add(_ name: String, _ text: String?) { fields.append((name, JSON(text))) }
        func add(_ name: String, _ count: Int64?) { fields.append((name, count.map { JSON.integer($0) } ?? .null)) }
        add("instanceType", row.offering.instanceType)
        add("zone", row.offering.zone)
        add("capacityType", row.offering.capacityType.rawValue)
        add("accelerator", row.accelerator)
        add("accelerators", row.accelerators)
        add("pricePerHour", row.pricePerHour.description)
        add("pricePerAcceleratorHour", row.pricePerAcceleratorHour?.rounded(places: 6).description)
        add("lowestPricePerHour", row.range?.lowerBound.description)
        add("highestPricePerHour", row.range?.upperBound.description)
        add("priceEffectiveAt", row.since?.description)
        add("priceSeenAt", row.seenAt?.description)
        add("priceAgeSeconds", row.ageSeconds)
        add("monthlyInterruptions", row.monthlyInterruptions)
        add("interruptionsSeen", row.interruptions.map { Int64($0.count) })
        add("lastInterruptionAt", row.interruptions?.last?.description)
        fields.append(("interruptionsPerHour", row.interruptionsPerHour.map { JSON.number($0) } ?? .null))
        add("placementScore", row.placementScore.map { Int64($0) })
        add("closedReason", row.closedReason)
        add("reservation", row.reservation)
        return fields
    }
}
