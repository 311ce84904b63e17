package import Model

extension InterruptionMessage {
    /// What it means for the core.
    package var notices: [Notice] {
        let at = Timestamp(milliseconds: milliseconds)
        switch kind {
        case .spotInterruption(let instance, _):
            return [notice(.interruption, instance, at)]
        case .rebalanceRecommendation(let instance):
            return [notice(.rebalance, instance, at)]
        case .stateChange(let instance, let name):
            return Instance.State(rawValue: name).map { [notice(.stateChange($0), instance, at)] } ?? []
        case .scheduledChange(let instances, let change):
            let maintenance = Maintenance(
                id: change.id,
                code: change.scheduledEventCode,
                notBefore: Timestamp(milliseconds: change.startMilliseconds),
                notAfter: change.endMilliseconds.map { Timestamp(milliseconds: $0) }
            )
            return instances.map { notice(.maintenance(maintenance), $0, at) }
        case .capacityReservationInterruption(let instance, let end):
            // It ends when the message says; the core counts two minutes from the notice on.
            let begun = end.map { Timestamp(milliseconds: $0) - Notice.interruptionLead } ?? at
            return [notice(.interruption, instance, begun)]
        case .ignored, .unknown:
            return []
        }
    }

    private func notice(_ kind: Notice.Kind, _ instance: String, _ at: Timestamp) -> Notice {
        Notice(id: id, kind: kind, instance: InstanceID(instance), at: at)
    }
}

extension InterruptionMessage.ScheduledChange {
    /// The code in the words of EC2's scheduled events, where it is the same event:
    /// `AWS_EC2_INSTANCE_RETIREMENT_SCHEDULED` is `instance-retirement`.
    var scheduledEventCode: String {
        let word = code.lowercased().replacing("_", with: "-")
        if word.contains("retirement") { return "instance-retirement" }
        if word.contains("instance-stop") { return "instance-stop" }
        if word.contains("instance-reboot") { return "instance-reboot" }
        if word.contains("system-reboot") { return "system-reboot" }
        if word.contains("maintenance") { return "system-maintenance" }
        return code
    }
}
