import Foundation
import Model

/// Reservations, placement scores, zones and volumes.
extension EC2API {
    func describeCapacityReservations(_ request: EC2Request) throws -> String {
        let ids = request.parameters.list("CapacityReservationId")
        let all = cloud.configuration.reservations
        if let unknown = ids.first(where: { id in !all.contains { $0.id == id } }) {
            throw AWSAPIError(
                code: "InvalidCapacityReservationId.NotFound",
                message: "The capacity reservation '\(unknown)' does not exist"
            )
        }
        let size = try request.parameters.number("MaxResults", in: 1...1000) ?? 1000
        let found = try all.filter { reservation in
            try (ids.isEmpty || ids.contains(reservation.id))
                && request.passes { filter in
                    switch filter {
                    case "instance-type": [reservation.instanceType]
                    case "availability-zone": [reservation.zone]
                    case "state": [state(of: reservation)]
                    case "instance-platform": ["Linux/UNIX"]
                    case "tenancy": ["default"]
                    default: EC2Request.tagValues(reservation.tags, filter: filter)
                    }
                }
        }
        let (page, next) = slice(found, try request.page(), size: size)
        return answer(request) { xml in
            xml.list("capacityReservationSet", page) { xml, reservation in write(reservation, &xml) }
            xml.element("nextToken", next)
        }
    }

    private func state(of reservation: CloudReservation) -> String {
        cloud.isActive(reservation) ? "active" : "expired"
    }

    private func write(_ reservation: CloudReservation, _ xml: inout XMLWriter) {
        let owner = cloud.configuration.accountID
        let start = text(cloud.configuration.startsAt)
        let end = cloud.end(of: reservation)
        let subnet = cloud.subnets.first { $0.zone == reservation.zone }
        let isBlock = reservation.kind == .capacityBlock
        xml.element("capacityReservationId", reservation.id)
        xml.element("ownerId", owner)
        xml.element(
            "capacityReservationArn",
            "arn:aws:ec2:\(cloud.configuration.region):\(owner):capacity-reservation/\(reservation.id)"
        )
        xml.element("availabilityZoneId", subnet?.zoneID)
        xml.element("instanceType", reservation.instanceType)
        xml.element("instancePlatform", "Linux/UNIX")
        xml.element("availabilityZone", reservation.zone)
        xml.element("tenancy", "default")
        xml.element("totalInstanceCount", reservation.count)
        xml.element("availableInstanceCount", Int(cloud.free(in: reservation)))
        xml.element("ebsOptimized", true)
        xml.element("ephemeralStorage", false)
        xml.element("state", state(of: reservation))
        xml.element("startDate", start)
        if let end { xml.element("endDate", text(end)) }
        xml.element("endDateType", end == nil ? "unlimited" : "limited")
        xml.element("instanceMatchCriteria", "targeted")
        xml.element("createDate", start)
        xml.tags(reservation.tags)
        xml.element("reservationType", isBlock ? "capacity-block" : "default")
    }

    func getSpotPlacementScores(_ request: EC2Request) throws -> String {
        let parameters = request.parameters
        let types = parameters.list("InstanceType")
        guard !types.isEmpty else {
            throw AWSAPIError(code: "MissingParameter", message: "The request must contain the parameter InstanceTypes")
        }
        if let unknown = types.first(where: { cloud.catalogue[$0] == nil }) {
            throw AWSAPIError(code: "InvalidParameterValue", message: "Invalid instance type: \(unknown)")
        }
        guard let count = try parameters.number("TargetCapacity", in: 1...2_000_000_000) else {
            throw AWSAPIError(
                code: "MissingParameter",
                message: "The request must contain the parameter TargetCapacity"
            )
        }
        let regions = parameters.list("RegionName")
        let region = cloud.configuration.region
        let size = try parameters.number("MaxResults", in: 10...1000) ?? 1000
        let isByZone = parameters.flag("SingleAvailabilityZone")
        let zones = cloud.subnets.map { subnet in
            (id: Optional(subnet.zoneID), score: cloud.placementScore(types, zone: subnet.zone, count: count))
        }
        var scores = isByZone ? zones : [(id: nil, score: zones.map(\.score).max() ?? 1)]
        if !regions.isEmpty, !regions.contains(region) { scores = [] }
        let (page, next) = slice(scores, try request.page(), size: size)
        return answer(request) { xml in
            xml.list("spotPlacementScoreSet", page) { xml, score in
                xml.element("region", region)
                xml.element("availabilityZoneId", score.id)
                xml.element("score", score.score)
            }
            xml.element("nextToken", next)
        }
    }

    func describeAvailabilityZones(_ request: EC2Request) throws -> String {
        let region = cloud.configuration.region
        let names = request.parameters.list("ZoneName")
        let zones = try cloud.subnets.filter { subnet in
            try (names.isEmpty || names.contains(subnet.zone))
                && request.passes { filter in
                    switch filter {
                    case "zone-name": [subnet.zone]
                    case "zone-id": [subnet.zoneID]
                    case "region-name": [region]
                    case "state": ["available"]
                    default: nil
                    }
                }
        }
        return answer(request) { xml in
            xml.list("availabilityZoneInfo", zones) { xml, subnet in
                xml.element("optInStatus", "opt-in-not-required")
                xml.element("regionName", region)
                xml.element("zoneName", subnet.zone)
                xml.element("zoneId", subnet.zoneID)
                xml.element("groupName", "\(region)-zg-1")
                xml.element("networkBorderGroup", region)
                xml.element("zoneType", "availability-zone")
                xml.element("zoneState", "available")
            }
        }
    }

    func describeVolumes(_ request: EC2Request) throws -> String {
        let ids = request.parameters.list("VolumeId")
        let all = cloud.configuration.volumes
        if let unknown = ids.first(where: { id in !all.contains { $0.id == id } }) {
            throw AWSAPIError(code: "InvalidVolume.NotFound", message: "The volume '\(unknown)' does not exist.")
        }
        let size = try request.parameters.number("MaxResults", in: 5...1000) ?? 500
        let found = try all.filter { volume in
            try (ids.isEmpty || ids.contains(volume.id))
                && request.passes { filter in
                    switch filter {
                    case "volume-id": [volume.id]
                    case "availability-zone": [volume.zone]
                    case "status": ["available"]
                    default: EC2Request.tagValues(volume.tags, filter: filter)
                    }
                }
        }
        let (page, next) = slice(found, try request.page(), size: size)
        return answer(request) { xml in
            xml.list("volumeSet", page) { xml, volume in
                let subnet = cloud.subnets.first { $0.zone == volume.zone }
                xml.element("volumeId", volume.id)
                xml.element("size", volume.sizeGiB)
                xml.element("snapshotId", "")
                xml.element("availabilityZone", volume.zone)
                xml.element("availabilityZoneId", subnet?.zoneID)
                xml.element("status", "available")
                xml.element("createTime", text(cloud.configuration.startsAt))
                xml.list("attachmentSet", [String]()) { _, _ in }
                xml.tags(volume.tags)
                xml.element("volumeType", "gp3")
                xml.element("iops", 3000)
                xml.element("throughput", 125)
                xml.element("encrypted", true)
                xml.element("multiAttachEnabled", false)
            }
            xml.element("nextToken", next)
        }
    }
}
