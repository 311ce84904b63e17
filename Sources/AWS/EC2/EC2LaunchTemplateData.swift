/// What a new launch template says about its instances.
package struct EC2LaunchTemplateData: Sendable, Equatable {
    /// Capacity that its instances use, and nothing else.
    package struct Reservation: Sendable, Equatable {
        package var id: String
        package var isCapacityBlock: Bool

        package init(id: String, isCapacityBlock: Bool) {
            self.id = id
            self.isCapacityBlock = isCapacityBlock
        }
    }

    package var imageID: String
    /// As the machine reads it; encoded on the way. It joins nodes to the cluster, so it is a secret.
    package var userData: Secret?
    package var instanceProfileName: String?
    package var securityGroupIDs: [String]
    package var keyName: String?
    /// The root volume; nil leaves it as the image has it.
    package var rootVolume: EC2Volume?
    /// Elastic Fabric Adapters, each on a network card of its own.
    package var efaInterfaces: Int
    package var placementGroup: String?
    /// Nil keeps its instances out of all reserved capacity: EC2 by itself puts them into open reservations.
    package var reservation: Reservation?
    /// By resource type, as in `instance` and `volume`.
    package var tags: [String: [String: String]]

    package init(
        imageID: String,
        userData: Secret? = nil,
        instanceProfileName: String? = nil,
        securityGroupIDs: [String] = [],
        keyName: String? = nil,
        rootVolume: EC2Volume? = nil,
        efaInterfaces: Int = 0,
        placementGroup: String? = nil,
        reservation: Reservation? = nil,
        tags: [String: [String: String]] = [:]
    ) {
        self.imageID = imageID
        self.userData = userData
        self.instanceProfileName = instanceProfileName
        self.securityGroupIDs = securityGroupIDs
        self.keyName = keyName
        self.rootVolume = rootVolume
        self.efaInterfaces = efaInterfaces
        self.placementGroup = placementGroup
        self.reservation = reservation
        self.tags = tags
    }
}

/// An encrypted volume that goes with its instance.
package struct EC2Volume: Sendable, Equatable {
    /// As in `/dev/xvda`.
    package var deviceName: String
    package var sizeGiB: Int
    /// As in `gp3`.
    package var type: String
    /// Nil leaves it to the type.
    package var iops: Int?
    /// MiB a second; nil leaves it to the type.
    package var throughput: Int?

    package init(
        deviceName: String,
        sizeGiB: Int,
        type: String = "gp3",
        iops: Int? = nil,
        throughput: Int? = nil
    ) {
        self.deviceName = deviceName
        self.sizeGiB = sizeGiB
        self.type = type
        self.iops = iops
        self.throughput = throughput
    }
}
