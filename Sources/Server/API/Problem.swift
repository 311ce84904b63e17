import HTTPTypes
import Hummingbird

/// An answer to a request that cannot be served, as `application/problem+json` (RFC 9457).
enum Problem: Error, Hashable {
    case unknownPath(String, nearest: String?)
    case wrongMethod(String, path: String, allowed: [String])
    case unknownParameter(String, nearest: String?, known: [String])
    case repeatedParameter(String)
    /// A parameter's value cannot be used: what was given and what is allowed.
    case badParameter(String, given: String, allowed: String)
    case badEncoding(String)
    case crossOrigin(String)
    case foreignHost(String)
    case notAcceptable(String)
    case unauthenticated(String)
    /// The cluster says that the user may not.
    case forbidden(user: String, verb: String, path: String)
    /// The cluster cannot be asked who somebody is and what they may do.
    case reviewUnavailable
    /// Only known callers may, and nobody is asked who they are.
    case needsAuthentication
    /// The user is no pod on a node.
    case notOnNode(user: String)
    case anotherNode(node: String, instance: String?, claimed: String)
    case badBody(String)
    case bodyTooLong(limitBytes: Int)
    case notRecorded
    /// Another process leads; the sentence says which.
    case standingBy(String)

    var status: HTTPResponse.Status {
        switch self {
        case .unknownPath: .notFound
        case .wrongMethod: .methodNotAllowed
        case .unknownParameter, .repeatedParameter, .badParameter, .badEncoding: .badRequest
        case .crossOrigin, .foreignHost, .forbidden, .needsAuthentication, .notOnNode, .anotherNode: .forbidden
        case .notAcceptable: .notAcceptable
        case .unauthenticated: .unauthorized
        case .reviewUnavailable, .notRecorded: .serviceUnavailable
        case .badBody: .badRequest
        case .bodyTooLong: .contentTooLarge
        case .standingBy: .serviceUnavailable
        }
    }

    var title: String {
        switch self {
        case .unknownPath: "No such path"
        case .wrongMethod: "Method not allowed"
        case .unknownParameter: "Unknown parameter"
        case .repeatedParameter: "Parameter given twice"
        case .badParameter: "Bad parameter"
        case .badEncoding: "Bad encoding"
        case .crossOrigin: "Cross-origin request refused"
        case .foreignHost: "Unknown host refused"
        case .notAcceptable: "Not acceptable"
        case .unauthenticated: "Not authenticated"
        case .forbidden: "Forbidden"
        case .reviewUnavailable: "The cluster cannot be asked"
        case .needsAuthentication: "Authentication is off"
        case .notOnNode: "Not on a node"
        case .anotherNode: "About another node"
        case .badBody: "Bad body"
        case .bodyTooLong: "Body too long"
        case .notRecorded: "Not recorded"
        case .standingBy: "Standing by"
        }
    }

    /// Names the place, what was given and the way out.
    var detail: String {
        switch self {
        case .unknownPath(let path, let nearest):
            "There is nothing at \(path)." + (nearest.map { " Did you mean \($0)?" } ?? " See /openapi.json.")
        case .wrongMethod(let method, let path, let allowed):
            "\(path) does not take \(method); use \(allowed.joined(separator: " or "))."
        case .unknownParameter(let name, let nearest, let known):
            "Parameter \"\(name)\" is not known."
                + (nearest.map { " Did you mean \"\($0)\"?" } ?? "")
                + (known.isEmpty ? " None is taken here." : " Taken here: \(known.joined(separator: ", ")).")
        case .repeatedParameter(let name): "Parameter \"\(name)\" is given more than once; give it once."
        case .badParameter(let name, let given, let allowed):
            "Parameter \"\(name)\" is \"\(given)\"; allowed: \(allowed)."
        case .badEncoding(let text): "\"\(text)\" is not percent-encoded UTF-8."
        case .crossOrigin(let origin):
            "A page of \(origin) may not change this service; send the request from this service's own page, or with a "
                + "tool that sends no Origin header."
        case .foreignHost(let host):
            "This service listens on loopback and does not answer to the name \"\(host)\"; use localhost or 127.0.0.1."
        case .standingBy(let sentence): "\(sentence) Ask the process that leads."
        case .notAcceptable(let accept): "\"\(accept)\" cannot be served here; ask for application/json or text/csv."
        case .unauthenticated(let reason):
            "\(reason) Send Authorization: Bearer with a token of the cluster, such as kubectl create token --audience "
                + "gleaner prints."
        case .forbidden(let user, let verb, let path):
            "\(user) may not \(verb) \(path); bind a ClusterRole that allows this verb on this nonResourceURL, such as "
                + "\(Self.role(for: verb, path))."
        case .reviewUnavailable:
            "The Kubernetes API server cannot be asked who you are and what you may do; try again in a moment."
        case .needsAuthentication:
            "Only agents that the cluster knows may report; start gleaner serve with --authentication kubernetes."
        case .notOnNode(let user):
            "The token of \(user) is bound to no pod that runs on a node; mount a projected service-account token."
        case .anotherNode(let node, let instance, let claimed):
            "The report is about \(claimed), and its sender runs on node \(node), instance \(instance ?? "unknown"); an agent "
                + "speaks for its own node alone."
        case .badBody(let reason): "The body cannot be used: \(reason). See /openapi.json."
        case .bodyTooLong(let limit): "The body is longer than \(limit) bytes; send less at once."
        case .notRecorded:
            "The notice is not in the journal yet: its launch is not answered, or the service does not lead; send it again."
        }
    }

    /// The one of deploy/kubernetes/rbac.yaml that allows it.
    private static func role(for verb: String, _ path: String) -> String {
        guard verb == "post" else { return "gleaner-reader" }
        return path.hasSuffix(NoticeRoute.route.path) ? "gleaner-agent" : "gleaner-operator"
    }

    private struct Body: Encodable {
        var type = "about:blank"
        var title: String
        var status: Int
        var detail: String
        var parameter: String?
    }

    var parameter: String? {
        switch self {
        case .unknownParameter(let name, _, _), .repeatedParameter(let name), .badParameter(let name, _, _): name
        default: nil
        }
    }

    var response: Response {
        var headers = HTTPFields()
        if case .wrongMethod(_, _, let allowed) = self { headers[.allow] = allowed.joined(separator: ", ") }
        if case .unauthenticated = self { headers[.wwwAuthenticate] = BearerToken.challenge }
        if status == .serviceUnavailable { headers[.retryAfter] = "1" }
        let body = Body(title: title, status: status.code, detail: detail, parameter: parameter)
        return .json(body, status: status, contentType: "application/problem+json", headers: headers)
    }
}
