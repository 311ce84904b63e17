/// What Gleaner keeps of a core/v1 PodTemplate: pods that do not exist yet. An observation.
package struct PodTemplate: Hashable, Sendable {
    package var namespace: String
    package var name: String
    /// A pod as it would be made of it, under the template's own name.
    package var pod: Pod

    package init(namespace: String, name: String, pod: Pod) {
        self.namespace = namespace
        self.name = name
        self.pod = pod
    }
}
