import Foundation
import Model

extension UserData {
    /// As EC2 takes it, without an operator's part; empty when it cannot be made.
    package var base64: String { Data(((try? text()) ?? "").utf8).base64EncodedString() }

    /// Reads the labels and taints back out of user data in any of the forms, as the node that reads it would act on
    /// them; nil when it says nothing of them.
    package init?(base64 text: String) {
        guard let data = Data(base64Encoded: text) else { return nil }
        let text = String(decoding: data, as: UTF8.self)
        self.init(clusterName: Self.clusterName(in: text), labels: [:], taints: [])
        if text.contains("[settings.kubernetes") {
            bootstrap = .bottlerocket
            readSettings(text)
            return
        }
        guard let labels = Self.argument("--node-labels", in: text) else { return nil }
        if text.contains("node.eks.aws/") { bootstrap = .nodeadm }
        self.labels = labels.split(separator: ",").reduce(into: [:]) { result, pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2 { result[String(parts[0])] = String(parts[1]) }
        }
        taints = (Self.argument("--register-with-taints", in: text) ?? "").split(separator: ",").compactMap { text in
            let pair = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard pair.count == 2 else { return nil }
            return Self.taint(key: String(pair[0]), text: String(pair[1]))
        }
    }

    private static func argument(_ name: String, in text: String) -> Substring? {
        guard let start = text.range(of: "\(name)=")?.upperBound else { return nil }
        return text[start...].prefix { !$0.isWhitespace && $0 != "'" && $0 != "\"" }
    }

    private static func clusterName(in text: String) -> String {
        let marks = [("bootstrap.sh '", "'"), ("name: \"", "\""), ("cluster-name = \"", "\"")]
        for (mark, end) in marks {
            if let start = text.range(of: mark)?.upperBound {
                return String(text[start...].prefix { String($0) != end })
            }
        }
        return ""
    }

    /// Reads a taint whose value and effect stand together, as in `present:NoSchedule`.
    private static func taint(key: String, text: String) -> Taint? {
        guard !key.isEmpty, let colon = text.lastIndex(of: ":"),
            let effect = Taint.Effect(rawValue: String(text[text.index(after: colon)...]))
        else { return nil }
        return Taint(key: key, value: String(text[..<colon]), effect: effect)
    }

    /// The tables of labels and taints, each entry on a line.
    private mutating func readSettings(_ text: String) {
        var table = ""
        for line in text.split(separator: "\n") {
            if line.hasPrefix("[") {
                table = String(line)
                continue
            }
            let texts = line.split(separator: "\"", omittingEmptySubsequences: false).enumerated()
                .filter { $0.offset % 2 == 1 }.map { String($0.element) }
            guard let key = texts.first else { continue }
            switch table {
            case "[settings.kubernetes.node-labels]": labels[key] = texts.count > 1 ? texts[1] : ""
            case "[settings.kubernetes.node-taints]":
                taints += texts.dropFirst().compactMap { Self.taint(key: key, text: $0) }
            default: break
            }
        }
    }
}
