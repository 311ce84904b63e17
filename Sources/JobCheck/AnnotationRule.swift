import Model

/// What a value of one of our annotations must look like.
enum AnnotationRule {
    /// What is expected instead; nil when the value is good.
    ///
    /// - Parameters:
    ///   - name: Of the annotation, without the prefix.
    ///   - value: As it stands there.
    /// - Returns: A few words, such as `a duration like 90m`.
    static func expectation(of name: String, unmetBy value: String) -> String? {
        switch name {
        case "checkpoint":
            return CheckpointContract(rawValue: value) == nil ? "one of signal, http, none" : nil
        case "checkpoint-interval", "checkpoint-timeout", "max-wait", "expected-runtime":
            let duration = Duration(shorthand: value)
            return duration.map { $0 >= .seconds(1) } == true ? nil : "a duration like 90m, of a second at least"
        case "last-checkpoint", "deadline":
            return Timestamp(rfc3339: value) == nil ? "a time like 2026-11-21T06:00:00Z" : nil
        case "capacity-type":
            let types = value.split(separator: ",", omittingEmptySubsequences: false).map { text in
                CapacityType(rawValue: text.filter { $0 != " " })
            }
            return types.contains(nil) ? "spot, on-demand, reserved, or several of them with commas" : nil
        case "gang", "dataset":
            return value.isEmpty ? "a name" : nil
        case "gang-size":
            return Int(value).map { (1...10_000).contains($0) } == true ? nil : "a number from 1 to 10000"
        case "gang-topology":
            return Gang.Topology(rawValue: value) == nil ? "one of zone, any" : nil
        case "do-not-disrupt":
            return ["true", "false"].contains(value) ? nil : "\"true\" or \"false\""
        case "checkpoint-uri":
            let isURI = value.hasPrefix("s3://") && value.count > "s3://".count
            return isURI ? nil : "a prefix in object storage like s3://bucket/run-7/"
        case "checkpoint-url":
            return CheckpointURL(value) == nil ? "a port and a path like :8080/checkpoint" : nil
        default:
            return nil
        }
    }
}
