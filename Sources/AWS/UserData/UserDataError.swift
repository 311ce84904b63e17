package import Model

/// Why user data cannot be made. Never holds any of the operator's text.
package enum UserDataError: Error, Sendable, Equatable, CustomStringConvertible {
    case withoutText
    case withoutPlace(String)
    case withoutClusterAccess(NodeSettings.Bootstrap)
    case unknownPart
    case writesOurSetting(String)
    case bareSettings
    case tooLong(bytes: Int)

    package var description: String {
        switch self {
        case .withoutText:
            "bootstrap cloud-init is the operator's own text: name its file in userDataFile"
        case .withoutPlace(let place):
            "the user data has no \(place): without it nodes register without what Gleaner gives them; write it where "
                + "kubelet's arguments are"
        case .withoutClusterAccess(let bootstrap):
            "bootstrap \(bootstrap.rawValue) tells nodes where the cluster is: set aws.cluster with endpoint, "
                + "certificateAuthority and serviceCIDR"
        case .unknownPart:
            "the user data is neither a script (#!), a #cloud-config nor a NodeConfig of node.eks.aws: give one of them, "
                + "not a multipart document"
        case .writesOurSetting(let key):
            "the user data sets \(key), which Gleaner sets: remove it"
        case .bareSettings:
            "the user data must begin with a table such as [settings.ntp]"
        case .tooLong(let bytes):
            "the user data has \(bytes) bytes, and EC2 takes \(UserData.limitBytes): shorten the file"
        }
    }
}
