/// What the cloud will do to an instance at a time that it announces: EC2's scheduled events.
/// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/monitoring-instances-status-check_sched.html
package struct Maintenance: Hashable, Codable, Sendable {
    /// The cloud's own id of the event: the same as long as it is announced.
    package var id: String
    /// As the cloud names it: `instance-stop`, `instance-retirement`, `instance-reboot`, `system-reboot` or
    /// `system-maintenance`.
    package var code: String
    /// It does not begin earlier.
    package var notBefore: Timestamp
    /// Nil where the cloud does not say.
    package var notAfter: Timestamp?

    package init(id: String, code: String, notBefore: Timestamp, notAfter: Timestamp? = nil) {
        self.id = id
        self.code = code
        self.notBefore = notBefore
        self.notAfter = notAfter
    }

    /// Whether the instance is gone afterwards, and not merely away for a while.
    package var endsInstance: Bool { code == "instance-stop" || code == "instance-retirement" }
}
