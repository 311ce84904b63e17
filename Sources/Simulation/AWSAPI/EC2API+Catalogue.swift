import Foundation
import Model

extension EC2API {
    func describeInstanceTypes(_ request: EC2Request) throws -> String {
        let names = request.parameters.list("InstanceType")
        let unknown = names.filter { cloud.catalogue[$0] == nil }
        guard unknown.isEmpty else {
            throw AWSAPIError(
                code: "InvalidInstanceType",
                message: "The following supplied instance types do not exist: [\(unknown.joined(separator: ", "))]"
            )
        }
        let size = try request.parameters.number("MaxResults", in: 5...100) ?? 100
        let entries = try cloud.catalogue.entries.filter { entry in
            try (names.isEmpty || names.contains(entry.name))
                && request.passes { filter in
                    switch filter {
                    case "instance-type": [entry.name]
                    case "processor-info.supported-architecture": [entry.architecture]
                    case "supported-usage-class": usageClasses(entry)
                    case "current-generation": ["true"]
                    case "bare-metal": [String(isBareMetal(entry))]
                    default: nil
                    }
                }
        }
        let (page, next) = slice(entries, try request.page(), size: size)
        return answer(request) { xml in
            xml.list("instanceTypeSet", page) { xml, entry in write(entry, &xml) }
            xml.element("nextToken", next)
        }
    }

    private func write(_ entry: CloudCatalogue.Entry, _ xml: inout XMLWriter) {
        xml.element("instanceType", entry.name)
        xml.element("currentGeneration", true)
        xml.element("freeTierEligible", false)
        xml.list("supportedUsageClasses", usageClasses(entry))
        xml.list("supportedRootDeviceTypes", ["ebs"])
        xml.list("supportedVirtualizationTypes", ["hvm"])
        xml.element("bareMetal", isBareMetal(entry))
        if !isBareMetal(entry) { xml.element("hypervisor", "nitro") }
        xml.element("processorInfo") { $0.list("supportedArchitectures", [entry.architecture]) }
        xml.element("vCpuInfo") { $0.element("defaultVCpus", entry.vCPUs) }
        xml.element("memoryInfo") { $0.element("sizeInMiB", entry.memoryMiB) }
        xml.element("networkInfo") { xml in
            xml.element("efaSupported", entry.supportsEFA)
            if entry.supportsEFA { xml.element("efaInfo") { $0.element("maximumEfaInterfaces", 1) } }
        }
        if entry.manufacturer == "AWS" {
            writeNeuron(entry, &xml)
        } else {
            writeGPU(entry, &xml)
        }
        xml.element("burstablePerformanceSupported", false)
    }

    private func writeGPU(_ entry: CloudCatalogue.Entry, _ xml: inout XMLWriter) {
        let memory = entry.acceleratorMemoryMiB ?? 0
        xml.element("gpuInfo") { xml in
            xml.list("gpus", [entry]) { xml, entry in
                xml.element("name", entry.acceleratorName)
                xml.element("manufacturer", entry.manufacturer)
                xml.element("count", entry.acceleratorCount)
                xml.element("memoryInfo") { $0.element("sizeInMiB", memory) }
            }
            xml.element("totalGpuMemoryInMiB", memory * max(1, entry.acceleratorCount))
        }
    }

    private func writeNeuron(_ entry: CloudCatalogue.Entry, _ xml: inout XMLWriter) {
        let memory = entry.acceleratorMemoryMiB
        let total = memory.map { $0 * entry.acceleratorCount }
        if entry.name.hasPrefix("inf") {
            xml.element("inferenceAcceleratorInfo") { xml in
                xml.list("accelerators", [entry]) { xml, entry in
                    xml.element("count", entry.acceleratorCount)
                    xml.element("name", entry.acceleratorName)
                    xml.element("manufacturer", entry.manufacturer)
                    if let memory { xml.element("memoryInfo") { $0.element("sizeInMiB", memory) } }
                }
                xml.element("totalInferenceMemoryInMiB", total)
            }
        }
        xml.element("neuronInfo") { xml in
            xml.list("neuronDevices", [entry]) { xml, entry in
                xml.element("count", entry.acceleratorCount)
                xml.element("name", entry.acceleratorName)
                xml.element("coreInfo") { $0.element("count", entry.neuronCores) }
                if let memory { xml.element("memoryInfo") { $0.element("sizeInMiB", memory) } }
            }
            xml.element("totalNeuronDeviceMemoryInMiB", total)
        }
    }

    private func usageClasses(_ entry: CloudCatalogue.Entry) -> [String] {
        entry.spotSavingPercent == nil ? ["on-demand"] : ["on-demand", "spot"]
    }

    private func isBareMetal(_ entry: CloudCatalogue.Entry) -> Bool { entry.name.hasSuffix(".metal") }

