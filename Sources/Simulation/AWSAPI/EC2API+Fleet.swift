import Model

extension EC2API {
    func createFleet(_ request: EC2Request) throws -> String {
        let parameters = request.parameters
        guard parameters["Type"] == "instant" else {
            throw AWSAPIError(code: "InvalidParameterValue", message: "Type must be instant")
        }
        let (template, overrides) = try placement(parameters)
        let capacity = try capacityType(parameters)
        let options = capacity == .spot ? "SpotOptions" : "OnDemandOptions"
        let target = "TargetCapacitySpecification"
        _ = try parameters.required("\(target).TotalTargetCapacity")
        let count = try parameters.number("\(target).TotalTargetCapacity", in: 1...1000) ?? 1
        var specification = LaunchSpecification(
            clientToken: parameters["ClientToken"] ?? "auto-\(request.requestID)",
            count: count,
            minimum: try parameters.number("\(options).MinTargetCapacity", in: 0...count) ?? 0,
            overrides: overrides,
            capacityType: capacity
        )
        specification.singleZone = parameters.flag("\(options).SingleAvailabilityZone")
        specification.singleInstanceType = parameters.flag("\(options).SingleInstanceType")
        specification.tags = template.content.instanceTags
        specification.tags.merge(parameters.tagSpecifications("TagSpecification", resource: "instance")) { $1 }
        specification.userData = template.content.userData
        specification.imageID = template.content.imageID ?? specification.imageID
        specification.launchTemplate = template.name
        specification.placementGroup = template.content.placementGroup
        specification.reservationID = template.content.reservationID
        specification.fleetTags = parameters.tagSpecifications("TagSpecification", resource: "fleet")
        let result = try cloud.launch(specification, at: now)
        return answer(request) { xml in
            xml.element("fleetId", result.fleetID)
            xml.list("fleetInstanceSet", result.groups) { xml, group in
                write(template, group.offering.instanceType, group.offering.zone, &xml)
                xml.element("lifecycle", capacity == .spot ? "spot" : "on-demand")
                xml.list("instanceIds", group.instances.map(\.value))
                xml.element("instanceType", group.offering.instanceType)
            }
            xml.list("errorSet", result.refusals) { xml, refusal in
                write(template, refusal.instanceType, refusal.zone, &xml)
                xml.element("lifecycle", capacity == .spot ? "spot" : "on-demand")
                xml.element("errorCode", refusal.error.code)
                xml.element("errorMessage", refusal.error.message)
            }
        }
    }

    private func write(_ template: LaunchTemplate, _ type: String, _ zone: String, _ xml: inout XMLWriter) {
        xml.element("launchTemplateAndOverrides") { xml in
            xml.element("launchTemplateSpecification") { xml in
                xml.element("launchTemplateId", template.id)
                xml.element("version", 1)
            }
            xml.element("overrides") { xml in
                xml.element("instanceType", type)
                xml.element("subnetId", cloud.subnets.first { $0.zone == zone }?.id)
                xml.element("availabilityZone", zone)
            }
        }
    }

    private func capacityType(_ parameters: QueryParameters) throws -> CapacityType {
        switch parameters["TargetCapacitySpecification.DefaultTargetCapacityType"] ?? "on-demand" {
        case "spot": return .spot
        case "on-demand": return .onDemand
        case "capacity-block": return .reserved
        case let other:
            throw AWSAPIError(
                code: "InvalidParameterValue",
                message: "DefaultTargetCapacityType \(other) is not spot, on-demand or capacity-block"
            )
        }
    }

    /// The launch template of a fleet, and every place that its overrides allow.
    private func placement(
        _ parameters: QueryParameters
    ) throws -> (template: LaunchTemplate, overrides: [LaunchSpecification.Override]) {
        var template: LaunchTemplate?
        var overrides: [LaunchSpecification.Override] = []
        for configuration in parameters.prefixes("LaunchTemplateConfigs") {
            let named = try launchTemplate(parameters, "\(configuration).LaunchTemplateSpecification")
            guard template == nil || template == named else {
                throw AWSAPIError(
                    code: "InvalidFleetConfig",
                    message: "All configurations must name one launch template"
                )
            }
            template = named
            let prefixes = parameters.prefixes("\(configuration).Overrides")
            for prefix in prefixes.isEmpty ? [configuration] : prefixes {
                guard let type = parameters["\(prefix).InstanceType"] ?? named.content.instanceType else {
                    throw AWSAPIError(code: "InvalidFleetConfig", message: "An override names no instance type")
                }
                for zone in try zones(parameters, prefix) {
                    overrides.append(LaunchSpecification.Override(instanceType: type, zone: zone))
                }
            }
        }
        guard let template else {
            throw AWSAPIError(
                code: "MissingParameter",
                message: "The request must contain the parameter LaunchTemplateConfigs"
            )
        }
        return (template, overrides)
    }

