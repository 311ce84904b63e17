import Foundation
package import Model

/// What an instance is told at its first boot: the arguments with which its kubelet registers the node.
///
/// A plain cloud-init script for images that bring `/etc/eks/bootstrap.sh`.
package struct UserData: Hashable, Sendable {
    package var clusterName: String
    package var labels: [String: String]
    package var taints: [Taint]

    package init(clusterName: String, labels: [String: String], taints: [Taint]) {
        self.clusterName = clusterName
        self.labels = labels
        self.taints = taints
    }

    /// The script, the same for equal values.
    package var script: String {
        let labels = labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ",")
        let taints = taints.map { "\($0.key)=\($0.value):\($0.effect.rawValue)" }.joined(separator: ",")
        return """
            #!/bin/bash
            set -euo pipefail
            /etc/eks/bootstrap.sh '\(clusterName)' --kubelet-extra-args \
            '--node-labels=\(labels) --register-with-taints=\(taints)'

            """
    }

    /// As EC2 takes it.
    package var base64: String { Data(script.utf8).base64EncodedString() }

    /// Reads the labels and taints back out of a script, as the node that runs it would act on them.
    package init?(base64 text: String) {
        guard let data = Data(base64Encoded: text) else { return nil }
        let script = String(decoding: data, as: UTF8.self)
        func argument(_ name: String) -> Substring? {
            guard let start = script.range(of: "\(name)=")?.upperBound else { return nil }
            return script[start...].prefix { !$0.isWhitespace && $0 != "'" }
        }
        guard let labels = argument("--node-labels") else { return nil }
        clusterName =
            script.range(of: "bootstrap.sh '").map { String(script[$0.upperBound...].prefix { $0 != "'" }) } ?? ""
        self.labels = labels.split(separator: ",").reduce(into: [:]) { result, pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2 { result[String(parts[0])] = String(parts[1]) }
        }
        taints = (argument("--register-with-taints") ?? "").split(separator: ",").compactMap { text in
            guard let colon = text.lastIndex(of: ":"),
                let effect = Taint.Effect(rawValue: String(text[text.index(after: colon)...]))
            else { return nil }
            let pair = text[..<colon].split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let key = pair.first, !key.isEmpty else { return nil }
            return Taint(key: String(key), value: pair.count > 1 ? String(pair[1]) : "", effect: effect)
        }
    }
}
