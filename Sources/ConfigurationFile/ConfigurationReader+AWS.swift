import Model

/// The keys that say as whom AWS is asked.
extension ConfigurationReader {
    func role(_ value: Value) -> GleanerConfiguration.AWS.Role? {
        guard let section = Section(value) else { return nil }
        let arn = section.required("arn")?.text(
            "a role such as arn:aws:iam::123456789012:role/gleaner",
            where: Words.isRole
        )
        var externalID: String?
        section.read("externalID", into: &externalID) {
            $0.text("an external id: 2 to 1224 letters, digits and any of =,.@:/-_+") { text in
                (2...1224).contains(text.utf8.count) && text.utf8.allSatisfy(Words.isExternalIDByte)
            }
        }
        section.finish()
        return arn.map { GleanerConfiguration.AWS.Role(arn: $0, externalID: externalID) }
    }
}
