import Model

extension GleanerConfiguration {
    /// Reads where and how a workload is asked to save, and where the proof must appear.
    ///
    /// - Parameters:
    ///   - workload: of which the contract is known already.
    ///   - annotation: its annotations, as its owner wrote them.
    func readCheckpointAnnotations(of workload: inout Workload, _ annotation: (Annotation) -> String?) {
        func overrule(_ name: Annotation, _ reason: String) {
            workload.overruled.append("\(name.key): \(reason)")
        }
        if workload.checkpoint == .http {
            if let text = annotation(.checkpointURL) {
                workload.checkpointURL = CheckpointURL(text)
                if workload.checkpointURL == nil {
                    overrule(.checkpointURL, "\"\(text.prefix(100))\" is not a port and a path like :8080/checkpoint")
                }
            } else {
                overrule(.checkpointURL, "is missing; say a port and a path like :8080/checkpoint")
            }
            if let text = annotation(.checkpointTimeout) {
                workload.checkpointTimeoutSeconds = Duration(shorthand: text).flatMap {
                    $0 >= .seconds(1) ? $0.components.seconds : nil
                }
                if workload.checkpointTimeoutSeconds == nil {
                    overrule(.checkpointTimeout, "\"\(text.prefix(100))\" is not a duration like 60s")
                }
            }
        }
        if workload.checkpoint != .none, let text = annotation(.checkpointURI) {
            let prefix = text.hasSuffix("/") ? text : text + "/"
            if checkpoints.allows(prefix, namespace: workload.id.namespace) {
                workload.checkpointPrefix = prefix
            } else {
                let namespace = workload.id.namespace
                overrule(
                    .checkpointURI,
                    "no entry of checkpoints.allowedPrefixes lets namespace \(namespace) use \"\(text.prefix(100))\""
                )
            }
        }
    }
}