    private func zones(_ parameters: QueryParameters, _ prefix: String) throws -> [String] {
        if let id = parameters["\(prefix).SubnetId"] {
            guard let subnet = cloud.subnets.first(where: { $0.id == id }) else {
                throw AWSAPIError(code: "InvalidSubnetID.NotFound", message: "The subnet ID '\(id)' does not exist")
            }
            return [subnet.zone]
        }
        return parameters["\(prefix).AvailabilityZone"].map { [$0] } ?? cloud.configuration.zones
    }

    // MARK: - Launch templates

    /// The launch template that a request names, by id or name. A prefix is that of the structure that names it; without
    /// one the request itself does, whose own Version is the API's.
    private func launchTemplate(_ parameters: QueryParameters, _ prefix: String? = nil) throws -> LaunchTemplate {
        let dot = prefix.map { "\($0)." } ?? ""
        let versions = prefix == nil ? parameters.list("LaunchTemplateVersion") : [parameters["\(dot)Version"] ?? "1"]
        for version in versions where !["$Default", "$Latest", "1"].contains(version) {
            throw AWSAPIError(
                code: "InvalidLaunchTemplateId.VersionNotFound",
                message: "Could not find launch template version \(version)"
            )
        }
        if let id = parameters["\(dot)LaunchTemplateId"] {
            guard let template = cloud.launchTemplates.values.first(where: { $0.id == id }) else {
                throw AWSAPIError(
                    code: "InvalidLaunchTemplateId.NotFound",
                    message: "The launch template ID '\(id)' does not exist"
                )
            }
            return template
        }
        let name = try parameters.required("\(dot)LaunchTemplateName")
        guard let template = cloud.launchTemplates[name] else { throw CloudError.unknownLaunchTemplate(name) }
        return template
    }

    func createLaunchTemplate(_ request: EC2Request) throws -> String {
        let parameters = request.parameters
        let data = "LaunchTemplateData"
        var content = LaunchTemplate.Content()
        content.imageID = parameters["\(data).ImageId"]
        content.instanceType = parameters["\(data).InstanceType"]
        content.userData = parameters["\(data).UserData"]
        content.instanceProfile =
            parameters["\(data).IamInstanceProfile.Name"] ?? parameters["\(data).IamInstanceProfile.Arn"]
        let interfaces = parameters.prefixes("\(data).NetworkInterface")
        content.securityGroupIDs =
            parameters.list("\(data).SecurityGroupId")
            + (interfaces.first.map { parameters.list("\($0).SecurityGroupId") } ?? [])
        content.instanceTags = parameters.tagSpecifications("\(data).TagSpecification", resource: "instance")
        content.efaInterfaces =
            parameters.prefixes("\(data).NetworkInterface").count { parameters["\($0).InterfaceType"] == "efa" }
        content.placementGroup = parameters["\(data).Placement.GroupName"]
        let target = "\(data).CapacityReservationSpecification.CapacityReservationTarget.CapacityReservationId"
        content.reservationID = parameters[target]
        content.isCapacityBlock = parameters["\(data).InstanceMarketOptions.MarketType"] == "capacity-block"
        content.requiresTokens = parameters["\(data).MetadataOptions.HttpTokens"] == "required"
        content.volume = try parameters.prefixes("\(data).BlockDeviceMapping").first.map { try volume(parameters, $0) }
        if let userData = content.userData, !Self.isBase64(userData) {
            throw AWSAPIError(code: "InvalidUserData.Malformed", message: "Invalid BASE64 encoding of user data.")
        }
        let template = try cloud.createLaunchTemplate(
            name: try parameters.required("LaunchTemplateName"),
            content: content,
            tags: parameters.tagSpecifications("TagSpecification", resource: "launch-template"),
            clientToken: parameters["ClientToken"],
            at: now
        )
        return answer(request) { xml in xml.element("launchTemplate") { write(template, &$0) } }
    }

    private func volume(_ parameters: QueryParameters, _ prefix: String) throws -> LaunchTemplate.Volume {
        LaunchTemplate.Volume(
            device: try parameters.required("\(prefix).DeviceName"),
            sizeGiB: try parameters.number("\(prefix).Ebs.VolumeSize", in: 1...65_536) ?? 20,
            type: parameters["\(prefix).Ebs.VolumeType"] ?? "gp2",
            iops: try parameters.number("\(prefix).Ebs.Iops", in: 100...256_000),
            throughput: try parameters.number("\(prefix).Ebs.Throughput", in: 125...2000)
        )
    }

