import Foundation
import Runtime

@testable import Server

/// A cluster whose users have the token `token-of-NAME`, and that knows by heart what each may do.
final class Rulebook: AccessReviewer, @unchecked Sendable {
    struct Down: Error, CustomStringConvertible {
        var description: String { "secret address" }
    }

    private let lock = NSLock()
    private var users: Set<String> = []
    private var allowed: Set<String> = []
    private var nodes: [String: NodeIdentity] = [:]
    private var questions = 0
    private var down = false
    private var passed: Duration = .zero
    private let start = ContinuousClock.now

    func gate() -> Gate {
        Gate(reviewer: self, audiences: ["gleaner"], logger: LiveServer.logger) {
            self.lock.withLock { self.start + self.passed }
        }
    }

    var asked: Int { lock.withLock { questions } }
    var isDown: Bool {
        get { lock.withLock { down } }
        set { lock.withLock { down = newValue } }
    }

    func pass(_ time: Duration) { lock.withLock { passed += time } }

    func allow(_ user: String, _ verb: String, _ path: String) {
        lock.withLock {
            users.insert(user)
            allowed.insert("\(user) \(verb) \(path)")
        }
    }

    func letList(_ user: String, _ namespace: String?) {
        lock.withLock { _ = allowed.insert("\(user) lists \(namespace ?? "*")") }
    }

    func put(_ user: String, on node: NodeIdentity) { lock.withLock { nodes[user] = node } }

    func forget(_ user: String) { lock.withLock { _ = users.remove(user) } }

    private func ask<Answer>(_ answer: () -> Answer) throws -> Answer {
        try lock.withLock {
            guard !down else { throw Down() }
            questions += 1
            return answer()
        }
    }

    func user(token: String, audiences: [String]) async throws -> ClusterUser? {
        try ask {
            guard token.hasPrefix("token-of-") else { return nil }
            let name = String(token.dropFirst("token-of-".count))
            return users.contains(name) ? ClusterUser(name: name) : nil
        }
    }

    func allows(_ user: ClusterUser, _ question: AccessQuestion) async throws -> Bool {
        try ask {
            switch question {
            case .path(let path, let verb): allowed.contains("\(user.name) \(verb) \(path)")
            case .listPods(let namespace): allowed.contains("\(user.name) lists \(namespace ?? "*")")
            }
        }
    }

    func node(of user: ClusterUser) async throws -> NodeIdentity? { try ask { nodes[user.name] } }
}