    func describeInstanceTypeOfferings(_ request: EC2Request) throws -> String {
        let locationType = request.parameters["LocationType"] ?? "region"
        let locations: [String]
        switch locationType {
        case "region": locations = [cloud.configuration.region]
        case "availability-zone": locations = cloud.configuration.zones
        case "availability-zone-id": locations = cloud.subnets.map(\.zoneID)
        default:
            throw AWSAPIError(
                code: "InvalidParameterValue",
                message: "LocationType \(locationType) is not region, availability-zone or availability-zone-id"
            )
        }
        let size = try request.parameters.number("MaxResults", in: 5...1000) ?? 1000
        let offerings = try cloud.catalogue.entries.flatMap { entry in locations.map { (entry.name, $0) } }
            .filter { type, location in
                try request.passes { filter in
                    switch filter {
                    case "instance-type": [type]
                    case "location": [location]
                    default: nil
                    }
                }
            }
        let (page, next) = slice(offerings, try request.page(), size: size)
        return answer(request) { xml in
            xml.list("instanceTypeOfferingSet", page) { xml, offering in
                xml.element("instanceType", offering.0)
                xml.element("locationType", locationType)
                xml.element("location", offering.1)
            }
            xml.element("nextToken", next)
        }
    }

    /// Newest first; what holds at StartTime is included with the time of its own change. Later pages keep the first
    /// one's end, so that a price that moves in between shifts nothing.
    func describeSpotPriceHistory(_ request: EC2Request) throws -> String {
        let parameters = request.parameters
        let page = try request.page(anchor: (try request.time("EndTime") ?? now).milliseconds)
        let end = Timestamp(milliseconds: min(page.anchor, now.milliseconds))
        let start = min(try request.time("StartTime") ?? cloud.historyStart, end)
        let types = parameters.list("InstanceType")
        let products = parameters.list("ProductDescription")
        let size = try parameters.number("MaxResults", in: 1...1000) ?? 1000
        var points: [PricePoint] = []
        if products.isEmpty || products.contains(where: { Self.products.contains($0) }) {
            for entry in cloud.catalogue.entries where types.isEmpty || types.contains(entry.name) {
                for zone in cloud.configuration.zones
                where parameters["AvailabilityZone"] == nil || parameters["AvailabilityZone"] == zone {
                    let isAsked = try request.passes { filter in
                        switch filter {
                        case "instance-type": [entry.name]
                        case "availability-zone": [zone]
                        case "product-description": Self.products
                        default: nil
                        }
                    }
                    guard isAsked else { continue }
                    points += cloud.spotPrices(entry.name, zone: zone, since: start).filter { $0.effectiveAt <= end }
                }
            }
        }
        points.sort { ($1.effectiveAt, $0.offering) < ($0.effectiveAt, $1.offering) }
        let (shown, next) = slice(points, page, size: size)
        return answer(request) { xml in
            xml.list("spotPriceHistorySet", shown) { xml, point in
                let zone = cloud.subnets.first { $0.zone == point.offering.zone }
                xml.element("instanceType", point.offering.instanceType)
                xml.element("productDescription", Self.products[0])
                xml.element("spotPrice", point.pricePerHour.formatted(places: 6))
                xml.element("timestamp", text(point.effectiveAt))
                xml.element("availabilityZone", point.offering.zone)
                xml.element("availabilityZoneId", zone?.zoneID)
            }
            // An empty token ends the history, as EC2's does.
            xml.element("nextToken", next ?? "")
        }
    }

    private static let products = ["Linux/UNIX", "Linux/UNIX (Amazon VPC)"]

    func describeSubnets(_ request: EC2Request) throws -> String {
        let ids = request.parameters.list("SubnetId")
        if let unknown = ids.first(where: { id in !cloud.subnets.contains { $0.id == id } }) {
            throw AWSAPIError(code: "InvalidSubnetID.NotFound", message: "The subnet ID '\(unknown)' does not exist")
        }
        let size = try request.parameters.number("MaxResults", in: 5...1000) ?? 1000
        let subnets = try cloud.subnets.filter { subnet in
            try (ids.isEmpty || ids.contains(subnet.id))
                && request.passes { filter in
                    switch filter {
                    case "subnet-id": [subnet.id]
                    case "vpc-id": [subnet.networkID]
                    case "state": ["available"]
                    case "availability-zone", "availabilityZone": [subnet.zone]
                    case "availability-zone-id", "availabilityZoneId": [subnet.zoneID]
                    default: EC2Request.tagValues(subnet.tags, filter: filter)
                    }
                }
        }
        let (page, next) = slice(subnets, try request.page(), size: size)
        return answer(request) { xml in
            xml.list("subnetSet", page) { xml, subnet in
                xml.element("subnetId", subnet.id)
                xml.element(
                    "subnetArn",
                    "arn:aws:ec2:\(cloud.configuration.region):\(cloud.configuration.accountID):subnet/\(subnet.id)"
                )
                xml.element("state", "available")
                xml.element("ownerId", cloud.configuration.accountID)
                xml.element("vpcId", subnet.networkID)
                xml.element("cidrBlock", subnet.addressBlock)
                xml.element("availableIpAddressCount", 65_531)
                xml.element("availabilityZone", subnet.zone)
                xml.element("availabilityZoneId", subnet.zoneID)
                xml.element("defaultForAz", false)
                xml.element("mapPublicIpOnLaunch", false)
                xml.tags(subnet.tags)
            }
            xml.element("nextToken", next)
        }
    }
}
