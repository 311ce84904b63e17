import Foundation
import HTTPTransport
import Logging
import Model
import Runtime
import Testing

@testable import AWS

@Suite("The interruption queue", .timeLimit(.minutes(1)))
struct InterruptionQueueTests {
    /// A message and what must come of it.
    struct Row: CustomTestStringConvertible, Sendable {
        var name: String
        var body: String
        var kind: QueueTally.Kind
        var instances: [String] = []
        /// Part of the line that is logged once for any number of such messages; nil where nothing is worth one.
        var line: String?

        var testDescription: String { name }
    }

    static let rows = [
        Row(
            name: "interruption",
            body: event("EC2 Spot Instance Interruption Warning", #"{"instance-id":"i-1","instance-action":"stop"}"#),
            kind: .interruption,
            instances: ["i-1"]
        ),
        Row(
            name: "rebalance",
            body: event("EC2 Instance Rebalance Recommendation", #"{"instance-id":"i-1"}"#),
            kind: .rebalance,
            instances: ["i-1"]
        ),
        Row(
            name: "state change",
            body: event("EC2 Instance State-change Notification", #"{"instance-id":"i-1","state":"running"}"#),
            kind: .stateChange,
            instances: ["i-1"]
        ),
        Row(
            name: "a state that nobody knows",
            body: event("EC2 Instance State-change Notification", #"{"instance-id":"i-1","state":"dreaming"}"#),
            kind: .unknown,
            line: "state dreaming"
        ),
        Row(
            name: "maintenance of two",
            body: event(
                "AWS Health Event",
                #"{"service":"EC2","eventTypeCategory":"scheduledChange","eventTypeCode":"C","startTime":"#
                    + #""Sat, 05 Dec 2026 15:10:09 GMT","affectedEntities":[{"entityValue":"i-1"},{"entityValue":"i-2"}]}"#
            ),
            kind: .maintenance,
            instances: ["i-1", "i-2"]
        ),
        Row(
            name: "another service's health",
            body: event("AWS Health Event", #"{"service":"RDS"}"#),
            kind: .ignored
        ),
        Row(
            name: "capacity reservation",
            body: event("EC2 Capacity Reservation Instance Interruption Warning", #"{"instance-id":"i-1"}"#),
            kind: .capacityReservation,
            instances: ["i-1"]
        ),
        Row(name: "fulfilment", body: event("EC2 Spot Instance Request Fulfillment", "{}"), kind: .ignored),
        Row(name: "another event", body: event("EBS Volume Notification", "{}"), kind: .unknown, line: "EBS Volume"),
        Row(
            name: "a subscription to confirm",
            body: #"{"Type":"SubscriptionConfirmation","MessageId":"m","Message":"visit"}"#,
            kind: .unknown,
            line: "SNS SubscriptionConfirmation"
        ),
        Row(name: "no JSON", body: "hello", kind: .malformed, line: "no EventBridge event"),
        Row(name: "nothing", body: "", kind: .malformed, line: "no EventBridge event"),
        Row(
            name: "no instance",
            body: event("EC2 Instance Rebalance Recommendation", "{}"),
            kind: .malformed,
            line: "no usable detail.instance-id"
        ),
        Row(name: "no time", body: event("X", "{}", time: "soon"), kind: .malformed, line: "no usable time"),
        Row(
            name: "too long",
            body: String(repeating: "x", count: 262_145),
            kind: .malformed,
            line: "longer than 262144 bytes"
        ),
        Row(name: "deep", body: String(repeating: "[", count: 100_000), kind: .malformed, line: "no EventBridge"),
    ]

    private static func event(_ type: String, _ detail: String, time: String = "2026-01-02T03:04:05Z") -> String {
        #"{"id":"e","detail-type":"\#(type)","time":"\#(time)","detail":\#(detail)}"#
    }

    @Test("each message is counted as what it is, told at most once, and deleted", arguments: rows)
    func kinds(_ row: Row) async throws {
        let server = FakeQueue()
        let lines = Lines()
        let queue = server.queue(lines)
        server.put([row.body, row.body])
        var messages = try await queue.receive()
        #expect(messages.map { $0.notices.map(\.instance.value) } == [row.instances, row.instances])
        try await queue.acknowledge(messages.map(\.receipt))
        server.put([row.body])
        messages = try await queue.receive()
        try await queue.acknowledge(messages.map(\.receipt))
        let tally = queue.tally()
        #expect(tally.received == [row.kind: 3])
        #expect(tally.deleted == 3)
        #expect(server.waiting == 0)
        #expect(lines.all.count == (row.line == nil ? 0 : 1))
        if let line = row.line { #expect(lines.all.first?.contains(line) == true, "\(lines.all)") }
    }

    @Test("a message that is broken beyond reading keeps back none of the nine beside it")
    func odd() async throws {
        let server = FakeQueue()
        let queue = server.queue(Lines())
        let good = Self.rows[0].body
        server.put([good, good])
        server.spoil = { #"{"Messages":[7,{"ReceiptHandle":"r"},{"Body":"lost"},\#($0.dropFirst(13))"# }
        let messages = try await queue.receive()
        #expect(messages.map(\.notices.count) == [0, 1, 1])
        #expect(messages.first?.receipt == "r")
    }

    @Test("it waits twenty seconds for ten messages, and has them hidden no longer than a notice can spare")
    func longPoll() async throws {
        let server = FakeQueue()
        _ = try await server.queue(Lines()).receive()
        let request = try #require(server.requests.last { $0.contains("WaitTimeSeconds") })
        #expect(
            request.replacing("\\/", with: "/")
                == #"{"MaxNumberOfMessages":10,"QueueUrl":"http://q/notices","VisibilityTimeout":10,"WaitTimeSeconds":20}"#
        )
    }

    @Test("a queue that is gone is looked for anew, and failures are counted")
    func gone() async throws {
        let server = FakeQueue()
        let queue = server.queue(Lines())
        try await queue.check()
        server.refuses = "QueueDoesNotExist"
        let error = await #expect(throws: AWSError.self) { try await queue.receive() }
        #expect(error?.kind == .gone)
        await #expect(throws: AWSError.self) { try await queue.acknowledge(["a"]) }
        server.refuses = nil
        server.put([Self.rows[1].body])
        #expect(try await queue.receive().count == 1)
        #expect(queue.tally().failedReads == 1)
        #expect(queue.tally().undeleted == 0)
        #expect(server.requests.count { $0.contains("QueueName") } == 3)
    }

    @Test("what the queue does not delete is counted, and the error comes back")
    func undeleted() async throws {
        let server = FakeQueue()
        let queue = server.queue(Lines())
        try await queue.check()
        server.refuses = "AccessDeniedException"
        let error = await #expect(throws: AWSError.self) { try await queue.acknowledge((0..<12).map { "r\($0)" }) }
        #expect(error?.kind == .denied)
        #expect(queue.tally().undeleted == 12)
        #expect(queue.tally().deleted == 0)
    }

    @Test("no more than a hundred kinds are told apart in the log")
    func flood() async throws {
        let server = FakeQueue()
        let lines = Lines()
        let queue = server.queue(lines)
        for start in stride(from: 0, to: 300, by: 10) {
            server.put((start..<start + 10).map { Self.event("Kind \($0)", "{}") })
            try await queue.acknowledge(queue.receive().map(\.receipt))
        }
        #expect(lines.all.count == 100)
        #expect(queue.tally().received == [.unknown: 300])
    }
}

/// SQS with one queue, behind a client's transport.
private final class FakeQueue: Sendable {
    private struct State {
        var messages: [String: String] = [:]
        var next = 0
        var requests: [String] = []
        var refuses: String?
        var spoil: (@Sendable (String) -> String)?
    }

    private let state = Locked(State())

    var waiting: Int { state.withLock { $0.messages.count } }
    var requests: [String] { state.withLock { $0.requests } }
    var refuses: String? {
        get { state.withLock { $0.refuses } }
        set { state.withLock { $0.refuses = newValue } }
    }
    var spoil: (@Sendable (String) -> String)? {
        get { state.withLock { $0.spoil } }
        set { state.withLock { $0.spoil = newValue } }
    }

    func put(_ bodies: [String]) {
        state.withLock { state in
            for body in bodies {
                state.messages["r\(state.next)"] = body
                state.next += 1
            }
        }
    }

    func queue(_ lines: Lines) -> InterruptionQueue {
        let client = AWSClient(
            configuration: AWSConfiguration(region: "us-east-1"),
            credentials: StaticCredentials(Credentials(accessKeyID: "AKID", secretAccessKey: Secret("secret"))),
            retry: RetryPolicy(maximumAttempts: 1),
            transport: { request, _ throws(HTTPError) in self.answer(request) }
        )
        return InterruptionQueue(client: client, name: "notices", logger: lines.logger)
    }

    private struct Delete: Decodable {
        struct Entry: Decodable {
            var Id: String
            var ReceiptHandle: String
        }

        var Entries: [Entry]
    }

    private func answer(_ request: HTTPRequest) -> HTTPResponse {
        let body = String(decoding: request.body, as: UTF8.self)
        return state.withLock { state in
            state.requests.append(body)
            if let code = state.refuses {
                return HTTPResponse(status: 400, body: Array(#"{"__type":"\#(code)","message":"no"}"#.utf8))
            }
            let target = request.headers["X-Amz-Target"] ?? ""
            var text = "{}"
            switch target {
            case "AmazonSQS.GetQueueUrl": text = #"{"QueueUrl":"http://q/notices"}"#
            case "AmazonSQS.ReceiveMessage":
                let messages = state.messages.sorted { $0.key < $1.key }.prefix(10).map {
                    ["MessageId": "m-\($0.key)", "ReceiptHandle": $0.key, "Body": $0.value]
                }
                let data = (try? JSONEncoder().encode(["Messages": messages])) ?? Data()
                text = String(decoding: data, as: UTF8.self)
                if let spoil = state.spoil { text = spoil(text) }
            default:
                let entries = (try? JSONDecoder().decode(Delete.self, from: Data(request.body)))?.Entries ?? []
                for entry in entries { state.messages[entry.ReceiptHandle] = nil }
            }
            return HTTPResponse(status: 200, body: Array(text.utf8))
        }
    }
}

/// What was logged.
private final class Lines: Sendable {
    private let kept = Locked<[String]>([])

    var all: [String] { kept.withLock { $0 } }

    var logger: Logger { Logger(label: "queue") { _ in Handler(lines: self) } }

    private struct Handler: LogHandler {
        let lines: Lines
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.info

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) { lines.kept.withLock { $0.append("\(event.message)") } }
    }
}
