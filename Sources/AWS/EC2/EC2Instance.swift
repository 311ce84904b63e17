/// An instance as EC2 describes it.
package struct EC2Instance: Sendable, Equatable {
    package var id: String
    package var instanceType: String
    package var imageID: String?
    /// `pending`, `running`, `shutting-down`, `terminated`, `stopping`, `stopped`.
    package var state: String
    /// As in `Server.SpotInstanceTermination`; nil while nothing happened.
    package var stateReasonCode: String?
    /// As in `User initiated (2026-01-02 03:04:05 GMT)`.
    package var stateTransitionReason: String?
    /// Since 1970.
    package var launchMilliseconds: Int64
    package var isSpot: Bool
    /// Capacity blocks count against no quota of running instances.
    package var isInCapacityBlock: Bool
    /// Nil when EC2 does not say.
    package var virtualCPUs: Int?
    package var zone: String
    package var subnetID: String?
    package var privateDNSName: String?
    package var privateAddress: String?
    /// Of the request that launched it.
    package var clientToken: String?
    package var tags: [String: String]

    init(_ item: XMLElement) throws(XMLShapeError) {
        id = try item.required("instanceId")
        instanceType = try item.required("instanceType")
        imageID = item.string("imageId")
        guard let instanceState = item["instanceState"], let placement = item["placement"] else {
            throw .missing("instanceState or placement", in: "instance \(id)")
        }
        state = try instanceState.required("name")
        stateReasonCode = item["stateReason"]?.string("code")
        stateTransitionReason = item.string("reason")
        launchMilliseconds = try item.required("launchTime") { AWSTime.parse($0) }
        isSpot = item.string("instanceLifecycle") == "spot"
        isInCapacityBlock = item.string("instanceLifecycle") == "capacity-block"
        if let processor = item["cpuOptions"], let cores = processor.string("coreCount").flatMap({ Int($0) }) {
            virtualCPUs = cores * (processor.string("threadsPerCore").flatMap { Int($0) } ?? 1)
        }
        zone = try placement.required("availabilityZone")
        subnetID = item.string("subnetId")
        privateDNSName = item.string("privateDnsName")
        privateAddress = item.string("privateIpAddress")
        clientToken = item.string("clientToken")
        tags = item.tags
    }

    /// When the last change of state was, as far as EC2 says: the time in `stateTransitionReason`.
    package var stateTransitionMilliseconds: Int64? {
        guard let reason = stateTransitionReason, let open = reason.lastIndex(of: "("),
            reason.hasSuffix(" GMT)") || reason.hasSuffix(" UTC)")
        else { return nil }
        let time = reason[reason.index(after: open)...].dropLast(" GMT)".count)
        return AWSTime.parse(time.replacing(" ", with: "T"))
    }
}
