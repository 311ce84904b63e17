import Model

/// The keys that say what proves a checkpoint and how a risk is weighed.
extension ConfigurationReader {
    func checkpoints(_ value: Value) -> GleanerConfiguration.Checkpoints? {
        guard let section = Section(value) else { return nil }
        var result = GleanerConfiguration.Checkpoints()
        section.read("allowedPrefixes", into: &result.allowedPrefixes, allowedPrefixes)
        section.read("rebalanceRiskFactor", into: &result.rebalanceRiskFactor) { $0.decimal(from: 1, to: 1000) }
        section.read("askRegularly", into: &result.asksRegularly) { $0.flag() }
        section.finish()
        return result
    }

    private func allowedPrefixes(_ value: Value) -> [GleanerConfiguration.Checkpoints.AllowedPrefixes]? {
        value.elements().compactMap { element in
            guard let section = Section(element) else { return nil }
            let namespaces = section.required("namespaces")?.list { $0.text("a namespace", where: Words.isName) }
            let prefixes = section.required("prefixes")?.list { prefix in
                prefix.text("a prefix such as s3://bucket/path/, with a slash at its end", where: Self.isPrefix)
            }
            section.finish()
            return GleanerConfiguration.Checkpoints.AllowedPrefixes(
                namespaces: namespaces ?? [],
                prefixes: prefixes ?? []
            )
        }
    }

    /// With the slash that ends a bucket or a folder: `s3://bucket/a` would let `s3://bucket/another` in as well.
    private static func isPrefix(_ text: String) -> Bool {
        guard text.hasPrefix("s3://"), text.hasSuffix("/"), !text.contains("/../"), !text.contains(" ") else {
            return false
        }
        return text.dropFirst(5).first.map { $0 != "/" } ?? false
    }
}
