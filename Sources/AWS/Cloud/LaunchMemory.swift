import Model

/// What launches need not ask for again.
struct LaunchMemory: Sendable {
    /// As the catalogue describes them.
    var types: [String: InstanceType] = [:]
    /// Operators' user data by its digest.
    var userData: [String: Secret] = [:]
    /// Launch templates that are there, and when each was used last.
    var templates: [String: Timestamp] = [:]
    /// Placement groups that are there, and when each was used last.
    var placementGroups: [String: Timestamp] = [:]
}
