package import Logging
package import Runtime

/// Lets a request through when the cluster knows who sends it and says that they may. When the cluster cannot be asked,
/// nobody passes.
package struct Gate: Sendable {
    /// What stands in front of our paths when the cluster is asked about them: by its own roles everybody may get
    /// `/api/*`, and `/metrics` is also a path of the API server.
    package static let pathPrefix = "/gleaner"

    /// How long a token or a permission that was taken back is still good here.
    private static let lifetime: Duration = .seconds(10)
    private static let limit = 4096
    private static let longestToken = 16 << 10
    /// Questions about namespaces that are asked at once for one request.
    private static let parallelQuestions = 16

    private struct Permission: Hashable {
        var user: ClusterUser
        var question: AccessQuestion
    }

    private let reviewer: any AccessReviewer
    private let audiences: [String]
    private let logger: Logger
    private let users: ReviewCache<String, ClusterUser?>
    private let permissions: ReviewCache<Permission, Bool>
    private let nodes: ReviewCache<ClusterUser, NodeIdentity?>

    /// - Parameters:
    ///   - reviewer: The cluster.
    ///   - audiences: Tokens must be meant for one of these.
    ///   - logger: Is told when the cluster cannot be asked.
    package init(reviewer: any AccessReviewer, audiences: [String], logger: Logger) {
        self.init(reviewer: reviewer, audiences: audiences, logger: logger) { .now }
    }

    init(
        reviewer: any AccessReviewer,
        audiences: [String],
        logger: Logger,
        now: @escaping @Sendable () -> ContinuousClock.Instant
    ) {
        self.reviewer = reviewer
        self.audiences = audiences
        self.logger = logger
        users = ReviewCache(lifetime: Self.lifetime, limit: Self.limit, now: now)
        permissions = ReviewCache(lifetime: Self.lifetime, limit: Self.limit, now: now)
        nodes = ReviewCache(lifetime: Self.lifetime, limit: Self.limit, now: now)
    }

    /// Whose request it is; `token` is what it carries, nil for nothing.
    func user(_ token: String?) async throws(Problem) -> ClusterUser {
        guard let token else { throw .unauthenticated("The request carries no token.") }
        // The cluster is not bothered with what cannot be a token.
        guard !token.isEmpty, token.utf8.count <= Self.longestToken,
            token.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else { throw .unauthenticated("What the request carries is no token.") }
        let (reviewer, audiences) = (reviewer, audiences)
        let user = try await asking {
            try await users.answer(token) { try await reviewer.user(token: token, audiences: audiences) }
        }
        guard let user else {
            let meant = audiences.joined(separator: " or ")
            throw .unauthenticated("The cluster does not know the token, it has expired, or it is not for \(meant).")
        }
        return user
    }

    /// Refuses what the user may not do.
    func check(_ user: ClusterUser, may verb: String, _ path: String) async throws(Problem) {
        let path = Self.pathPrefix + path
        guard try await allows(user, .path(path, verb: verb)) else {
            throw .forbidden(user: user.name.cut, verb: verb, path: path)
        }
    }

    /// Those of some namespaces whose pods the user may list; nil when that is so for all there are.
    func visible(
        _ namespaces: () async -> Set<String>,
        to user: ClusterUser
    ) async throws(Problem) -> Set<String>? {
        if try await allows(user, .listPods(namespace: nil)) { return nil }
        let all = await namespaces().sorted()
        return try await asking {
            try await withThrowingTaskGroup(of: (String, Bool).self) { group in
                var rest = all[...]
                var result: Set<String> = []
                func askNext() {
                    guard let namespace = rest.popFirst() else { return }
                    group.addTask { (namespace, try await allowed(user, .listPods(namespace: namespace))) }
                }
                for _ in 0..<Self.parallelQuestions { askNext() }
                while let (namespace, isAllowed) = try await group.next() {
                    if isAllowed { result.insert(namespace) }
                    askNext()
                }
                return result
            }
        }
    }

    /// The machine that the user's pod runs on.
    func node(of user: ClusterUser) async throws(Problem) -> NodeIdentity {
        let reviewer = reviewer
        let node = try await asking {
            try await nodes.answer(user) { try await reviewer.node(of: user) }
        }
        guard let node else { throw .notOnNode(user: user.name.cut) }
        return node
    }

    private func allows(_ user: ClusterUser, _ question: AccessQuestion) async throws(Problem) -> Bool {
        try await asking { try await allowed(user, question) }
    }

    private func allowed(_ user: ClusterUser, _ question: AccessQuestion) async throws -> Bool {
        let reviewer = reviewer
        return try await permissions.answer(Permission(user: user, question: question)) {
            try await reviewer.allows(user, question)
        }
    }

    private func asking<Answer>(_ ask: () async throws -> Answer) async throws(Problem) -> Answer {
        do {
            return try await ask()
        } catch {
            // The reason may speak of the cluster's insides: it is for our log alone.
            logger.warning("the cluster was not asked who may do what", metadata: ["error": "\(error)"])
            throw .reviewUnavailable
        }
    }
}
