package import Kubernetes

/// Which objects of a kind a list or a watch is about.
package struct Selection: Sendable, Hashable {
    /// One namespace, or every one.
    package var namespace: String?
    package var labels: LabelSelector
    package var fields: FieldSelector

    package init(
        namespace: String? = nil,
        labels: LabelSelector = .everything,
        fields: FieldSelector = .everything
    ) {
        self.namespace = namespace
        self.labels = labels
        self.fields = fields
    }

    package func matches(_ object: JSON) -> Bool {
        let metadata = object["metadata"]
        if let namespace, metadata["namespace"].string != namespace { return false }
        return labels.matches(metadata["labels"]) && fields.matches(object)
    }
}
