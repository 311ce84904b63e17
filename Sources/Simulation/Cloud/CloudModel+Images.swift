package import Model

/// A machine image of the simulated cloud.
package struct CloudImage: Hashable, Sendable {
    package var id: String
    /// `x86_64` or `arm64`.
    package var architecture: String
    package var rootDevice = "/dev/xvda"
}

extension CloudModel {
    private static let publishedPrefixes = ["/aws/service/eks/optimized-ami/", "/aws/service/bottlerocket/"]

    /// The value of a parameter: one that was set, else the image that AWS publishes under its name.
    /// - Returns: Nil where there is none.
    package func parameter(_ name: String) -> String? {
        if let set = parameters[name] { return set }
        guard Self.publishedPrefixes.contains(where: name.hasPrefix), name.hasSuffix("image_id") else { return nil }
        var digits = SeededGenerator(seed: configuration.seed, purpose: "image/\(name)")
        // The first digit says for which processors it is.
        return "ami-\(name.contains("arm64") ? "a" : "0")\(digits.hexadecimal(digits: 16))"
    }

    /// An image by its id: every id of the right form is one.
    package func image(_ id: String) -> CloudImage? {
        let digits = id.dropFirst(4)
        guard id.hasPrefix("ami-"), [8, 17].contains(digits.utf8.count), digits.allSatisfy(\.isHexDigit) else {
            return nil
        }
        return CloudImage(id: id, architecture: digits.first == "a" ? "arm64" : "x86_64")
    }

    // MARK: - Placement groups

    /// Makes a placement group.
    /// - Throws: `CloudError` when the name is taken.
    package func createPlacementGroup(
        name: String,
        strategy: String,
        tags: [String: String],
        at time: Timestamp
    ) throws -> CloudPlacementGroup {
        settle(to: time)
        guard placementGroups[name] == nil else {
            throw CloudError("InvalidPlacementGroup.Duplicate", "The placement group '\(name)' already exists.")
        }
        let group = CloudPlacementGroup(
            id: "pg-0\(names.hexadecimal(digits: 16))",
            name: name,
            strategy: strategy,
            tags: tags
        )
        placementGroups[name] = group
        return group
    }

    /// Removes a placement group.
    /// - Throws: `CloudError` when there is none of that name, or instances are in it.
    package func deletePlacementGroup(name: String, at time: Timestamp) throws {
        settle(to: time)
        guard placementGroups[name] != nil else { throw CloudError.unknownPlacementGroup(name) }
        guard !machines.values.contains(where: { $0.placementGroup == name && $0.state != .terminated }) else {
            throw CloudError(
                "InvalidPlacementGroup.InUse",
                "The placement group '\(name)' is in use and may not be deleted."
            )
        }
        placementGroups[name] = nil
    }
}

extension CloudError {
    static func unknownPlacementGroup(_ name: String) -> CloudError {
        CloudError("InvalidPlacementGroup.Unknown", "The placement group '\(name)' is unknown.")
    }
}
