package import Model

/// Capacity reservations and capacity blocks.
extension CloudModel {
    /// When a reservation ends; nil for one that stands for ever.
    func end(of reservation: CloudReservation) -> Timestamp? {
        reservation.endsAfter.map { configuration.startsAt + $0 }
    }

    /// Whether instances can be launched in it: until its end, in a capacity block until its instances are taken.
    func isActive(_ reservation: CloudReservation) -> Bool {
        known(reservation, available: 0).usableUntil.map { now < $0 } ?? true
    }

    /// How many more instances a reservation takes.
    func free(in reservation: CloudReservation) -> Int64 {
        guard isActive(reservation) else { return 0 }
        let used = machines.values.count { $0.reservationID == reservation.id && $0.isLive }
        return Int64(max(0, reservation.count - used))
    }

    /// The reservation that a launch names.
    /// - Throws: `CloudError` where there is none, or it does not fit.
    func reservation(of specification: LaunchSpecification) throws -> CloudReservation? {
        guard let id = specification.reservationID else { return nil }
        guard let reservation = configuration.reservations.first(where: { $0.id == id }) else {
            throw CloudError(
                "InvalidCapacityReservationId.NotFound",
                "The capacity reservation '\(id)' does not exist"
            )
        }
        guard
            specification.overrides.allSatisfy({
                $0.instanceType == reservation.instanceType && $0.zone == reservation.zone
            })
        else {
            throw CloudError(
                "InvalidParameterValue",
                "The capacity reservation '\(id)' is for \(reservation.instanceType) in \(reservation.zone)"
            )
        }
        return reservation
    }

    /// The reservations as the core knows them, those that are over left out.
    package func reservations(at time: Timestamp) -> [Reservation] {
        settle(to: time)
        return configuration.reservations.filter(isActive).map { known($0, available: Int(free(in: $0))) }
            .sorted { $0.id < $1.id }
    }

    private func known(_ reservation: CloudReservation, available: Int) -> Reservation {
        Reservation(
            id: reservation.id,
            kind: reservation.kind,
            instanceType: reservation.instanceType,
            zone: reservation.zone,
            count: reservation.count,
            available: available,
            endsAt: end(of: reservation)
        )
    }

    /// Sets the timers of all ends: instances of a capacity block are taken then, others go on as on-demand.
    func watchReservations() {
        for (index, reservation) in configuration.reservations.enumerated() {
            if let end = known(reservation, available: 0).usableUntil { schedule(.reservationEnds(index), at: end) }
        }
    }

    func endReservation(_ index: Int) {
        let reservation = configuration.reservations[index]
        let ids = machines.values.filter { $0.reservationID == reservation.id && $0.isLive }.map(\.id).sorted()
        for id in ids {
            if reservation.kind == .capacityBlock {
                endWithBlock(id)
            } else {
                var sold = reservation.offering
                sold.capacityType = .onDemand
                machines[id]?.reservationID = nil
                machines[id]?.offering = sold
                meter.moved(id, to: sold, at: wholeNow)
            }
        }
    }

    // MARK: - What else the market says

    /// How likely spot is to be had in a zone, from 1 to 10: by how many instances of any of the types it has room for.
    package func placementScore(_ instanceTypes: [String], zone: String, count: Int) -> Int {
        let room = instanceTypes.reduce(Int64(0)) { sum, type in
            sum + free(Offering(instanceType: type, zone: zone, capacityType: .spot))
        }
        return Int(min(10, max(1, room / Int64(max(1, count)))))
    }

    /// What the wire and its adapter come to, for a world in virtual time.
    package func market(for configuration: GleanerConfiguration, at time: Timestamp) -> MarketReport {
        var zones: [String: Set<String>] = [:]
        for volume in self.configuration.volumes {
            if let name = volume.tags[Tag.dataset] { zones[name, default: []].insert(volume.zone) }
        }
        return MarketReport(
            reservations: reservations(at: time),
            datasetZones: configuration.datasets.isEmpty ? nil : zones.mapValues { $0.sorted() }
        )
    }
}
