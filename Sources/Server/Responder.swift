import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Runtime

/// Finds the route of a request, guards it, and dresses the answer.
struct Responder: Sendable {
    var source: any StatusSource
    /// Whether only this machine can connect.
    var isLoopback: Bool
    /// Nil lets everybody through.
    var gate: Gate?
    var routes = Route.all

    func respond(to request: Request, from caller: String) async -> Response {
        var response: Response
        do throws(Problem) {
            response = try await answer(request, from: caller)
        } catch {
            response = error.response
        }
        for (name, value) in Self.headers where response.headers[name] == nil { response.headers[name] = value }
        return request.method == .head ? response.createHeadResponse() : response
    }

    private func answer(_ request: Request, from caller: String) async throws(Problem) -> Response {
        let parts = request.uri.string.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let path = String(parts.first ?? "/")
        let there = routes.filter { $0.path == path }
        guard !there.isEmpty else {
            throw .unknownPath(path.cut, nearest: nearest(to: path, among: routes.map(\.path)))
        }
        let method = request.method == .head ? HTTPRequest.Method.get : request.method
        guard let route = there.first(where: { $0.method == method }) else {
            let allowed = there.flatMap { $0.method == .get ? ["GET", "HEAD"] : [$0.method.rawValue] }
            throw .wrongMethod(request.method.rawValue, path: path, allowed: allowed)
        }
        if route.isUnsafe { try refuseOtherSites(request) }
        let user = try await admit(request, to: route, method)
        if !route.isAnsweredOnStandby, let standby = source.standby { throw .standingBy(standby) }
        let parameters = try Parameters(query: parts.count > 1 ? String(parts[1]) : "", known: route.parameters)
        var call = Route.Call(
            source: try await view(of: user, on: route),
            parameters: parameters,
            headers: request.headers,
            caller: caller,
            user: user,
            gate: gate
        )
        if route.body != nil { call.body = try await body(of: request) }
        return try await route.answer(call)
    }

    /// Who asks, and may; nil when everybody may.
    private func admit(
        _ request: Request,
        to route: Route,
        _ method: HTTPRequest.Method
    ) async throws(Problem) -> ClusterUser? {
        guard let gate, route.access != .open else { return nil }
        let user = try await gate.user(BearerToken.read(request.headers))
        try await gate.check(user, may: method.rawValue.lowercased(), route.path)
        return user
    }

    /// What of the source a user may see.
    private func view(of user: ClusterUser?, on route: Route) async throws(Problem) -> any StatusSource {
        guard let gate, let user, route.access == .namespaces,
            let visible = try await gate.visible({ await source.namespaces() }, to: user)
        else { return source }
        return NamespaceView(base: source, visible: visible)
    }

    private func body(of request: Request) async throws(Problem) -> [UInt8] {
        let limit = NoticeRoute.limitBytes
        do {
            return [UInt8](buffer: try await request.body.collect(upTo: limit))
        } catch is NIOTooManyBytesError {
            throw .bodyTooLong(limitBytes: limit)
        } catch {
            throw .badBody("it did not arrive whole")
        }
    }

    /// A browser says where a page that sends a request comes from; a tool says nothing.
    private func refuseOtherSites(_ request: Request) throws(Problem) {
        let host = request.head.authority ?? ""
        if let origin = request.headers[.origin], origin != "http://\(host)", origin != "https://\(host)" {
            throw .crossOrigin(origin.cut)
        }
        if let site = HTTPField.Name("Sec-Fetch-Site").flatMap({ request.headers[$0] }),
            site != "same-origin", site != "none"
        {
            throw .crossOrigin("another site")
        }
        // A foreign name that resolves to this machine would make another site's page look like our own.
        if isLoopback, !Self.isLoopbackName(host) { throw .foreignHost(host.cut) }
    }

    static func isLoopbackName(_ host: String) -> Bool {
        let name =
            host.hasPrefix("[") ? String(host.prefix { $0 != "]" }.dropFirst()) : String(host.prefix { $0 != ":" })
        return name == "localhost" || name == "::1"
            || (name.hasPrefix("127.") && name.allSatisfy { $0.isASCII && ($0.isNumber || $0 == ".") })
    }

    private static let headers: [(HTTPField.Name, String)] = {
        var headers: [(HTTPField.Name, String)] = [
            (.cacheControl, "no-store"),
            (.xContentTypeOptions, "nosniff"),
            (.contentSecurityPolicy, "default-src 'none'; frame-ancestors 'none'"),
        ]
        if let referrer = HTTPField.Name("Referrer-Policy") { headers.append((referrer, "no-referrer")) }
        return headers
    }()
}
