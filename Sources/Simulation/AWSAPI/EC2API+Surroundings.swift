import Model

/// What instances are launched with: images, security groups, placement groups.
extension EC2API {
    func describeImages(_ request: EC2Request) throws -> String {
        let ids = request.parameters.list("ImageId")
        guard !ids.isEmpty else {
            throw AWSAPIError(
                code: "InvalidRequest",
                message: "The request must name images: this cloud keeps no list of all"
            )
        }
        let images = try ids.map { id in
            guard let image = cloud.image(id) else {
                throw AWSAPIError(code: "InvalidAMIID.Malformed", message: "Invalid id: \"\(id)\"")
            }
            return image
        }
        let shown = try images.filter { image in
            try request.passes { filter in
                switch filter {
                case "image-id": [image.id]
                case "architecture": [image.architecture]
                case "state": ["available"]
                default: nil
                }
            }
        }
        return answer(request) { xml in
            xml.list("imagesSet", shown) { xml, image in
                xml.element("imageId", image.id)
                xml.element("imageLocation", "amazon/gleaner-\(image.architecture)")
                xml.element("imageState", "available")
                xml.element("imageOwnerId", cloud.configuration.accountID)
                xml.element("creationDate", text(cloud.configuration.startsAt))
                xml.element("isPublic", true)
                xml.element("architecture", image.architecture)
                xml.element("imageType", "machine")
                xml.element("name", "gleaner-\(image.architecture)")
                xml.element("rootDeviceType", "ebs")
                xml.element("rootDeviceName", image.rootDevice)
                xml.list("blockDeviceMapping", [image]) { xml, image in
                    xml.element("deviceName", image.rootDevice)
                    xml.element("ebs") { xml in
                        xml.element("deleteOnTermination", true)
                        xml.element("volumeSize", 20)
                        xml.element("volumeType", "gp3")
                        xml.element("encrypted", false)
                    }
                }
                xml.element("virtualizationType", "hvm")
                xml.element("hypervisor", "xen")
                xml.element("enaSupport", true)
                xml.tags([:])
            }
        }
    }

    func describeSecurityGroups(_ request: EC2Request) throws -> String {
        let group = cloud.securityGroup
        let ids = request.parameters.list("GroupId")
        if let unknown = ids.first(where: { $0 != group.id }) {
            throw AWSAPIError(
                code: "InvalidGroup.NotFound",
                message: "The security group '\(unknown)' does not exist"
            )
        }
        let isShown = try request.passes { filter in
            switch filter {
            case "group-id": [group.id]
            case "group-name": [group.name]
            case "vpc-id": [group.networkID]
            default: EC2Request.tagValues(group.tags, filter: filter)
            }
        }
        return answer(request) { xml in
            xml.list("securityGroupInfo", isShown ? [group] : []) { xml, group in
                xml.element("ownerId", cloud.configuration.accountID)
                xml.element("groupId", group.id)
                xml.element("groupName", group.name)
                xml.element("groupDescription", "nodes of the cluster")
                xml.element("vpcId", group.networkID)
                xml.element("ipPermissions") { _ in }
                xml.element("ipPermissionsEgress") { _ in }
                xml.tags(group.tags)
            }
        }
    }

    func createPlacementGroup(_ request: EC2Request) throws -> String {
        let strategy = request.parameters["Strategy"] ?? "cluster"
        guard ["cluster", "spread", "partition"].contains(strategy) else {
            throw AWSAPIError(
                code: "InvalidParameterValue",
                message: "Strategy \(strategy) is not cluster, spread or partition"
            )
        }
        let group = try cloud.createPlacementGroup(
            name: try request.parameters.required("GroupName"),
            strategy: strategy,
            tags: request.parameters.tagSpecifications("TagSpecification", resource: "placement-group"),
            at: now
        )
        return answer(request) { xml in xml.element("placementGroup") { write(group, &$0) } }
    }

    func describePlacementGroups(_ request: EC2Request) throws -> String {
        let names = request.parameters.list("GroupName")
        for name in names where cloud.placementGroups[name] == nil { throw CloudError.unknownPlacementGroup(name) }
        let groups = try cloud.placementGroups.values.sorted { $0.name < $1.name }.filter { group in
            try (names.isEmpty || names.contains(group.name))
                && request.passes { filter in
                    switch filter {
                    case "group-name": [group.name]
                    case "strategy": [group.strategy]
                    case "state": ["available"]
                    default: EC2Request.tagValues(group.tags, filter: filter)
                    }
                }
        }
        return answer(request) { xml in
            xml.list("placementGroupSet", groups) { xml, group in write(group, &xml) }
        }
    }

    func deletePlacementGroup(_ request: EC2Request) throws -> String {
        try cloud.deletePlacementGroup(name: try request.parameters.required("GroupName"), at: now)
        return answer(request) { $0.element("return", true) }
    }

    private func write(_ group: CloudPlacementGroup, _ xml: inout XMLWriter) {
        let (region, account) = (cloud.configuration.region, cloud.configuration.accountID)
        xml.element("groupName", group.name)
        xml.element("groupId", group.id)
        xml.element("groupArn", "arn:aws:ec2:\(region):\(account):placement-group/\(group.name)")
        xml.element("state", "available")
        xml.element("strategy", group.strategy)
        xml.tags(group.tags)
    }
}
