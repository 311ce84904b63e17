import Model

extension EC2API {
    /// The instances that a request names, or that pass its filters.
    /// - Parameters:
    ///   - request: for them.
    ///   - attribute: what a filter of some name looks at; nil when there is no such filter.
    ///   - isWanted: whether an instance is told of at all.
    /// - Returns: A page of them, and the token of the next.
    /// - Throws: What EC2 answers to wrong parameters and unknown ids.
    func page(
        of request: EC2Request,
        attribute: (CloudInstance, String) -> [String]?,
        where isWanted: (CloudInstance) -> Bool = { _ in true }
    ) throws -> (shown: ArraySlice<CloudInstance>, next: String?) {
        let ids = request.parameters.list("InstanceId").map { InstanceID($0) }
        let limit = try request.parameters.number("MaxResults", in: 5...1000)
        guard ids.isEmpty || limit == nil else {
            throw AWSAPIError(
                code: "InvalidParameterCombination",
                message: "The parameter instancesSet cannot be used with the parameter maxResults"
            )
        }
        try cloud.checkKnown(ids)
        let wanted = Set(ids)
        let page = try request.page()
        let machines = try cloud.instances.filter { machine in
            try machine.number >= page.position && (wanted.isEmpty || wanted.contains(machine.id))
                && isWanted(machine) && request.passes { attribute(machine, $0) }
        }
        let shown = machines.prefix(limit ?? 1000)
        // The next page begins after the last one shown, whatever has gone by then.
        let next = shown.count < machines.count ? shown.last.map { Page(position: Int64($0.number) + 1).token } : nil
        return (shown, next)
    }

    func describeInstances(_ request: EC2Request) throws -> String {
        let (shown, next) = try page(of: request, attribute: attribute(_:filter:))
        return answer(request) { xml in
            xml.list("reservationSet", shown) { xml, machine in
                xml.element("reservationId", "r-\(machine.id.value.dropFirst(2))")
                xml.element("ownerId", cloud.configuration.accountID)
                xml.element("groupSet") { _ in }
                xml.list("instancesSet", [machine]) { xml, machine in write(machine, &xml) }
            }
            xml.element("nextToken", next)
        }
    }

    private func attribute(_ machine: CloudInstance, filter: String) -> [String]? {
        switch filter {
        case "instance-state-name": [machine.state.rawValue]
        case "instance-state-code": [String(code(machine.state))]
        case "instance-id": [machine.id.value]
        case "instance-type": [machine.offering.instanceType]
        case "instance-lifecycle": machine.offering.capacityType == .spot ? ["spot"] : []
        case "availability-zone": [machine.offering.zone]
        case "client-token": [machine.clientToken]
        case "image-id": [machine.imageID]
        case "placement-group-name": machine.placementGroup.map { [$0] } ?? []
        case "subnet-id": [machine.subnetID]
        case "private-dns-name": [machine.privateDNSName]
        case "private-ip-address": [machine.privateAddress]
        default: EC2Request.tagValues(machine.tags, filter: filter)
        }
    }

    private func write(_ machine: CloudInstance, _ xml: inout XMLWriter) {
        let subnet = cloud.subnets.first { $0.id == machine.subnetID }
        xml.element("instanceId", machine.id)
        xml.element("imageId", machine.imageID)
        writeState("instanceState", machine.state, &xml)
        // What is gone has no address any more.
        xml.element("privateDnsName", machine.isLive ? machine.privateDNSName : "")
        xml.element("dnsName", "")
        xml.element("reason", machine.transitionReason)
        xml.element("amiLaunchIndex", 0)
        xml.element("instanceType", machine.offering.instanceType)
        xml.element("launchTime", text(machine.launchedAt))
        xml.element("placement") { xml in
            xml.element("availabilityZone", machine.offering.zone)
            xml.element("availabilityZoneId", subnet?.zoneID)
            xml.element("groupName", machine.placementGroup ?? "")
            xml.element("tenancy", "default")
        }
        xml.element("capacityReservationId", machine.reservationID)
        xml.element("monitoring") { $0.element("state", "disabled") }
        if machine.isLive {
            xml.element("subnetId", machine.subnetID)
            xml.element("vpcId", subnet?.networkID)
            xml.element("privateIpAddress", machine.privateAddress)
        }
        if let reason = machine.stateReason {
            xml.element("stateReason") { xml in
                xml.element("code", reason.rawValue)
                xml.element("message", reason.message)
            }
        }
        xml.element("architecture", cloud.catalogue[machine.offering.instanceType]?.architecture)
        xml.element("rootDeviceType", "ebs")
        xml.element("virtualizationType", "hvm")
        xml.element("clientToken", machine.clientToken)
        if let vCPUs = cloud.catalogue[machine.offering.instanceType]?.vCPUs {
            let threads: Int64 = vCPUs % 2 == 0 ? 2 : 1
            xml.element("cpuOptions") { xml in
                xml.element("coreCount", vCPUs / threads)
                xml.element("threadsPerCore", threads)
            }
        }
        if machine.offering.capacityType == .spot { xml.element("instanceLifecycle", "spot") }
        var tags = machine.tags
        tags["aws:ec2:fleet-id"] = machine.fleetID
        xml.tags(tags)
        xml.element("hypervisor", "xen")
        xml.element("platformDetails", "Linux/UNIX")
    }

    func terminateInstances(_ request: EC2Request) throws -> String {
        let results = try cloud.terminate(request.parameters.list("InstanceId").map { InstanceID($0) }, at: now)
        return answer(request) { xml in
            xml.list("instancesSet", results) { xml, result in
                xml.element("instanceId", result.id)
                writeState("currentState", result.current, &xml)
                writeState("previousState", result.previous, &xml)
            }
        }
    }

    func createTags(_ request: EC2Request) throws -> String {
        let resources = request.parameters.list("ResourceId")
        let tags = request.parameters.tags("Tag")
        guard !resources.isEmpty, !tags.isEmpty else {
            throw AWSAPIError(
                code: "MissingParameter",
                message: "The request must contain the parameters ResourceId and Tag"
            )
        }
        guard !tags.keys.contains(where: { $0.lowercased().hasPrefix("aws:") || $0.isEmpty }) else {
            throw AWSAPIError(code: "InvalidParameterValue", message: "Tag keys starting with 'aws:' are reserved")
        }
        try cloud.createTags(tags, on: resources, at: now)
        return answer(request) { $0.element("return", true) }
    }

    func writeState(_ name: String, _ state: Instance.State, _ xml: inout XMLWriter) {
        xml.element(name) { xml in
            xml.element("code", code(state))
            xml.element("name", state.rawValue)
        }
    }

    func code(_ state: Instance.State) -> Int {
        switch state {
        case .pending: 0
        case .running: 16
        case .shuttingDown: 32
        case .terminated: 48
        case .stopping: 64
        case .stopped: 80
        }
    }
}
