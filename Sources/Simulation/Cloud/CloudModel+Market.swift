package import Model

extension CloudModel {
    /// The first moment of which prices are known: an hour before the world.
    package var historyStart: Timestamp { configuration.startsAt - .seconds(3600) }

    /// From when on-demand prices hold: their publication, or the first moment of history where that is earlier.
    package var onDemandEffectiveAt: Timestamp { min(catalogue.publishedAt ?? historyStart, historyStart) }

    /// Whether an offering is sold at all, with or without capacity at this moment.
    package func sells(_ offering: Offering) -> Bool {
        switch offering.capacityType {
        case .spot: marketIndices[offering] != nil
        case .onDemand: configuration.zones.contains(offering.zone) && catalogue[offering.instanceType] != nil
        case .reserved: configuration.reservations.contains { $0.offering == offering }
        }
    }

    /// The price an hour in force at a moment.
    /// - Returns: Nil when the offering is not sold.
    package func price(of offering: Offering, at time: Timestamp) -> Money? {
        guard sells(offering) else { return nil }
        if offering.capacityType == .reserved { return .zero }
        guard let index = marketIndices[offering] else { return catalogue[offering.instanceType]?.onDemandPricePerHour }
        return markets[index].step(at: time.seconds).map { SpotMarket.money(micros: $0.micros) }
    }

    /// Price changes of a type as spot in a zone, those in force at the beginning included, oldest first.
    package func spotPrices(_ instanceType: String, zone: String, since: Timestamp) -> [PricePoint] {
        guard let index = marketIndices[Offering(instanceType: instanceType, zone: zone, capacityType: .spot)] else {
            return []
        }
        return markets[index].steps(since: since.seconds).map { markets[index].pricePoint($0) }
    }

    /// How many instances of an offering can run at this moment, those that run included.
    package func capacity(of offering: Offering) -> Int64 {
        guard sells(offering) else { return 0 }
        if offering.capacityType == .reserved {
            let own = configuration.reservations.filter { $0.offering == offering && isActive($0) }
            return own.reduce(0) { $0 + Int64($1.count) }
        }
        if let set = capacityOverrides[offering] { return set }
        if let index = marketIndices[offering] { return markets[index].capacity }
        switch configuration.capacityRules.first(where: { $0.pattern.matches(offering) })?.supply {
        case .fixed(let count): return count
        case .trace(let trace, let factor):
            return trace.count(at: (now - configuration.startsAt).components.seconds) * factor
        case nil: return configuration.onDemandCapacity
        }
    }

    /// Sets an offering's capacity from outside, above seed and rules; spot instances beyond it are interrupted.
    /// - Parameters:
    ///   - capacity: Nil gives it back to seed and rules.
    ///   - offering: What it is the capacity of.
    ///   - time: The present.
    package func setCapacity(_ capacity: Int64?, of offering: Offering, at time: Timestamp) {
        settle(to: time)
        capacityOverrides[offering] = capacity
        changes.append(.capacityMoved(offering, capacity: self.capacity(of: offering), at: wholeNow))
        reclaimExcess(of: offering)
    }

    /// The present, to the second: the time that changes made by a call carry.
    var wholeNow: Timestamp { Timestamp(seconds: now.seconds) }

    /// How many more instances of an offering can be had.
    func free(_ offering: Offering) -> Int64 {
        max(0, capacity(of: offering) - Int64(unwarned(offering).count))
    }

    /// The live instances of an offering that are not on their way out, sorted.
    func unwarned(_ offering: Offering) -> [InstanceID] {
        machines.values.filter { $0.offering == offering && $0.isLive && $0.warnedAt == nil }.map(\.id).sorted()
    }

    /// Warns as many spot instances of an offering as run beyond its capacity.
    func reclaimExcess(of offering: Offering) {
        guard offering.capacityType == .spot else { return }
        var running = unwarned(offering)
        let capacity = capacity(of: offering)
        while Int64(running.count) > capacity {
            warn(running.remove(at: Int(victims.integer(in: 0...Int64(running.count - 1)))))
        }
    }
}
