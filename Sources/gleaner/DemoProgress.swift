import Foundation
import HTTPTransport
import Model
import Simulation

/// Follows a demo to its end, and says on the way how far it is.
struct DemoProgress {
    var api: ServiceAPI
    var statusURL: String
    var http: HTTPClient
    var children: ChildProcesses

    /// How long the books may take to learn of the last end, in wall time.
    private static let patience: Duration = .seconds(30)

    /// - Returns: the world's last word, and the service's costs once they are certain and equal, or time is up.
    func untilDone(deadline: ContinuousClock.Instant) async throws -> (WorldStatus, ServiceAPI.Costs) {
        let isTerminal = isatty(STDERR_FILENO) == 1
        var line = 0
        while true {
            try children.check()
            let status = try await status()
            if !status.refusals.isEmpty {
                throw CommandFailure("the cluster refused: \(status.refusals.joined(separator: "; "))")
            }
            if isTerminal || line % 5 == 0 { await say(status, isTerminal: isTerminal) }
            line += 1
            if status.isDone {
                if isTerminal { Console.say("") }
                return try await settled(status)
            }
            guard ContinuousClock.now < deadline else {
                let left = status.workloads.filter { !$0.completed }.map(\.name).joined(separator: ", ")
                throw CommandFailure("not done in time; still open: \(left); \(status.liveInstances) instances live")
            }
            try await Task.sleep(for: .milliseconds(isTerminal ? 500 : 1000))
        }
    }

    private func status() async throws -> WorldStatus {
        let request = HTTPRequest(url: statusURL, timeout: .seconds(20))
        let response = try await http.send(request, maximumBodyBytes: 16 << 20)
        return try JSONDecoder().decode(WorldStatus.self, from: Data(response.body))
    }

    private func say(_ status: WorldStatus, isTerminal: Bool) async {
        let passed = (status.now - status.startedAt).components.seconds
        let done = status.workloads.count { $0.completed }
        var text = "day \(passed / 86_400 + 1) \(status.now.description.dropFirst(11).prefix(5))"
        text += "  \(done)/\(status.workloads.count) done  \(status.liveInstances) instances"
        text += "  \(status.interruptions) interruptions"
        if let costs = try? await api.costs() {
            text += "  cost \(costs.total.totalCost.formatted())"
            text += " (on-demand \(costs.total.onDemandEquivalentCost.formatted()))"
        }
        if isTerminal {
            FileHandle.standardError.write(Data("\r\u{1B}[2K\(text)".utf8))
        } else {
            Console.say(text)
        }
    }

    private func settled(_ status: WorldStatus) async throws -> (WorldStatus, ServiceAPI.Costs) {
        let deadline = ContinuousClock.now + Self.patience
        while true {
            let costs = try await api.costs()
            let certain = !costs.isEstimated && costs.total.totalCost.formatted() == status.meterCost.formatted()
            if certain || ContinuousClock.now > deadline { return (try await self.status(), costs) }
            try await Task.sleep(for: .milliseconds(200))
        }
    }
}