    func describeLaunchTemplates(_ request: EC2Request) throws -> String {
        let names = request.parameters.list("LaunchTemplateName")
        let ids = request.parameters.list("LaunchTemplateId")
        let all = cloud.launchTemplates.values.sorted { $0.name < $1.name }
        for name in names where cloud.launchTemplates[name] == nil { throw CloudError.unknownLaunchTemplate(name) }
        for id in ids where !all.contains(where: { $0.id == id }) {
            throw AWSAPIError(
                code: "InvalidLaunchTemplateId.NotFound",
                message: "The launch template ID '\(id)' does not exist"
            )
        }
        let size = try request.parameters.number("MaxResults", in: 1...200) ?? 200
        let templates = try all.filter { template in
            try (names.isEmpty || names.contains(template.name)) && (ids.isEmpty || ids.contains(template.id))
                && request.passes { filter in
                    filter == "launch-template-name"
                        ? [template.name] : EC2Request.tagValues(template.tags, filter: filter)
                }
        }
        let (page, next) = slice(templates, try request.page(), size: size)
        return answer(request) { xml in
            xml.list("launchTemplates", page) { xml, template in write(template, &xml) }
            xml.element("nextToken", next)
        }
    }

    func describeLaunchTemplateVersions(_ request: EC2Request) throws -> String {
        let template = try launchTemplate(request.parameters)
        return answer(request) { xml in
            xml.list("launchTemplateVersionSet", [template]) { xml, template in
                xml.element("launchTemplateId", template.id)
                xml.element("launchTemplateName", template.name)
                xml.element("versionNumber", 1)
                xml.element("createTime", text(template.createdAt))
                xml.element("createdBy", "arn:aws:iam::\(cloud.configuration.accountID):root")
                xml.element("defaultVersion", true)
                xml.element("launchTemplateData") { write(template.content, &$0) }
            }
        }
    }

    func deleteLaunchTemplate(_ request: EC2Request) throws -> String {
        let name = try launchTemplate(request.parameters).name
        let template = try cloud.deleteLaunchTemplate(name: name, at: now)
        return answer(request) { xml in xml.element("launchTemplate") { write(template, &$0) } }
    }

    private func write(_ content: LaunchTemplate.Content, _ xml: inout XMLWriter) {
        xml.element("imageId", content.imageID)
        xml.element("instanceType", content.instanceType)
        xml.element("userData", content.userData)
        if let profile = content.instanceProfile {
            xml.element("iamInstanceProfile") { $0.element(profile.hasPrefix("arn:") ? "arn" : "name", profile) }
        }
        if content.efaInterfaces == 0 { xml.list("securityGroupIdSet", content.securityGroupIDs) }
        xml.list("networkInterfaceSet", Array(0..<content.efaInterfaces)) { xml, index in
            xml.element("deviceIndex", index == 0 ? 0 : 1)
            xml.element("networkCardIndex", index)
            xml.element("interfaceType", "efa")
            xml.element("groupSet") { xml in
                for group in content.securityGroupIDs { xml.element("groupId", group) }
            }
        }
        xml.list("blockDeviceMappingSet", content.volume.map { [$0] } ?? []) { xml, volume in
            xml.element("deviceName", volume.device)
            xml.element("ebs") { xml in
                xml.element("encrypted", true)
                xml.element("deleteOnTermination", true)
                xml.element("volumeSize", volume.sizeGiB)
                xml.element("volumeType", volume.type)
                xml.element("iops", volume.iops)
                xml.element("throughput", volume.throughput)
            }
        }
        if let group = content.placementGroup { xml.element("placement") { $0.element("groupName", group) } }
        if content.requiresTokens { xml.element("metadataOptions") { $0.element("httpTokens", "required") } }
        if let reservation = content.reservationID {
            xml.element("capacityReservationSpecification") { xml in
                xml.element("capacityReservationTarget") { $0.element("capacityReservationId", reservation) }
            }
        }
        if content.isCapacityBlock {
            xml.element("instanceMarketOptions") { $0.element("marketType", "capacity-block") }
        }
        xml.list("tagSpecificationSet", content.instanceTags.isEmpty ? [] : [content.instanceTags]) { xml, tags in
            xml.element("resourceType", "instance")
            xml.tags(tags)
        }
    }

    private func write(_ template: LaunchTemplate, _ xml: inout XMLWriter) {
        xml.element("launchTemplateId", template.id)
        xml.element("launchTemplateName", template.name)
        xml.element("createTime", text(template.createdAt))
        xml.element("createdBy", "arn:aws:iam::\(cloud.configuration.accountID):root")
        xml.element("defaultVersionNumber", 1)
        xml.element("latestVersionNumber", 1)
        xml.tags(template.tags)
    }

    private static func isBase64(_ text: String) -> Bool {
        text.utf8.count % 4 == 0
            && text.utf8.allSatisfy {
                switch $0 {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2B, 0x2F, 0x3D: true
                default: false
                }
            }
    }
}
