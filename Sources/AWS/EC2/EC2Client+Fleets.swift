extension EC2Client {
    /// Launches instances at once (CreateFleet of type instant).
    ///
    /// A lost answer is asked for again with the same client token, which launches nothing twice.
    /// - Parameter request: the order.
    /// - Returns: what was launched and what was not; an order without capacity is no error of the call.
    /// - Throws: `AWSError`.
    package func createFleet(_ request: EC2FleetRequest) async throws(AWSError) -> EC2FleetResult {
        try await call("CreateFleet", QueryParameters(request)) { root throws(XMLShapeError) in
            try EC2FleetResult(root)
        }
    }
}

extension QueryParameters {
    init(_ request: EC2FleetRequest) {
        self.init(action: "CreateFleet")
        add("Type", "instant")
        add("ClientToken", request.clientToken)
        let configuration = "LaunchTemplateConfigs.1."
        add(configuration + "LaunchTemplateSpecification.LaunchTemplateName", request.launchTemplateName)
        add(configuration + "LaunchTemplateSpecification.Version", request.launchTemplateVersion)
        for (index, override) in request.overrides.enumerated() {
            let prefix = "\(configuration)Overrides.\(index + 1)."
            add(prefix + "InstanceType", override.instanceType)
            add(prefix + "SubnetId", override.subnetID)
            add(prefix + "AvailabilityZone", override.zone)
            add(prefix + "Priority", override.priority)
            add(prefix + "MaxPrice", override.maximumPrice)
        }
        let isSpot = request.capacityType == .spot
        add("TargetCapacitySpecification.TotalTargetCapacity", request.count)
        if request.capacityType != .capacityBlock {
            add("TargetCapacitySpecification.SpotTargetCapacity", isSpot ? request.count : 0)
            add("TargetCapacitySpecification.OnDemandTargetCapacity", isSpot ? 0 : request.count)
        }
        add("TargetCapacitySpecification.DefaultTargetCapacityType", request.capacityType.rawValue)
        let options = isSpot ? "SpotOptions." : "OnDemandOptions."
        if request.capacityType != .capacityBlock { add(options + "AllocationStrategy", request.allocationStrategy) }
        add(options + "MinTargetCapacity", request.minimumCount)
        add(options + "SingleInstanceType", request.singleInstanceType)
        add(options + "SingleAvailabilityZone", request.singleZone)
        addTagSpecifications(request.tags)
    }
}
