import HTTPTransport

/// A change that a watch brings.
package enum WatchChange: Sendable, Equatable {
    /// Added or modified.
    case changed(JSON)
    case deleted(JSON)
}

extension KubernetesClient {
    /// One event: the largest object and room around it.
    private static let lineLimitBytes = 8 << 20

    /// Watches a kind until the server ends the watch, as it does every few minutes, or the connection is lost under
    /// way: both are mended by watching on from the version returned.
    /// - Parameters:
    ///   - resource: The kind.
    ///   - namespace: Nil for all.
    ///   - version: The resource version after which changes count.
    ///   - deliver: Takes the changes in order, as many as came at once; objects come without `managedFields`.
    /// - Returns: The version that the watch came to.
    /// - Throws: `KubernetesError`: `expired` when only a fresh list helps; `transport` when the server does not
    ///   take the watch; or what `deliver` throws.
    package func watch(
        _ resource: APIResource,
        namespace: String? = nil,
        from version: String,
        _ deliver: ([WatchChange]) async throws -> Void
    ) async throws -> String {
        let path = resource.path(namespace: namespace)
        let place = "watch of \(path)"
        let query =
            "watch=1&allowWatchBookmarks=true&timeoutSeconds=\(watching.seconds)"
            + "&resourceVersion=\(APIResource.encoded(version))"
        let silence = watching.longestSilence
        let response = try await exchange("GET", "\(path)?\(query)") { request, http throws(HTTPError) in
            var request = request
            request.idleTimeout = silence
            return try await http.stream(request)
        }
        guard response.status == 200 else { throw await Self.refusal(place, response) }

        var version = version
        var lines = LineSplitter(limitBytes: Self.lineLimitBytes)
        var body = response.body.makeAsyncIterator()
        while true {
            let chunk: [UInt8]?
            do {
                chunk = try await body.next()
            } catch let error as HTTPError where error.isTransient {
                return version
            }
            guard let chunk else { return version }
            var changes = [WatchChange]()
            // What came before a line that is no event counts all the same.
            let failure = Self.read(try lines.append(chunk, place), place, into: &changes, &version)
            if !changes.isEmpty { try await deliver(changes) }
            if let failure { throw failure }
        }
    }

    private static func read(
        _ lines: [[UInt8]],
        _ place: String,
        into changes: inout [WatchChange],
        _ version: inout String
    ) -> KubernetesError? {
        for line in lines where !line.isEmpty {
            let event: JSON
            do throws(JSONError) {
                event = try JSON(event: line)
            } catch {
                return .invalidAnswer(request: place, problem: error.description)
            }
            let object = event["object"]
            let type = event["type"].string
            switch type {
            case "ADDED", "MODIFIED": changes.append(.changed(object))
            case "DELETED": changes.append(.deleted(object))
            case "BOOKMARK": break
            case "ERROR":
                return KubernetesError(request: place, code: Int(object["code"].integer ?? 500), status: object)
            default:
                return .invalidAnswer(request: place, problem: "an event of type \(type ?? "none")")
            }
            if let seen = object.at("metadata", "resourceVersion").string { version = seen }
        }
        return nil
    }

    private static func refusal(_ place: String, _ response: HTTPStreamingResponse) async -> KubernetesError {
        var bytes = [UInt8]()
        var body = response.body.makeAsyncIterator()
        while bytes.count < 1 << 20, let chunk = try? await body.next() { bytes += chunk }
        return KubernetesError(request: place, response: HTTPResponse(status: response.status, body: bytes))
    }
}
