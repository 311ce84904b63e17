/// Something that somebody wants to do.
package enum AccessQuestion: Hashable, Sendable {
    /// A verb such as `get` or `post` on a path of ours.
    case path(String, verb: String)
    /// List the pods of a namespace; nil stands for all of them.
    case listPods(namespace: String?)
}

/// The cluster, as the server asks it who somebody is and what they may do.
package protocol AccessReviewer: Sendable {
    /// Whose token it is.
    /// - Parameters:
    ///   - token: As the caller sent it.
    ///   - audiences: The token must be meant for one of these.
    /// - Returns: Nil when the cluster does not know it, or it is meant for others, or has expired.
    /// - Throws: when the cluster cannot be asked.
    func user(token: String, audiences: [String]) async throws -> ClusterUser?

    /// Whether somebody may do something.
    /// - Throws: when the cluster cannot be asked.
    func allows(_ user: ClusterUser, _ question: AccessQuestion) async throws -> Bool

    /// The node of the pod that the user's token is bound to.
    /// - Returns: Nil when the token is bound to no pod that runs.
    /// - Throws: when the cluster cannot be asked.
    func node(of user: ClusterUser) async throws -> NodeIdentity?
}
