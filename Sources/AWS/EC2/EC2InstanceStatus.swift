/// What EC2's checks say of a running instance, and what will be done to it.
package struct EC2InstanceStatus: Sendable, Equatable {
    /// Something that EC2 will do to an instance.
    package struct ScheduledEvent: Sendable, Equatable {
        package var id: String
        /// As in `instance-retirement`.
        package var code: String
        /// EC2 leaves what is over in its answers for a week, and marks it here: `[Completed] ...`.
        package var description: String
        package var notBeforeMilliseconds: Int64
        package var notAfterMilliseconds: Int64?

        package var isOver: Bool { description.hasPrefix("[Completed]") || description.hasPrefix("[Canceled]") }
    }

    package var instanceID: String
    /// The checks that are `impaired`, sorted: `attached-ebs`, `instance`, `system`. One that is still initializing, or
    /// of which EC2 has too little data, is none.
    package var impairments: [String]
    /// Of the check that failed first.
    package var impairedSinceMilliseconds: Int64?
    package var events: [ScheduledEvent]

    init(_ item: XMLElement) throws(XMLShapeError) {
        instanceID = try item.required("instanceId")
        impairments = []
        let checks = [
            ("attached-ebs", "attachedEbsStatus"), ("instance", "instanceStatus"), ("system", "systemStatus"),
        ]
        for (name, element) in checks {
            guard let check = item[element], check.string("status") == "impaired" else { continue }
            impairments.append(name)
            for detail in check.items("details") {
                guard let since = detail.string("impairedSince").flatMap({ AWSTime.parse($0) }) else { continue }
                impairedSinceMilliseconds = min(impairedSinceMilliseconds ?? since, since)
            }
        }
        events = []
        for event in item.items("eventsSet") {
            guard let id = event.string("instanceEventId"), let code = event.string("code"),
                let start = event.string("notBefore").flatMap({ AWSTime.parse($0) })
            else { continue }
            events.append(
                ScheduledEvent(
                    id: id,
                    code: code,
                    description: event.string("description") ?? "",
                    notBeforeMilliseconds: start,
                    notAfterMilliseconds: event.string("notAfter").flatMap { AWSTime.parse($0) }
                )
            )
        }
    }
}

extension EC2Client {
    /// What EC2's checks say of the account's running instances (DescribeInstanceStatus), page after page. No ids are
    /// named: one that has gone meanwhile would fail the whole call.
    /// - Returns: those that something is the matter with, or will be done to.
    /// - Throws: `AWSError`.
    package func describeInstanceStatus() async throws(AWSError) -> [EC2InstanceStatus] {
        var parameters = QueryParameters(action: "DescribeInstanceStatus")
        parameters.add("MaxResults", 1000)
        return try await describe("DescribeInstanceStatus", parameters, list: "instanceStatusSet") {
            item throws(XMLShapeError) in
            let status = try EC2InstanceStatus(item)
            return status.impairments.isEmpty && status.events.isEmpty ? [] : [status]
        }
    }
}
