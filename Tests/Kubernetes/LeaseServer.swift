import HTTPTransport
import Kubernetes

/// Keeps one Lease as an API server does: whoever writes says which version he read.
final class LeaseServer: Sendable {
    private struct State {
        var lease: JSON?
        var version = 1
        /// Whose requests get no good answer, by token.
        var broken: Set<String> = []
    }

    private let state: Locked<State>
    private let server: ScriptedServer

    init() throws {
        let state = Locked(State())
        self.state = state
        server = try ScriptedServer { request in
            state.withLock { state in
                let token = request.header("Authorization")?.split(separator: " ").last.map(String.init) ?? ""
                guard !state.broken.contains(token) else {
                    return ScriptedServer.status(500, "InternalError", "broken")
                }
                switch request.method {
                case "GET":
                    guard let lease = state.lease else { return ScriptedServer.status(404, "NotFound") }
                    return .whole(200, lease.description)
                case "POST" where state.lease != nil:
                    return ScriptedServer.status(409, "AlreadyExists")
                case "PUT"
                where state.lease?.at("metadata", "resourceVersion")
                    != request.json.at("metadata", "resourceVersion"):
                    return ScriptedServer.status(409, "Conflict", "the object has been modified")
                default:
                    return .whole(200, Self.store(request.json, &state).description)
                }
            }
        }
    }

    var lease: JSON? { state.withLock { $0.lease } }
    var requests: [ScriptedServer.Request] { server.requests }

    /// As whom an election speaks; the token tells the requests of one process from those of another.
    func access(_ token: String) -> KubernetesAccess {
        KubernetesAccess(server: server.url, credential: .token(token), namespace: "gleaner")
    }

    /// Answers a process with errors from now on, or no more.
    func breaks(_ token: String, _ isBroken: Bool = true) {
        state.withLock { state in
            if isBroken { state.broken.insert(token) } else { state.broken.remove(token) }
        }
    }

    /// Writes the lease as somebody else.
    func change(_ change: (inout JSON) -> Void) {
        state.withLock { state in
            var lease = state.lease ?? .emptyObject
            change(&lease)
            _ = Self.store(lease, &state)
        }
    }

    func delete() {
        state.withLock { $0.lease = nil }
    }

    private static func store(_ lease: JSON, _ state: inout State) -> JSON {
        state.version += 1
        var lease = lease
        lease["metadata"]["resourceVersion"] = .string(String(state.version))
        state.lease = lease
        return lease
    }
}
