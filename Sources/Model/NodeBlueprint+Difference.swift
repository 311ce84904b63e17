extension NodeBlueprint {
    /// In what a machine that was made in this way differs from one that is made in another, in words; nil when in
    /// nothing. The subnet does not count: within a zone the roomiest of the moment is taken.
    ///
    /// - Parameter wanted: How it would be made now.
    /// - Returns: The first difference, for a person.
    package func difference(from wanted: NodeBlueprint) -> String? {
        if launchTemplate != wanted.launchTemplate {
            return "it was made from \(Self.words(launchTemplate)), and nodes are made from "
                + "\(Self.words(wanted.launchTemplate)) now"
        }
        if let imageID, let image = wanted.imageID, imageID != image {
            return "its image is \(imageID), and nodes are made from \(image) now"
        }
        if Set(securityGroupIDs) != Set(wanted.securityGroupIDs) {
            return "its security groups are \(securityGroupIDs.joined(separator: ", ")), and nodes are given "
                + "\(wanted.securityGroupIDs.joined(separator: ", ")) now"
        }
        if instanceProfile != wanted.instanceProfile {
            return "its instance profile is \(instanceProfile ?? "none"), and nodes are given "
                + "\(wanted.instanceProfile ?? "none") now"
        }
        if bootstrap != wanted.bootstrap {
            return "it began with \(bootstrap.rawValue), and nodes begin with \(wanted.bootstrap.rawValue) now"
        }
        if cluster != wanted.cluster { return "it was told of the cluster in other words than nodes are now" }
        if userDataDigest != wanted.userDataDigest { return "its user data is not what nodes are given now" }
        if rootVolume != wanted.rootVolume { return "its root volume is not what nodes are given now" }
        if efaInterfaces != wanted.efaInterfaces {
            return "it has \(efaInterfaces) EFA interfaces, and nodes are given \(wanted.efaInterfaces) now"
        }
        return nil
    }

    private static func words(_ template: NodeSettings.NamedTemplate?) -> String {
        template.map { "launch template \($0.name) in version \($0.version)" } ?? "a launch template of Gleaner's"
    }
}
