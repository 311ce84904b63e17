import Foundation
import Model

/// What a launch template of ours is made from. CreateFleet demands a template; its name is a digest of this, so that equal
/// content is one template, and a request that is sent again names the same one.
struct LaunchTemplateContent: Hashable, Encodable {
    private static let namePrefix = "gleaner-"
    private static let digestLength = 24

    /// Counts what is made of the same content; another form is another template.
    private let form = 2
    let cluster: String
    /// Without the subnet, which the fleet names.
    let blueprint: NodeBlueprint
    let labels: [String: String]
    let taints: [Taint]
    /// Of volumes and network interfaces: what is the same for all launches of a pool.
    let partTags: [String: String]
    let placementGroup: String?
    let reservation: String?
    let isCapacityBlock: Bool

    init(_ request: LaunchRequest, _ blueprint: NodeBlueprint, clusterName: String) {
        cluster = clusterName
        var shared = blueprint
        shared.subnetID = ""
        self.blueprint = shared
        labels = request.nodeLabels
        taints = request.nodeTaints
        partTags = request.tags.filter { [Tag.cluster, Tag.pool, Tag.name].contains($0.key) }
        let isGrouped = blueprint.usesPlacementGroups && blueprint.launchTemplate == nil
        placementGroup = isGrouped ? Self.placementGroup(of: request, clusterName: clusterName) : nil
        reservation = request.reservation?.id
        isCapacityBlock = request.reservation?.kind == .capacityBlock
    }

    var name: String { Self.namePrefix + Self.digest(of: self) }

    /// Whether a launch template or placement group has a name of the form that ours have, and nobody would choose.
    static func makes(_ name: String) -> Bool {
        guard name.hasPrefix(namePrefix) else { return false }
        let digest = name.dropFirst(namePrefix.count)
        return digest.count == digestLength && digest.allSatisfy { "0123456789abcdef".contains($0) }
    }

    /// A gang's own in each zone; nil for what is bought for no gang.
    private static func placementGroup(of request: LaunchRequest, clusterName: String) -> String? {
        request.gang.map { namePrefix + digest(of: [clusterName, $0.kind, $0.description, request.offering.zone]) }
    }

    private static func digest(of value: some Encodable) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Texts, numbers and flags: there is nothing in it that could fail to be written.
        let bytes = (try? encoder.encode(value)) ?? Data()
        return String(Digest.hex(Digest.sha256(Array(bytes))).prefix(digestLength))
    }

    /// - Parameter own: The operator's user data.
    /// - Returns: What the template says.
    /// - Throws: `UserDataError`.
    func data(own: Secret?) throws(UserDataError) -> EC2LaunchTemplateData {
        let userData = UserData(
            clusterName: cluster,
            labels: labels,
            taints: taints,
            bootstrap: blueprint.bootstrap,
            access: blueprint.cluster
        )
        return EC2LaunchTemplateData(
            imageID: blueprint.imageID ?? "",
            userData: Secret(try userData.text(own: own?.value)),
            instanceProfileName: blueprint.instanceProfile,
            securityGroupIDs: blueprint.securityGroupIDs,
            rootVolume: blueprint.rootVolume.map {
                EC2Volume(
                    deviceName: $0.device ?? "/dev/xvda",
                    sizeGiB: $0.sizeGiB,
                    type: $0.type,
                    iops: $0.iops,
                    throughput: $0.throughput
                )
            },
            efaInterfaces: blueprint.efaInterfaces,
            placementGroup: placementGroup,
            reservation: reservation.map { .init(id: $0, isCapacityBlock: isCapacityBlock) },
            tags: ["volume": partTags, "network-interface": partTags]
        )
    }
}
