/// Forms of names that Kubernetes and AWS accept.
enum Words {
    /// A DNS label (RFC 1123): namespaces; and pools and shapes, whose names become label values.
    static func isName(_ text: String) -> Bool {
        text.utf8.count <= 63 && !text.isEmpty && text.utf8.allSatisfy { isLower($0) || isDigit($0) || $0 == 0x2D }
            && text.first != "-" && text.last != "-"
    }

    /// A label's or tag's value that is not empty.
    static func isTagValue(_ text: String) -> Bool { !text.isEmpty && isLabelValue(text) }

    /// https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set
    static func isLabelValue(_ text: String) -> Bool {
        guard text.utf8.count <= 63, text.utf8.allSatisfy({ isWord($0) || "-_.".utf8.contains($0) }) else {
            return false
        }
        return [text.utf8.first, text.utf8.last].allSatisfy { $0.map(isWord) ?? true }
    }

    static func isLabelKey(_ text: String) -> Bool {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard let name = parts.last, parts.count <= 2, isTagValue(name) else { return false }
        return parts.count == 1
            || parts[0].utf8.count <= 253
                && parts[0].split(separator: ".", omittingEmptySubsequences: false).allSatisfy {
                    isName(String($0))
                }
    }

    /// A DNS subdomain (RFC 1123), such as `check-capacity.autoscaling.x-k8s.io`.
    static func isProvisioningClass(_ text: String) -> Bool {
        text.utf8.count <= 253
            && text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { isName(String($0)) }
    }

    /// `g5.xlarge`, `p4d.24xlarge`, `g5g.metal`, `u7i-12tb.224xlarge`.
    static func isInstanceType(_ text: String) -> Bool {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 2 && parts.allSatisfy { isName(String($0)) }
    }

    /// `us-east-1`, `us-gov-west-1`.
    static func isRegion(_ text: String) -> Bool {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        return parts.count >= 3 && isName(text) && parts.last.map { $0.utf8.allSatisfy(isDigit) } == true
    }

    /// `arn:aws:iam::123456789012:role/path/gleaner`, of any partition.
    static func isRole(_ text: String) -> Bool {
        let parts = text.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
        return parts.count == 6 && parts[0] == "arn" && parts[1].hasPrefix("aws") && parts[2] == "iam"
            && parts[3].isEmpty && parts[4].count == 12 && parts[4].utf8.allSatisfy(isDigit)
            && parts[5].hasPrefix("role/") && parts[5].count > 5 && parts[5].count <= 581
            && parts[5].utf8.allSatisfy { isWord($0) || "+=,.@-_/".utf8.contains($0) }
    }

    /// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
    static func isExternalIDByte(_ byte: UInt8) -> Bool { isWord(byte) || "=,.@:/-_+".utf8.contains(byte) }

    private static func isLower(_ byte: UInt8) -> Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) }
    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
    private static func isWord(_ byte: UInt8) -> Bool { isLower(byte | 0x20) || isDigit(byte) }
}
