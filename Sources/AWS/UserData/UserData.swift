import Foundation
package import Model

/// What an instance is told at its first boot: which cluster it joins, and with which labels and taints.
package struct UserData: Hashable, Sendable {
    /// More than EC2 takes, before it is encoded.
    /// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-add-user-data.html
    package static let limitBytes = 16_384

    package var clusterName: String
    package var labels: [String: String]
    package var taints: [Taint]
    package var bootstrap: NodeSettings.Bootstrap
    /// What `nodeadm` and `bottlerocket` need.
    package var access: NodeSettings.ClusterAccess?

    package init(
        clusterName: String,
        labels: [String: String],
        taints: [Taint],
        bootstrap: NodeSettings.Bootstrap = .eksBootstrap,
        access: NodeSettings.ClusterAccess? = nil
    ) {
        self.clusterName = clusterName
        self.labels = labels
        self.taints = taints
        self.bootstrap = bootstrap
        self.access = access
    }

    /// The whole text, the same for equal values.
    /// - Parameter own: The operator's part; nil for none. `cloud-init` has no other.
    /// - Returns: What the machine reads.
    /// - Throws: `UserDataError` for an operator's part that cannot be used, or a text that is too long.
    package func text(own: String? = nil) throws(UserDataError) -> String {
        let text =
            switch bootstrap {
            case .eksBootstrap: own == nil ? script : try multipart(own, ours: (.shell, script))
            case .nodeadm: try multipart(own, ours: (.nodeConfig, try nodeConfig))
            case .bottlerocket: try BottlerocketSettings(self).text(own: own)
            case .cloudInit: try substituted(own)
            }
        guard text.utf8.count <= Self.limitBytes else { throw .tooLong(bytes: text.utf8.count) }
        return text
    }

    /// The labels as kubelet takes them on its command line.
    var labelList: String { labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ",") }

    /// The taints as kubelet takes them on its command line.
    var taintList: String { taints.map { "\($0.key)=\($0.value):\($0.effect.rawValue)" }.joined(separator: ",") }

    private var script: String {
        """
        #!/bin/bash
        set -euo pipefail
        /etc/eks/bootstrap.sh '\(clusterName)' --kubelet-extra-args \
        '--node-labels=\(labelList) --register-with-taints=\(taintList)'

        """
    }

    /// https://awslabs.github.io/amazon-eks-ami/nodeadm/doc/api/
    private var nodeConfig: String {
        get throws(UserDataError) {
            guard let access else { throw .withoutClusterAccess(bootstrap) }
            return """
                ---
                apiVersion: node.eks.aws/v1alpha1
                kind: NodeConfig
                spec:
                  cluster:
                    name: "\(clusterName)"
                    apiServerEndpoint: "\(access.endpoint)"
                    certificateAuthority: "\(access.certificateAuthority)"
                    cidr: "\(access.serviceCIDR)"
                  kubelet:
                    flags:
                      - "--node-labels=\(labelList)"
                      - "--register-with-taints=\(taintList)"

                """
        }
    }

    // MARK: - Parts

    private enum Part: String {
        case shell = "text/x-shellscript; charset=\"us-ascii\""
        case cloudConfig = "text/cloud-config; charset=\"us-ascii\""
        case nodeConfig = "application/node.eks.aws"

        /// By the first line, as cloud-init tells parts apart.
        init?(of text: String) {
            let first = text.drop(while: \.isWhitespace)
            if first.hasPrefix("#!") {
                self = .shell
            } else if first.hasPrefix("#cloud-config") {
                self = .cloudConfig
            } else if text.contains("node.eks.aws/"), !first.hasPrefix("MIME-Version") {
                self = .nodeConfig
            } else {
                return nil
            }
        }
    }

    /// The operator's part first: what it prepares is there when the node joins.
    private func multipart(_ own: String?, ours: (type: Part, text: String)) throws(UserDataError) -> String {
        var parts = [ours]
        if let own {
            guard let type = Part(of: own) else { throw .unknownPart }
            parts.insert((type, own), at: 0)
        }
        let boundary = "//gleaner//"
        guard !parts.contains(where: { $0.text.contains("--\(boundary)") }) else { throw .unknownPart }
        var text = "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"\(boundary)\"\n\n"
        for part in parts {
            text += "--\(boundary)\nContent-Type: \(part.type.rawValue)\n\n\(part.text)"
            if !part.text.hasSuffix("\n") { text += "\n" }
        }
        return text + "--\(boundary)--\n"
    }

    /// The operator's text with our values in the places that it leaves for them.
    private func substituted(_ own: String?) throws(UserDataError) -> String {
        guard var text = own else { throw .withoutText }
        for place in ["{{labels}}", "{{taints}}"] where !text.contains(place) { throw .withoutPlace(place) }
        let values = [
            "cluster": clusterName, "labels": labelList, "taints": taintList, "endpoint": access?.endpoint,
            "certificateAuthority": access?.certificateAuthority, "serviceCIDR": access?.serviceCIDR,
        ]
        for (name, value) in values.sorted(by: { $0.key < $1.key }) {
            let place = "{{\(name)}}"
            guard text.contains(place) else { continue }
            guard let value else { throw .withoutClusterAccess(bootstrap) }
            text = text.replacing(place, with: value)
        }
        return text
    }
}
