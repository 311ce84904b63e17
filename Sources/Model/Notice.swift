/// What the cloud says of an instance on its own: a warning, or a change of state.
package struct Notice: Hashable, Codable, Sendable {
    package enum Kind: Hashable, Codable, Sendable {
        /// The spot instance is taken back two minutes after the notice's time.
        case interruption
        /// The spot instance is at an elevated risk.
        case rebalance
        /// The instance has changed its state at the notice's time.
        case stateChange(Instance.State)
        /// The cloud will reboot, stop or retire the instance.
        case maintenance(Maintenance)
    }

    /// The message's own id: a repetition carries the same.
    package var id: String
    package var kind: Kind
    package var instance: InstanceID
    package var at: Timestamp

    package init(id: String, kind: Kind, instance: InstanceID, at: Timestamp) {
        self.id = id
        self.kind = kind
        self.instance = instance
        self.at = at
    }

    /// EC2 takes a spot instance back two minutes after its warning:
    /// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-instance-termination-notices.html
    package static let interruptionLead: Duration = .seconds(120)
}
