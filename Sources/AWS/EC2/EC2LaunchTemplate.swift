/// A launch template that exists.
package struct EC2LaunchTemplate: Sendable, Equatable {
    package var id: String
    package var name: String
    package var latestVersion: Int
    package var tags: [String: String]

    init(_ item: XMLElement) throws(XMLShapeError) {
        id = try item.required("launchTemplateId")
        name = try item.required("launchTemplateName")
        latestVersion = try item.required("latestVersionNumber") { Int($0) }
        tags = item.tags
    }
}

/// What a new launch template says about its instances.
package struct EC2LaunchTemplateData: Sendable, Equatable {
    package var imageID: String
    /// As the machine reads it; encoded on the way. It joins nodes to the cluster, so it is a secret.
    package var userData: Secret?
    package var instanceProfileName: String?
    package var securityGroupIDs: [String]
    package var keyName: String?
    /// The root volume; nil leaves it as the image has it.
    package var rootVolume: EC2Volume?
    /// By resource type, as in `instance` and `volume`.
    package var tags: [String: [String: String]]

    package init(
        imageID: String,
        userData: Secret? = nil,
        instanceProfileName: String? = nil,
        securityGroupIDs: [String] = [],
        keyName: String? = nil,
        rootVolume: EC2Volume? = nil,
        tags: [String: [String: String]] = [:]
    ) {
        self.imageID = imageID
        self.userData = userData
        self.instanceProfileName = instanceProfileName
        self.securityGroupIDs = securityGroupIDs
        self.keyName = keyName
        self.rootVolume = rootVolume
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

    package init(deviceName: String, sizeGiB: Int, type: String = "gp3") {
        self.deviceName = deviceName
        self.sizeGiB = sizeGiB
        self.type = type
    }
}
