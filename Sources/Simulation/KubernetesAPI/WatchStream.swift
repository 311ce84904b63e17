import Hummingbird
import Kubernetes
import NIOCore
import ServiceLifecycle

/// One watch: what is there, then each change, until its time is over or the client has gone.
struct WatchStream<Front: ClusterFront>: Sendable {
    /// How long a watch lasts that asks for no time; the true server takes 30 to 60 minutes.
    private static var defaultTimeoutSeconds: Int64 { 1800 }
    /// After so many other changes, or so much silence, a bookmark keeps the client's version from growing too old.
    private static var changesBetweenBookmarks: Int64 { 500 }
    private static var silenceBetweenBookmarks: Duration { .seconds(10) }

    private let front: Front
    private let resource: APIRequest.Resource
    private let selection: Selection
    private let table: Table?
    private let wantsBookmarks: Bool
    private let wantsInitialEvents: Bool
    /// None to begin with what is there.
    private let startVersion: Int64?
    private let timeout: Duration

    init(front: Front, api: APIRequest, resource: APIRequest.Resource, table: Table?) throws(APIError) {
        self.front = front
        self.resource = resource
        self.table = table
        selection = try ResourceOperations<Front>.selection(api, resource)
        wantsBookmarks = api.isSet("allowWatchBookmarks")
        wantsInitialEvents = api.isSet("sendInitialEvents")
        let version = api["resourceVersion"] ?? ""
        if version.isEmpty || version == "0" || wantsInitialEvents {
            startVersion = nil
        } else {
            guard let number = Int64(version), number > 0 else {
                throw .badRequest("resourceVersion: Invalid value: \"\(version)\"")
            }
            startVersion = number
        }
        let seconds = api["timeoutSeconds"].flatMap { Int64($0) } ?? Self.defaultTimeoutSeconds
        timeout = .seconds(max(1, min(seconds, 86_400)))
    }

    /// Writes events until the watch's time is over, the client has gone, or the server stops.
    @concurrent
    func run(request: Request, writer: inout any ResponseBodyWriter) async throws {
        // Subscribed before the first look, so that nothing falls between the two.
        let signals = await front.changeSignals()
        let (wakes, wake) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        wake.yield()
        try await withGracefulShutdownHandler {
            try await request.body.consumeWithInboundCloseHandler { _ in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask {
                        for await _ in signals { wake.yield() }
                        wake.finish()
                    }
                    group.addTask {
                        let deadline = ContinuousClock.now + timeout
                        while ContinuousClock.now < deadline {
                            try await Task.sleep(for: .seconds(1))
                            wake.yield()
                        }
                        wake.finish()
                    }
                    try await follow(wakes, &writer)
                    group.cancelAll()
                }
            } onInboundClosed: {
                wake.finish()
            }
        } onGracefulShutdown: {
            wake.finish()
        }
        try await writer.finish(nil)
    }

    @concurrent
    private func follow(_ wakes: AsyncStream<Void>, _ writer: inout any ResponseBodyWriter) async throws {
        var version: Int64
        if let startVersion { version = startVersion } else { version = try await writePresent(&writer) }
        var bookmarked = version
        var lastWrite = ContinuousClock.now
        for await _ in wakes {
            let since = version
            let events: [WatchEvent]
            let now: Int64
            do {
                (events, version, now) = try await front.withStore { [resource, selection] store, now in
                    (try store.watchEvents(resource.kind, selection, since: since), store.resourceVersion, now)
                }
            } catch let error as APIError {
                // Too late to answer with a status code: the error is the stream's last event.
                try await writer.write(Self.line("ERROR", error.status))
                return
            }
            if !events.isEmpty {
                var buffer = ByteBuffer()
                for event in events { buffer.writeImmutableBuffer(line(event.type.rawValue, event.object, now: now)) }
                try await writer.write(buffer)
                bookmarked = version
                lastWrite = .now
            }
            let isDue =
                version - bookmarked >= Self.changesBetweenBookmarks
                || (version > bookmarked && ContinuousClock.now - lastWrite >= Self.silenceBetweenBookmarks)
            if wantsBookmarks, isDue {
                try await writer.write(bookmark(version, now: now))
                bookmarked = version
                lastWrite = .now
            }
        }
    }

    /// Tells what is there as added, and ends it with a bookmark where the client asked for one.
    @concurrent
    private func writePresent(_ writer: inout any ResponseBodyWriter) async throws -> Int64 {
        let (objects, version, now) = try await front.withStore { [resource, selection] store, now in
            (store.objects(resource.kind, selection), store.resourceVersion, now)
        }
        var buffer = ByteBuffer()
        for object in objects { buffer.writeImmutableBuffer(line("ADDED", object, now: now)) }
        if wantsInitialEvents, wantsBookmarks {
            let end: JSON = ["k8s.io/initial-events-end": "true"]
            buffer.writeImmutableBuffer(bookmark(version, annotations: end, now: now))
        }
        if buffer.readableBytes > 0 { try await writer.write(buffer) }
        return version
    }

    private func line(_ type: String, _ object: JSON, now: Int64) -> ByteBuffer {
        guard let table else { return Self.line(type, Representation.outgoing(object, resource)) }
        let metadata: JSON = ["resourceVersion": object["metadata"]["resourceVersion"]]
        return Self.line(type, table.rendered([object], metadata: metadata, now: now))
    }

    private func bookmark(_ version: Int64, annotations: JSON = .null, now: Int64) -> ByteBuffer {
        var metadata: JSON = ["resourceVersion": .string(String(version))]
        metadata["annotations"] = annotations
        if let table { return Self.line("BOOKMARK", table.rendered([], metadata: metadata, now: now)) }
        return Self.line(
            "BOOKMARK",
            ["kind": .string(resource.kind.kind), "apiVersion": .string(resource.apiVersion), "metadata": metadata]
        )
    }

    private static func line(_ type: String, _ object: JSON) -> ByteBuffer {
        let event: JSON = ["type": .string(type), "object": object]
        return ByteBuffer(bytes: event.bytes() + [UInt8(ascii: "\n")])
    }
}
