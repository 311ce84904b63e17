/// What Gleaner keeps of a daemon set. An observation: never written to the journal.
package struct DaemonSet: Hashable, Sendable {
    package var uid: String
    /// The pod that every node which admits it gets, without what ties it to a node.
    package var template: Pod

    package init(uid: String, template: Pod) {
        self.uid = uid
        self.template = template
    }
}
