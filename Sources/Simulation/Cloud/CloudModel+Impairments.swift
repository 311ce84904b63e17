package import Model

/// Machines that fail the cloud's own checks: they run on, and no message tells of it.
extension CloudModel {
    /// Lets checks of a machine fail from now on.
    /// - Parameters:
    ///   - id: A live machine.
    ///   - checks: Some of `attached-ebs`, `instance` and `system`; none makes it well again.
    ///   - time: The present.
    /// - Throws: `CloudError` when there is no such machine.
    package func impair(_ id: InstanceID, checks: Set<String> = ["system"], at time: Timestamp) throws {
        settle(to: time)
        guard machines[id]?.isLive == true else {
            throw CloudError("InvalidInstanceID.NotFound", "'\(id)' is not a live instance")
        }
        machines[id]?.failingChecks = checks.sorted()
        machines[id]?.impairedAt = checks.isEmpty ? nil : wholeNow
    }

    /// Impairs machines at a set time, whatever they are paid as.
    func impair(_ impairment: ScheduledImpairment) {
        var candidates = machines.values
            .filter { $0.state == .running && $0.impairedAt == nil && impairment.pattern.matches($0.offering) }
            .map(\.id).sorted()
        guard !candidates.isEmpty else {
            schedule(.impairment(impairment), at: now + Self.retryInterval)
            return
        }
        for _ in 0..<min(impairment.count, candidates.count) {
            let id = candidates.remove(at: Int(victims.integer(in: 0...Int64(candidates.count - 1))))
            machines[id]?.failingChecks = ["system"]
            machines[id]?.impairedAt = wholeNow
        }
    }

    /// Running machines that something is the matter with.
    package var statuses: [InstanceStatus] {
        instances.filter { $0.state == .running && $0.impairedAt != nil }.map { machine in
            InstanceStatus(
                instance: machine.id,
                impairments: machine.failingChecks,
                impairedSince: machine.impairedAt
            )
        }
    }
}
