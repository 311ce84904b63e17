package import Model

extension CloudModel {
    /// Every instance still shown, terminated ones included, in the order of launches.
    package var instances: [CloudInstance] { machines.values.sorted { $0.number < $1.number } }

    package var hasLiveInstances: Bool { machines.values.contains(where: \.isLive) }

    package func instance(_ id: InstanceID) -> CloudInstance? { machines[id] }

    /// Terminates instances at once.
    /// - Parameters:
    ///   - ids: Any, running or gone.
    ///   - time: The present.
    /// - Returns: For each its state before and after.
    /// - Throws: `CloudError` when one is not shown any more; then none is terminated.
    package func terminate(
        _ ids: [InstanceID],
        at time: Timestamp
    ) throws -> [(id: InstanceID, previous: Instance.State, current: Instance.State)] {
        settle(to: time)
        guard !ids.isEmpty else {
            throw CloudError("MissingParameter", "The request must contain the parameter InstanceId")
        }
        try checkKnown(ids)
        var seen: Set<InstanceID> = []
        return ids.filter { seen.insert($0).inserted }.map { id in
            let previous = machines[id]?.state ?? .terminated
            endByUser(id)
            return (id, previous, machines[id]?.state ?? .terminated)
        }
    }

    /// Terminates an instance that lives; any other stays as it is.
    func endByUser(_ id: InstanceID) {
        guard machines[id]?.isLive == true else { return }
        shutDown(id, reason: .user)
    }

    /// Adds tags to instances, fleets and launch templates.
    /// - Parameters:
    ///   - tags: Replace those of the same key.
    ///   - resources: Their ids.
    ///   - time: The present.
    /// - Throws: `CloudError` when one is unknown; then none is tagged.
    package func createTags(_ tags: [String: String], on resources: [String], at time: Timestamp) throws {
        settle(to: time)
        try checkKnown(resources.filter { $0.hasPrefix("i-") }.map(InstanceID.init))
        let templates = Dictionary(uniqueKeysWithValues: launchTemplates.values.map { ($0.id, $0.name) })
        for resource in resources where !resource.hasPrefix("i-") {
            guard fleetTags[resource] != nil || templates[resource] != nil else {
                throw CloudError("InvalidID", "The ID '\(resource)' is not valid")
            }
        }
        for resource in resources {
            machines[InstanceID(resource)]?.tags.merge(tags) { $1 }
            fleetTags[resource]?.merge(tags) { $1 }
            if let name = templates[resource] { launchTemplates[name]?.tags.merge(tags) { $1 } }
        }
    }

    /// Takes a spot instance back: warns it now, and two minutes later it goes, unless its owner terminates it first.
    /// - Parameters:
    ///   - id: A running or pending spot instance.
    ///   - time: The present.
    ///   - rebalanceLead: When given, a rebalance recommendation comes now and the warning this much later.
    /// - Throws: `CloudError` when it is not a live spot instance.
    package func interrupt(_ id: InstanceID, at time: Timestamp, rebalanceLead: Duration? = nil) throws {
        settle(to: time)
        guard let machine = machines[id], machine.isLive, machine.offering.capacityType == .spot else {
            throw CloudError("InvalidInstanceID.NotFound", "'\(id)' is not a live spot instance")
        }
        guard let rebalanceLead else { return warn(id) }
        recommendRebalance(id)
        schedule(.warning(id), at: wholeNow + rebalanceLead)
    }

    func checkKnown(_ ids: [InstanceID]) throws {
        for id in ids {
            let digits = id.value.dropFirst(2)
            guard id.value.hasPrefix("i-"), digits.utf8.count == 17, digits.allSatisfy(\.isHexDigit) else {
                throw CloudError("InvalidInstanceID.Malformed", "Invalid id: \"\(id)\"")
            }
        }
        let unknown = ids.filter { machines[$0] == nil }.map(\.value)
        guard unknown.isEmpty else {
            let subject = unknown.count == 1 ? "ID '\(unknown[0])' does" : "IDs '\(unknown.joined(separator: ", "))' do"
            throw CloudError("InvalidInstanceID.NotFound", "The instance \(subject) not exist")
        }
    }

    // MARK: - Steps of an instance's life

    func startRunning(_ id: InstanceID) {
        guard let machine = machines[id], machine.state == .pending else { return }
        machines[id]?.runningAt = wholeNow
        meter.started(id, machine.offering, at: wholeNow)
        enter(.running, id)
    }

    func recommendRebalance(_ id: InstanceID) {
        guard let machine = machines[id], machine.state == .running, machine.warnedAt == nil else { return }
        changes.append(.rebalance(id, at: wholeNow))
        publish(.rebalance, machine)
    }

    func warn(_ id: InstanceID) {
        guard let machine = machines[id], machine.isLive, machine.warnedAt == nil else { return }
        guard machine.state == .running else {
            // Spot service warns only what runs.
            schedule(.warning(id), at: wholeNow + .seconds(configuration.pendingSeconds.upperBound))
            return
        }
        machines[id]?.warnedAt = wholeNow
        machines[id]?.reclaimAt = wholeNow + Notice.interruptionLead
        changes.append(.interruptionWarning(id, at: wholeNow))
        publish(.interruption, machine)
        schedule(.reclaim(id), at: wholeNow + Notice.interruptionLead)
    }

    /// Takes an instance at the end of its capacity block.
    func endWithBlock(_ id: InstanceID) {
        guard machines[id]?.isLive == true else { return }
        shutDown(id, reason: .blockEnded)
    }

    func reclaim(_ id: InstanceID) {
        guard machines[id]?.state == .running else { return }
        shutDown(id, reason: .spotReclaimed)
    }

    func finishTermination(_ id: InstanceID) {
        guard machines[id]?.state == .shuttingDown else { return }
        machines[id]?.terminatedAt = wholeNow
        enter(.terminated, id)
        schedule(.forget(id), at: wholeNow + Self.shownAfterEnd)
    }

    private func shutDown(_ id: InstanceID, reason: CloudInstance.StateReason) {
        machines[id]?.stateReason = reason
        machines[id]?.shuttingDownAt = wholeNow
        meter.ended(id, at: wholeNow, isReclaimed: reason == .spotReclaimed)
        enter(.shuttingDown, id)
        schedule(.terminated(id), at: wholeNow + .seconds(delays.integer(in: configuration.shuttingDownSeconds)))
    }

    func enter(_ state: Instance.State, _ id: InstanceID) {
        machines[id]?.state = state
        guard let machine = machines[id] else { return }
        changes.append(.instanceState(id, state, at: wholeNow))
        publish(.stateChange(state), machine)
    }

    // MARK: - Messages

    /// Sends an event to the queue: at least once, now and then late, so that it overtakes and is overtaken.
    private func publish(_ kind: Notice.Kind, _ machine: CloudInstance) {
        let envelope = CloudEnvelope(
            id: UniqueName.uuid(&names),
            kind: kind,
            instance: machine.id,
            zone: machine.offering.zone,
            region: configuration.region,
            accountID: configuration.accountID,
            at: wholeNow
        )
        if delays.chance(configuration.lateShare) {
            schedule(.deliver(envelope), at: wholeNow + .seconds(delays.integer(in: 1...10)))
        } else {
            deliver(envelope)
        }
        if delays.chance(configuration.duplicateShare) {
            schedule(.deliver(envelope), at: wholeNow + .seconds(delays.integer(in: 1...60)))
        }
    }

    func deliver(_ envelope: CloudEnvelope) {
        queue.send(.event(envelope), at: now)
        changes.append(.messageDelivered(at: wholeNow))
    }
}
