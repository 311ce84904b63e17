import Model
import Yams

/// How machines are made: `aws` for all pools, `pools[].node` for one.
extension ConfigurationReader {
    /// What a launch template of the operator's says, so that nothing else may say it beside.
    private static let saidByTemplates = [
        "imageID", "imageParameter", "bootstrap", "userDataFile", "securityGroups", "securityGroupTags",
        "instanceProfile", "rootVolume", "efa", "placementGroups",
    ]

    /// Reads the keys that are there; what is not written stays as it is.
    func readNode(_ section: Section, into node: inout NodeSettings) {
        // Whichever of the three ways to an image is written here takes the place of what all pools share.
        if ["imageID", "imageParameter", "launchTemplate"].contains(where: { section[$0] != nil }) {
            node.imageID = nil
            node.imageParameter = nil
            node.launchTemplate = nil
        }
        section.read("imageID", into: &node.imageID) {
            $0.text("an image such as ami-0123456789abcdef0") { $0.hasPrefix("ami-") }
        }
        section.read("imageParameter", into: &node.imageParameter) {
            $0.text("the name of a parameter of Systems Manager, such as /team/image")
        }
        section.read("launchTemplate", into: &node.launchTemplate, launchTemplate)
        section.read("bootstrap", into: &node.bootstrap) { $0.choice(NodeSettings.Bootstrap.self) }
        section.read("userDataFile", into: &node.userDataFile) { value in value.text("a path").map(absolute) }
        section.read("subnetTags", into: &node.subnetTags, tags)
        section.read("securityGroups", into: &node.securityGroups) {
            $0.list { $0.text("a security group such as sg-0123456789abcdef0") { $0.hasPrefix("sg-") } }
        }
        section.read("securityGroupTags", into: &node.securityGroupTags, tags)
        section.read("instanceProfile", into: &node.instanceProfile) { $0.text("the name of an instance profile") }
        section.read("rootVolume", into: &node.rootVolume, rootVolume)
        section.read("efa", into: &node.usesEFA) { $0.flag() }
        section.read("placementGroups", into: &node.usesPlacementGroups) { $0.flag() }
        if section["imageID"] != nil, let parameter = section["imageParameter"] {
            parameter.refuse("give either imageID or imageParameter, not both")
        }
        if let template = section["launchTemplate"] {
            let both = Self.saidByTemplates.filter { section[$0] != nil }
            if !both.isEmpty {
                template.refuse(
                    "a launch template says all of \(both.joined(separator: ", ")) itself; remove them, or launchTemplate"
                )
            }
        }
    }

    /// What must hold when everything is read. A mistake is noted at the key that makes it, else at the section.
    func checkNode(_ node: NodeSettings, _ section: Section) {
        guard node.launchTemplate == nil else { return }
        let place = section["bootstrap"] ?? section.value
        switch node.bootstrap {
        case .nodeadm, .bottlerocket:
            if node.cluster == nil {
                place.refuse(
                    "bootstrap \(node.bootstrap.rawValue) tells nodes where the cluster is: write aws.cluster with "
                        + "endpoint, certificateAuthority and serviceCIDR"
                )
            }
        case .cloudInit:
            if node.userDataFile == nil {
                place.refuse("bootstrap cloud-init is a text of your own: name its file in userDataFile")
            }
        case .eksBootstrap:
            break
        }
    }

    /// Where nodes find the cluster.
    func clusterAccess(_ value: Value) -> NodeSettings.ClusterAccess? {
        guard let section = Section(value) else { return nil }
        let endpoint = section.required("endpoint")?.text("a URL such as https://example.eks.amazonaws.com") {
            $0.hasPrefix("https://") && !$0.contains("\"") && !$0.contains("\\")
        }
        let authority = section.required("certificateAuthority").flatMap(certificateAuthority)
        let services = section.required("serviceCIDR")?.text("a range of addresses such as 10.100.0.0/16") { text in
            let parts = text.split(separator: "/", omittingEmptySubsequences: false)
            return parts.count == 2 && Int(parts[1]) != nil
                && parts[0].allSatisfy { $0.isHexDigit || $0 == "." || $0 == ":" }
        }
        section.finish()
        guard let endpoint, let authority, let services else { return nil }
        return NodeSettings.ClusterAccess(
            endpoint: endpoint,
            certificateAuthority: authority,
            serviceCIDR: services
        )
    }

    /// Longer than other texts, and often folded over several lines.
    private func certificateAuthority(_ value: Value) -> String? {
        let text = value.node.scalar.map { $0.string.filter { !$0.isWhitespace } } ?? ""
        let isBase64 =
            text.utf8.count % 4 == 0
            && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "+/=".contains($0)) }
        guard !value.isNull, !text.isEmpty, text.utf8.count <= 16_384, isBase64 else {
            value.refuse(
                "is not a certificate in base64, as `aws eks describe-cluster` shows it under certificateAuthority.data"
            )
            return nil
        }
        return text
    }

    private func launchTemplate(_ value: Value) -> NodeSettings.NamedTemplate? {
        guard let section = Section(value) else { return nil }
        let name = section.required("name")?.text("the name of a launch template")
        var result = NodeSettings.NamedTemplate(name: name ?? "")
        section.read("version", into: &result.version) {
            $0.text("$Default, $Latest or a number") { ["$Default", "$Latest"].contains($0) || (Int($0) ?? 0) > 0 }
        }
        section.finish()
        return name == nil ? nil : result
    }

    private func rootVolume(_ value: Value) -> NodeSettings.RootVolume? {
        guard let section = Section(value) else { return nil }
        var result = NodeSettings.RootVolume(sizeGiB: 0)
        if let size = section.required("size") { result.sizeGiB = gibibytes(size) ?? 0 }
        section.read("type", into: &result.type) { $0.choice(["gp3", "gp2", "io1", "io2"]) }
        section.read("iops", into: &result.iops) { $0.count(atLeast: 100).map { Int($0) } }
        section.read("throughput", into: &result.throughput) { $0.count(atLeast: 125).map { Int($0) } }
        section.read("device", into: &result.device) { $0.text("a device such as /dev/xvda") { $0.hasPrefix("/dev/") } }
        if result.throughput != nil, result.type != "gp3" {
            section["throughput"]?.refuse("only a volume of type gp3 has a throughput of its own")
        }
        if result.iops == nil, result.type.hasPrefix("io") {
            (section["type"] ?? value).refuse("a volume of type \(result.type) needs iops")
        }
        section.finish()
        return result.sizeGiB > 0 ? result : nil
    }

    private func gibibytes(_ value: Value) -> Int? {
        guard let text = value.text("a size such as 200Gi") else { return nil }
        let unit: Int64 = 1000 << 30
        guard let quantity = Quantity(text), quantity.thousandths % unit == 0,
            (1...65_536).contains(quantity.thousandths / unit)
        else {
            value.refuse("\"\(text)\" is not a whole number of Gi from 1Gi to 64Ti, such as 200Gi")
            return nil
        }
        return Int(quantity.thousandths / unit)
    }

    private func tags(_ value: Value) -> [String: String] {
        // https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Tags.html#tag-restrictions
        value.texts(key: { !$0.isEmpty && $0.count <= 128 }, value: { $0.count <= 256 })
    }

    /// A path that is not absolute begins where the configuration is.
    private func absolute(_ path: String) -> String {
        guard !path.hasPrefix("/"), let slash = mistakes.file.lastIndex(of: "/") else { return path }
        return mistakes.file[...slash] + path
    }
}
