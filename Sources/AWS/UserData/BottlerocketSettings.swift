import Model

/// The settings that a Bottlerocket machine reads as its user data.
/// https://bottlerocket.dev/en/os/latest/#/api/settings/kubernetes/
struct BottlerocketSettings {
    private static let kubernetes = "[settings.kubernetes]"
    private static let labels = "[settings.kubernetes.node-labels]"
    private static let taints = "[settings.kubernetes.node-taints]"

    private let data: UserData

    init(_ data: UserData) {
        self.data = data
    }

    /// - Parameter own: The operator's settings in TOML. Lines of its table `settings.kubernetes` join ours.
    /// - Returns: The whole text.
    /// - Throws: `UserDataError`.
    func text(own: String?) throws(UserDataError) -> String {
        guard let access = data.access else { throw .withoutClusterAccess(.bottlerocket) }
        var kubernetes = [
            "cluster-name = \(Self.quoted(data.clusterName))",
            "api-server = \(Self.quoted(access.endpoint))",
            "cluster-certificate = \(Self.quoted(access.certificateAuthority))",
        ]
        if let address = Self.nameServer(of: access.serviceCIDR) {
            kubernetes.append("cluster-dns-ip = \(Self.quoted(address))")
        }
        let keys = kubernetes.compactMap { $0.split(separator: " ").first.map(String.init) }
        let theirs = try Self.tables(own ?? "", ourKeys: keys)
        var lines = [Self.kubernetes] + kubernetes + theirs.kubernetes
        lines += ["", Self.labels]
        lines += data.labels.sorted { $0.key < $1.key }.map { "\(Self.quoted($0.key)) = \(Self.quoted($0.value))" }
        lines += ["", Self.taints]
        let byKey = Dictionary(grouping: data.taints, by: \.key).sorted { $0.key < $1.key }
        for (key, taints) in byKey {
            let values = taints.map { Self.quoted("\($0.value):\($0.effect.rawValue)") }.joined(separator: ", ")
            lines.append("\(Self.quoted(key)) = [\(values)]")
        }
        if !theirs.others.isEmpty { lines += [""] + theirs.others }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Takes the operator's text apart, line by line: what belongs to `settings.kubernetes`, and all else.
    private static func tables(
        _ own: String,
        ourKeys: [String]
    ) throws(UserDataError) -> (kubernetes: [String], others: [String]) {
        var kubernetes: [String] = []
        var others: [String] = []
        var table: String?
        for line in own.split(separator: "\n", omittingEmptySubsequences: false) {
            let bare = String(line.filter { !$0.isWhitespace })
            if bare.hasPrefix("["), !bare.hasPrefix("[\"") {
                table = String(bare.prefix { $0 != "]" }) + "]"
                if table == labels || table == taints { throw .writesOurSetting(table ?? "") }
                if table != Self.kubernetes { others.append(String(line)) }
            } else if table == Self.kubernetes {
                let key = bare.prefix { $0 != "=" }.filter { $0 != "\"" }
                if ourKeys.contains(key) { throw .writesOurSetting("settings.kubernetes.\(key)") }
                if !bare.isEmpty { kubernetes.append(String(line)) }
            } else {
                if table == nil, !bare.isEmpty, !bare.hasPrefix("#") { throw .bareSettings }
                others.append(String(line))
            }
        }
        while others.last?.isEmpty == true { others.removeLast() }
        return (kubernetes, others)
    }

    /// The address that a cluster's name server has by custom, the tenth of an IPv4 range; nil for another range.
    private static func nameServer(of cidr: String) -> String? {
        let parts = cidr.prefix { $0 != "/" }.split(separator: ".")
        guard parts.count == 4, parts.allSatisfy({ UInt8($0) != nil }) else { return nil }
        return parts.dropLast().joined(separator: ".") + ".10"
    }

    private static func quoted(_ text: String) -> String {
        "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }
}
