import Foundation

extension EC2Client {
    /// Makes a launch template (CreateLaunchTemplate). Instances ask for metadata with a session token only, one
    /// network hop away at most: pods without the network of their node do not get its credentials.
    /// - Parameters:
    ///   - name: unique in the region.
    ///   - data: what its instances are like.
    ///   - tags: of the template itself.
    ///   - clientToken: the same token makes the same template once.
    /// - Returns: the template.
    /// - Throws: `AWSError`.
    package func createLaunchTemplate(
        name: String,
        _ data: EC2LaunchTemplateData,
        tags: [String: String] = [:],
        clientToken: String
    ) async throws(AWSError) -> EC2LaunchTemplate {
        let parameters = QueryParameters(creating: name, data, tags: tags, clientToken: clientToken)
        return try await call("CreateLaunchTemplate", parameters) { root throws(XMLShapeError) in
            guard let template = root["launchTemplate"] else { throw .missing("launchTemplate", in: root.name) }
            return try EC2LaunchTemplate(template)
        }
    }

    /// Launch templates (DescribeLaunchTemplates).
    /// - Parameters:
    ///   - names: none for all; a name that is not there is an error of kind `gone`.
    ///   - filters: as in `launch-template-name`.
    /// - Returns: the templates.
    /// - Throws: `AWSError`.
    package func describeLaunchTemplates(
        names: [String] = [],
        filters: [EC2Filter] = []
    ) async throws(AWSError) -> [EC2LaunchTemplate] {
        var parameters = QueryParameters(action: "DescribeLaunchTemplates")
        parameters.addList("LaunchTemplateName", names)
        parameters.addFilters(filters)
        return try await describe("DescribeLaunchTemplates", parameters, list: "launchTemplates") {
            item throws(XMLShapeError) in [try EC2LaunchTemplate(item)]
        }
    }

    /// Removes a launch template with all its versions (DeleteLaunchTemplate); its instances stay.
    /// - Parameter id: one that is not there is an error of kind `gone`.
    /// - Throws: `AWSError`.
    package func deleteLaunchTemplate(id: String) async throws(AWSError) {
        var parameters = QueryParameters(action: "DeleteLaunchTemplate")
        parameters.add("LaunchTemplateId", id)
        try await call("DeleteLaunchTemplate", parameters) { _ throws(XMLShapeError) in }
    }
}

extension QueryParameters {
    init(creating name: String, _ data: EC2LaunchTemplateData, tags: [String: String], clientToken: String) {
        self.init(action: "CreateLaunchTemplate")
        add("ClientToken", clientToken)
        add("LaunchTemplateName", name)
        let prefix = "LaunchTemplateData."
        add(prefix + "ImageId", data.imageID)
        add(prefix + "UserData", data.userData.map { Data($0.value.utf8).base64EncodedString() })
        add(prefix + "KeyName", data.keyName)
        // Interfaces carry the groups where there are any.
        if data.efaInterfaces == 0 { addList(prefix + "SecurityGroupId", data.securityGroupIDs) }
        for index in 0..<data.efaInterfaces {
            let interface = prefix + "NetworkInterface.\(index + 1)."
            // https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/efa-start.html: the first is the primary one.
            add(interface + "DeviceIndex", index == 0 ? 0 : 1)
            add(interface + "NetworkCardIndex", index)
            add(interface + "InterfaceType", "efa")
            add(interface + "DeleteOnTermination", true)
            addList(interface + "SecurityGroupId", data.securityGroupIDs)
        }
        add(prefix + "IamInstanceProfile.Name", data.instanceProfileName)
        add(prefix + "MetadataOptions.HttpTokens", "required")
        add(prefix + "MetadataOptions.HttpPutResponseHopLimit", 1)
        if let volume = data.rootVolume {
            let device = prefix + "BlockDeviceMapping.1."
            add(device + "DeviceName", volume.deviceName)
            add(device + "Ebs.VolumeSize", volume.sizeGiB)
            add(device + "Ebs.VolumeType", volume.type)
            add(device + "Ebs.Iops", volume.iops)
            add(device + "Ebs.Throughput", volume.throughput)
            add(device + "Ebs.Encrypted", true)
            add(device + "Ebs.DeleteOnTermination", true)
        }
        add(prefix + "Placement.GroupName", data.placementGroup)
        if let reservation = data.reservation {
            add(
                prefix + "CapacityReservationSpecification.CapacityReservationTarget.CapacityReservationId",
                reservation.id
            )
            if reservation.isCapacityBlock { add(prefix + "InstanceMarketOptions.MarketType", "capacity-block") }
        } else {
            add(prefix + "CapacityReservationSpecification.CapacityReservationPreference", "none")
        }
        addTagSpecifications(data.tags, under: prefix)
        if !tags.isEmpty { addTagSpecifications(["launch-template": tags]) }
    }
}
