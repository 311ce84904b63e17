/// What lists of the API are wrapped in.
struct Listing<Item: Encodable>: Encodable {
    var items: [Item]
}

/// The answer to pause and resume.
struct PauseView: Encodable {
    /// Launches are paused, or will be within a moment.
    var paused: Bool
}

/// The answer of the probes.
struct HealthView: Encodable {
    var status: String
    /// What is missing; empty when all is well.
    var missing: [String]
}
