/// A bucket and the beginning of the keys of some of its objects: `s3://bucket/path/`.
package struct S3Location: Hashable, Sendable, CustomStringConvertible {
    package let bucket: String
    /// Without a slash at its begin.
    package let prefix: String

    /// Reads a URI; nil when it is none, or its bucket cannot be one's name.
    /// - Parameter text: as in `s3://bucket/path/`.
    package init?(_ text: String) {
        guard text.hasPrefix("s3://"), text.utf8.count <= 1100 else { return nil }
        let parts = text.dropFirst(5).split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        bucket = String(parts[0])
        prefix = parts.count > 1 ? String(parts[1]) : ""
        guard Self.isBucket(bucket) else { return nil }
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
    private static func isBucket(_ name: String) -> Bool {
        (3...63).contains(name.utf8.count) && !name.contains("..")
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                    UInt8(ascii: "-"), UInt8(ascii: "."):
                    true
                default: false
                }
            } && name.first.map { $0.isLetter || $0.isNumber } == true
            && name.last.map { $0.isLetter || $0.isNumber } == true
    }

    package var description: String { "s3://\(bucket)/\(prefix)" }
}
