import Model

/// What is asked of the cloud's market beside prices.
extension ConfigurationReader {
    func readMarket(_ section: Section, into result: inout GleanerConfiguration.AWS) {
        section.read("reservationTags", into: &result.reservationTags) {
            // https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Tags.html#tag-restrictions
            $0.texts(key: { !$0.isEmpty && $0.count <= 128 }, value: { $0.count <= 256 })
        }
        section.read("placementScores", into: &result.placementScores, placementScores)
    }

    private func placementScores(_ value: Value) -> GleanerConfiguration.PlacementScores? {
        guard let section = Section(value) else { return nil }
        var result = GleanerConfiguration.PlacementScores(minimum: 1)
        if let minimum = section.required("minimum")?.count(atLeast: 1) {
            if minimum > 10 { section["minimum"]?.refuse("must be from 1 to 10, is \(minimum)") }
            result.minimum = Int(minimum)
        }
        section.read("nodes", into: &result.nodes) { $0.count(atLeast: 1).map { Int($0) } }
        section.finish()
        return result
    }
}
