/// How the machines of one launch are made, every name looked up: with it a request is sent again unchanged.
package struct NodeBlueprint: Hashable, Codable, Sendable {
    /// Nil where a launch template of the operator's says it.
    package var imageID: String?
    package var subnetID: String
    /// Sorted.
    package var securityGroupIDs: [String]
    /// Of the operator's; its version is a number.
    package var launchTemplate: NodeSettings.NamedTemplate?
    package var bootstrap: NodeSettings.Bootstrap
    package var cluster: NodeSettings.ClusterAccess?
    /// Digest of the operator's own user data; nil where there is none.
    package var userDataDigest: String?
    package var instanceProfile: String?
    package var rootVolume: NodeSettings.RootVolume?
    /// How many EFA interfaces each machine gets.
    package var efaInterfaces: Int
    package var usesPlacementGroups: Bool

    package init(
        imageID: String?,
        subnetID: String,
        securityGroupIDs: [String] = [],
        launchTemplate: NodeSettings.NamedTemplate? = nil,
        bootstrap: NodeSettings.Bootstrap = .eksBootstrap,
        cluster: NodeSettings.ClusterAccess? = nil,
        userDataDigest: String? = nil,
        instanceProfile: String? = nil,
        rootVolume: NodeSettings.RootVolume? = nil,
        efaInterfaces: Int = 0,
        usesPlacementGroups: Bool = false
    ) {
        self.imageID = imageID
        self.subnetID = subnetID
        self.securityGroupIDs = securityGroupIDs
        self.launchTemplate = launchTemplate
        self.bootstrap = bootstrap
        self.cluster = cluster
        self.userDataDigest = userDataDigest
        self.instanceProfile = instanceProfile
        self.rootVolume = rootVolume
        self.efaInterfaces = efaInterfaces
        self.usesPlacementGroups = usesPlacementGroups
    }
}

/// A pool's node settings with every name looked up, for all that it may buy.
package struct PoolBlueprint: Hashable, Sendable {
    /// By architecture, `amd64` or `arm64`.
    package var images: [String: String] = [:]
    /// By zone, the one to launch in.
    package var subnets: [String: String] = [:]
    /// What is the same for every launch; its image, subnet and number of interfaces count for nothing.
    package var common: NodeBlueprint
    /// By instance type, where machines get any.
    package var efaInterfaces: [String: Int] = [:]
    /// Why nothing can be launched in this pool at all, and the way out.
    package var problem: String?

    package init(common: NodeBlueprint) {
        self.common = common
    }

    /// Nothing can be launched, for one reason.
    package init(problem: String) {
        common = NodeBlueprint(imageID: nil, subnetID: "")
        self.problem = problem
    }

    /// Why an offering cannot be launched with what is known; nil when it can.
    package func obstacle(to offering: Offering, architecture: String) -> String? {
        if let problem { return problem }
        if subnets[offering.zone] == nil {
            return "no subnet of the pool is in \(offering.zone): tag one, or leave the zone out of pools[].zones"
        }
        if common.launchTemplate != nil, offering.capacityType == .reserved {
            return "the pool has a launch template of its own, which names no reservation: leave out launchTemplate or "
                + "reserved"
        }
        if common.launchTemplate == nil, images[architecture] == nil {
            return "the pool has no machine image for \(architecture): correct imageID or imageParameter"
        }
        return nil
    }

    /// - Returns: How machines of an offering are made now; nil when there is an obstacle to it.
    package func blueprint(for offering: Offering, architecture: String) -> NodeBlueprint? {
        guard obstacle(to: offering, architecture: architecture) == nil, let subnet = subnets[offering.zone] else {
            return nil
        }
        var result = common
        result.imageID = common.launchTemplate == nil ? images[architecture] : nil
        result.subnetID = subnet
        result.efaInterfaces = efaInterfaces[offering.instanceType] ?? 0
        return result
    }
}
