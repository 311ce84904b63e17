import HTTPTypes
import Hummingbird
import Kubernetes
import NIOCore

/// Answers each request: who asks, what is meant, then the store.
struct APIHandler<Front: ClusterFront>: Sendable {
    let front: Front
    let token: String?
    let allowsAnonymous: Bool
    let requestLimit: Int

    func respond(to request: Request) async -> Response {
        do {
            return try await answer(request)
        } catch let error as APIError {
            return Self.failure(error)
        } catch {
            return Self.failure(.internalError("\(error)"))
        }
    }

    private func answer(_ request: Request) async throws -> Response {
        let api = try APIRequest(path: request.uri.path, query: request.uri.query ?? "")
        if case .path(let path) = api.target, path.count == 1, ["healthz", "livez", "readyz"].contains(path[0]) {
            return Self.response(.ok, Array("ok".utf8), type: "text/plain")
        }
        try authenticate(request)
        switch api.target {
        case .path(let path):
            guard request.method == .get else {
                throw APIError.methodNotAllowed("the server does not allow this method on the requested resource")
            }
            if path == ["openapi", "v2"], accept(request).contains("proto-openapi.spec.v2@v1.0+protobuf") {
                // The name that clients ask for is no media type by RFC 2045; servers answer with a dot for its "@".
                return Self.response(
                    .ok,
                    Discovery.openAPIProtobuf,
                    type: "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"
                )
            }
            guard let document = Discovery.document(path) else { throw APIError.unknownPath(request.uri.path) }
            return Self.response(.ok, document)
        case .resource(let resource):
            return try await answer(request, api, resource)
        }
    }

    /// No token is fine when the server says so; a wrong one never is.
    private func authenticate(_ request: Request) throws(APIError) {
        guard let token else { return }
        guard let header = request.headers[.authorization] else {
            guard allowsAnonymous else { throw .unauthorized }
            return
        }
        let scheme = "Bearer "
        guard header.lowercased().hasPrefix(scheme.lowercased()) else { throw .unauthorized }
        let offered = Array(header.utf8.dropFirst(scheme.utf8.count))
        let expected = Array(token.utf8)
        // Every byte is compared, so that the time taken tells nothing about the token.
        var difference = offered.count ^ expected.count
        for (index, byte) in offered.enumerated() where !expected.isEmpty {
            difference |= Int(byte ^ expected[index % expected.count])
        }
        guard difference == 0 else { throw .unauthorized }
    }

    private func answer(
        _ request: Request,
        _ api: APIRequest,
        _ resource: APIRequest.Resource
    ) async throws -> Response {
        let operations = ResourceOperations(front: front, api: api, resource: resource)
        switch (request.method, resource.name, resource.subresource) {
        case (.get, nil, _) where api.isSet("watch"):
            let watch = try WatchStream(
                front: front,
                api: api,
                resource: resource,
                table: table(request, api, resource)
            )
            return Response(
                status: .ok,
                headers: [.contentType: "application/json"],
                body: ResponseBody { writer in try await watch.run(request: request, writer: &writer) }
            )
        case (.get, nil, _): return Self.response(.ok, try await operations.list(table(request, api, resource)))
        case (.post, nil, _): return Self.response(.created, try await operations.create(try await json(request)))
        case (.delete, nil, _):
            return Self.response(.ok, try await operations.deleteAll(try await json(request, isOptional: true)))
        case (.get, let name?, nil), (.get, let name?, "status"):
            return Self.response(.ok, try await operations.get(name, table(request, api, resource)))
        case (.put, let name?, nil), (.put, let name?, "status"):
            return Self.response(.ok, try await operations.update(name, try await json(request)))
        case (.patch, let name?, nil), (.patch, let name?, "status"):
            let body = try await json(request)
            return Self.response(.ok, try await operations.patch(name, body, type: contentType(request)))
        case (.delete, let name?, nil):
            return Self.response(.ok, try await operations.delete(name, try await json(request, isOptional: true)))
        case (.post, let name?, "eviction") where resource.kind == .pods:
            return Self.response(.created, try await operations.evict(name, try await json(request)))
        case (.post, let name?, "binding") where resource.kind == .pods:
            return Self.response(.created, try await operations.bind(name, try await json(request)))
        case (_, _, let subresource?) where subresource != "status":
            throw APIError.unknownPath(request.uri.path)
        default: throw APIError.methodNotAllowed("the server does not allow this method on the requested resource")
        }
    }

    // MARK: Reading the request

    private func accept(_ request: Request) -> String { request.headers[.accept] ?? "" }

    private func contentType(_ request: Request) -> String {
        let type = request.headers[.contentType] ?? "application/json"
        return String(type.prefix { $0 != ";" }).trimmed.lowercased()
    }

    /// The table a client asks for before it would take plain JSON.
    private func table(_ request: Request, _ api: APIRequest, _ resource: APIRequest.Resource) -> Table? {
        for choice in accept(request).split(separator: ",") {
            let parts = choice.split(separator: ";").map(\.trimmed)
            guard parts.first == "application/json" else { continue }
            guard parts.contains("as=Table"), parts.contains("g=meta.k8s.io") else { return nil }
            guard parts.contains("v=v1") || parts.contains("v=v1beta1") else { continue }
            return Table(resource, include: api["includeObject"].flatMap(Table.Include.init) ?? .metadata)
        }
        return nil
    }

    private func json(_ request: Request, isOptional: Bool = false) async throws -> JSON {
        let buffer: ByteBuffer
        do {
            buffer = try await request.body.collect(upTo: requestLimit)
        } catch is NIOTooManyBytesError {
            throw APIError.requestTooLarge(limit: requestLimit)
        }
        if buffer.readableBytes == 0, isOptional { return .null }
        let types = [
            "application/json", "application/merge-patch+json", "application/json-patch+json",
            "application/strategic-merge-patch+json",
        ]
        guard types.contains(contentType(request)) else {
            throw APIError.unsupportedMediaType(
                "the body of the request was in an unknown format - accepted media types include: "
                    + types.joined(separator: ", ")
            )
        }
        do {
            return try JSON(parsing: Array(buffer.readableBytesView), limits: .init(bytes: requestLimit))
        } catch {
            throw APIError.badRequest("the object provided is unrecognized: \(error)")
        }
    }

    // MARK: Writing the response

    private static func response(_ status: HTTPResponse.Status, _ json: JSON) -> Response {
        response(status, json.bytes(), type: "application/json")
    }

    private static func response(_ status: HTTPResponse.Status, _ bytes: [UInt8], type: String) -> Response {
        Response(
            status: status,
            headers: [.contentType: type],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes))
        )
    }

    private static func failure(_ error: APIError) -> Response {
        var response = response(HTTPResponse.Status(code: error.code), error.status)
        if case .disruptionBudget(_, let retryAfterSeconds) = error {
            response.headers[.retryAfter] = String(retryAfterSeconds)
        }
        return response
    }
}
