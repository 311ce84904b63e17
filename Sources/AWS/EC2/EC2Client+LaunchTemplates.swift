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
        addList(prefix + "SecurityGroupId", data.securityGroupIDs)
        add(prefix + "IamInstanceProfile.Name", data.instanceProfileName)
        add(prefix + "MetadataOptions.HttpTokens", "required")
        add(prefix + "MetadataOptions.HttpPutResponseHopLimit", 1)
        if let volume = data.rootVolume {
            let device = prefix + "BlockDeviceMapping.1."
            add(device + "DeviceName", volume.deviceName)
            add(device + "Ebs.VolumeSize", volume.sizeGiB)
            add(device + "Ebs.VolumeType", volume.type)
            add(device + "Ebs.Encrypted", true)
            add(device + "Ebs.DeleteOnTermination", true)
        }
        addTagSpecifications(data.tags, under: prefix)
        if !tags.isEmpty { addTagSpecifications(["launch-template": tags]) }
    }
}
