import Foundation
import Hummingbird
import Model
import NIOCore
import Runtime

/// `POST /api/v1/notices`: what agents on the nodes report.
enum NoticeRoute {
    /// An agent gives up after fifteen seconds, and comes again.
    private static let commitTimeout: Duration = .seconds(8)
    private static let noticeLimit = 50
    static let limitBytes = 64 << 10

    static let route = Route(
        method: .post,
        path: "/api/v1/notices",
        summary: "Takes what the agent on a node reports of its instance; answered once it is in the journal",
        body: "NoticeReport",
        content: .json(schema: "NoticeReceipt"),
        otherStatuses: [413: "The body is too long"],
        access: .agent
    ) { call throws(Problem) in
        guard let gate = call.gate, let user = call.user else { throw .needsAuthentication }
        let report = try read(call.body)
        let node = try await gate.node(of: user)
        guard node.instance == report.instance else {
            throw .anotherNode(node: node.node.cut, instance: node.instance, claimed: report.instance.cut)
        }
        var notices: [Notice] = []
        for item in report.notices {
            notices.append(try notice(item, of: InstanceID(report.instance), now: call.source.now))
        }
        for notice in notices {
            guard await isTaken(notice, by: call.source) else { throw .notRecorded }
        }
        return .json(NoticeReceipt(accepted: notices.count))
    }

    private static func read(_ body: [UInt8]) throws(Problem) -> NoticeReport {
        let report: NoticeReport
        do {
            report = try JSONDecoder().decode(NoticeReport.self, from: Data(body))
        } catch {
            throw .badBody("it is no JSON object with an \"instance\" and \"notices\"")
        }
        guard !report.instance.isEmpty, report.instance.utf8.count <= 64 else {
            throw .badBody("\"instance\" is no instance id")
        }
        guard report.notices.count <= noticeLimit else {
            throw .badBody("it holds more than \(noticeLimit) notices")
        }
        return report
    }

    /// The same announcement always makes the same id, so that it acts once. What an agent says can cost a checkpoint at
    /// most, and times that a clock on the node got wrong are cut to what is possible.
    private static func notice(_ item: NoticeReport.Item, of instance: InstanceID, now: Timestamp) throws(Problem)
        -> Notice
    {
        let time = try time(item.time, "time")
        switch item.kind {
        case .interruption:
            let announced = min(now, max(now - Notice.interruptionLead, time - Notice.interruptionLead))
            return Notice(id: "agent/\(instance)/interruption", kind: .interruption, instance: instance, at: announced)
        case .rebalance:
            return Notice(id: "agent/\(instance)/rebalance", kind: .rebalance, instance: instance, at: min(now, time))
        case .maintenance:
            let event = try word(item.event, "event")
            let maintenance = Maintenance(
                id: event,
                code: try word(item.action, "action"),
                notBefore: time,
                notAfter: try item.until.map { text throws(Problem) in try Self.time(text, "until") }
            )
            return Notice(
                id: "agent/\(instance)/\(event)/\(time)",
                kind: .maintenance(maintenance),
                instance: instance,
                at: now
            )
        }
    }

    private static func time(_ text: String, _ field: String) throws(Problem) -> Timestamp {
        guard let time = Timestamp(rfc3339: text) else { throw .badBody("\"\(field)\" is no RFC 3339 time") }
        return time
    }

    private static func word(_ text: String?, _ field: String) throws(Problem) -> String {
        guard let text, (1...80).contains(text.utf8.count),
            text.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "\"") })
        else { throw .badBody("\"\(field)\" of maintenance must be a word of at most 80 characters") }
        return text
    }

    private static func isTaken(_ notice: Notice, by source: any StatusSource) async -> Bool {
        await withTaskGroup(of: Bool.self) { group in
            group.addTask { await source.take(notice) }
            group.addTask {
                try? await Task.sleep(for: commitTimeout)
                return false
            }
            defer { group.cancelAll() }
            return await group.next() ?? false
        }
    }
}

/// The answer to a report.
struct NoticeReceipt: Encodable {
    /// So many notices are in the journal, or said nothing new.
    var accepted: Int
}
