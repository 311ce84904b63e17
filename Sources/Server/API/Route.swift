import HTTPTypes
import Hummingbird
import Runtime

/// One thing that the server answers. The table of them makes both the answers and `/openapi.json`.
struct Route: Sendable {
    /// A request whose parameters are known to be ones that the route takes.
    struct Call: Sendable {
        var source: any StatusSource
        var parameters: Parameters
        var headers: HTTPFields
        /// Who asks, as far as the connection tells.
        var caller: String
        /// Who asks, as the cluster knows them; nil when nobody is asked who they are.
        var user: ClusterUser?
        var gate: Gate?
        /// Empty where the route takes none.
        var body: [UInt8] = []
    }

    /// Who is answered once authentication is configured.
    enum Access: Sendable {
        /// Everybody: the probes of a kubelet carry no token.
        case open
        /// Who may use the path.
        case path
        /// Who may use the path; shown is what lies in namespaces whose pods they may list.
        case namespaces
        /// An agent on a node, which may use the path. Without authentication nobody is.
        case agent
    }

    /// What an answer with status 200 holds.
    enum Content: Sendable {
        /// JSON of a named schema.
        case json(schema: String)
        /// JSON of a named schema, or the same as CSV (RFC 4180) or as a table.
        case jsonCSVOrTable(schema: String)
        /// An object whose `items` have a named schema.
        case list(of: String, alsoCSVAndTable: Bool = false)
        case text(String)
    }

    var method: HTTPRequest.Method
    var path: String
    var summary: String
    var parameters: [Parameter] = []
    /// The schema of the request's body; nil where there is none.
    var body: String?
    var content: Content
    /// Other statuses with the meaning of each.
    var otherStatuses: [Int: String] = [:]
    var access = Access.path
    var answer: @Sendable (Call) async throws(Problem) -> Response

    /// Whether it changes something.
    var isUnsafe: Bool { method == .post }

    /// Whether it is about this process, and not about what the one that leads knows.
    var isAnsweredOnStandby: Bool { ["/livez", "/readyz", "/metrics", "/openapi.json"].contains(path) }
}
