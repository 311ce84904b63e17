/// A state change that a terminate call brought about.
package struct EC2StateChange: Sendable, Equatable {
    package var instanceID: String
    package var previousState: String
    package var currentState: String
}

extension EC2Client {
    /// Instances (DescribeInstances). Terminated ones vanish within the hour.
    /// - Parameters:
    ///   - ids: none for all; an id that is not there is an error of kind `gone`.
    ///   - filters: as in `tag:gleaner.dev/cluster` or `instance-state-name`.
    /// - Returns: the instances, in EC2's order.
    /// - Throws: `AWSError`.
    package func describeInstances(
        _ ids: [String] = [],
        filters: [EC2Filter] = []
    ) async throws(AWSError) -> [EC2Instance] {
        var parameters = QueryParameters(action: "DescribeInstances")
        parameters.addList("InstanceId", ids)
        parameters.addFilters(filters)
        // Pages are not allowed together with ids.
        if ids.isEmpty { parameters.add("MaxResults", 1000) }
        return try await describe("DescribeInstances", parameters, list: "reservationSet") {
            reservation throws(XMLShapeError) in
            var instances: [EC2Instance] = []
            for item in reservation.items("instancesSet") { instances.append(try EC2Instance(item)) }
            return instances
        }
    }

    /// Ends instances for good (TerminateInstances).
    /// - Parameter ids: at most 1000; one that is not there is an error of kind `gone`, and then none is ended.
    /// - Returns: a change for each instance.
    /// - Throws: `AWSError`.
    package func terminateInstances(_ ids: [String]) async throws(AWSError) -> [EC2StateChange] {
        var parameters = QueryParameters(action: "TerminateInstances")
        parameters.addList("InstanceId", ids)
        return try await call("TerminateInstances", parameters) { root throws(XMLShapeError) in
            var changes: [EC2StateChange] = []
            for item in root.items("instancesSet") {
                changes.append(
                    EC2StateChange(
                        instanceID: try item.required("instanceId"),
                        previousState: item["previousState"]?.string("name") ?? "",
                        currentState: item["currentState"]?.string("name") ?? ""
                    )
                )
            }
            return changes
        }
    }

    /// Sets tags (CreateTags).
    /// - Parameters:
    ///   - tags: those of the same key are replaced.
    ///   - resources: ids of instances, volumes, fleets.
    /// - Throws: `AWSError`.
    package func createTags(_ tags: [String: String], on resources: [String]) async throws(AWSError) {
        var parameters = QueryParameters(action: "CreateTags")
        parameters.addList("ResourceId", resources)
        parameters.addTags(tags)
        try await call("CreateTags", parameters) { _ throws(XMLShapeError) in }
    }
}
