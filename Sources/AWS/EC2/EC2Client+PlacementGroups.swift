extension EC2Client {
    /// Makes a cluster placement group (CreatePlacementGroup): its instances stand close together, in one zone.
    /// - Parameters:
    ///   - name: unique in the region; one that is there already is an error with the code
    ///     `InvalidPlacementGroup.Duplicate`.
    ///   - tags: of the group itself.
    /// - Throws: `AWSError`.
    package func createPlacementGroup(name: String, tags: [String: String]) async throws(AWSError) {
        var parameters = QueryParameters(action: "CreatePlacementGroup")
        parameters.add("GroupName", name)
        parameters.add("Strategy", "cluster")
        if !tags.isEmpty { parameters.addTagSpecifications(["placement-group": tags]) }
        try await call("CreatePlacementGroup", parameters) { _ throws(XMLShapeError) in }
    }

    /// Placement groups (DescribePlacementGroups).
    /// - Parameter filters: as in `tag:gleaner.dev/cluster`.
    /// - Returns: their names.
    /// - Throws: `AWSError`.
    package func describePlacementGroups(filters: [EC2Filter] = []) async throws(AWSError) -> [String] {
        var parameters = QueryParameters(action: "DescribePlacementGroups")
        parameters.addFilters(filters)
        return try await describe("DescribePlacementGroups", parameters, list: "placementGroupSet") {
            item throws(XMLShapeError) in [try item.required("groupName")]
        }
    }

    /// Removes a placement group (DeletePlacementGroup).
    /// - Parameter name: one with instances in it is an error with the code `InvalidPlacementGroup.InUse`.
    /// - Throws: `AWSError`.
    package func deletePlacementGroup(name: String) async throws(AWSError) {
        var parameters = QueryParameters(action: "DeletePlacementGroup")
        parameters.add("GroupName", name)
        try await call("DeletePlacementGroup", parameters) { _ throws(XMLShapeError) in }
    }
}
