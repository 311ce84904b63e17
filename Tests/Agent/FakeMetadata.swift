import Foundation

/// An instance metadata service that asks for session tokens and announces what a test says.
final class FakeMetadata: @unchecked Sendable {
    private let lock = NSLock()
    private var documents: [String: String] = ["meta-data/instance-id": "i-1"]
    private var token = 1
    private var issued = 0
    private var asked: [String] = []

    var tokensIssued: Int { lock.withLock { issued } }
    var requests: [String] { lock.withLock { asked } }

    func announce(_ path: String, _ body: String?) { lock.withLock { documents["meta-data/\(path)"] = body } }

    func interrupt(_ action: String = "terminate", at time: String) {
        announce("spot/instance-action", "{\"action\":\"\(action)\",\"time\":\"\(time)\"}")
    }

    func recommendRebalance(at time: String) {
        announce("events/recommendations/rebalance", "{\"noticeTime\":\"\(time)\"}")
    }

    /// Every token that was given out is good no more.
    func forgetTokens() { lock.withLock { token += 1 } }

    func reply(_ request: LoopbackServer.Request) -> LoopbackServer.Reply {
        lock.withLock {
            asked.append(request.path)
            if request.method == "PUT", request.path == "/latest/api/token" {
                guard request.headers["x-aws-ec2-metadata-token-ttl-seconds"] == "21600" else {
                    return LoopbackServer.Reply(status: 400)
                }
                issued += 1
                return LoopbackServer.Reply(status: 200, body: "token-\(token)")
            }
            guard request.headers["x-aws-ec2-metadata-token"] == "token-\(token)" else {
                return LoopbackServer.Reply(status: 401)
            }
            guard let body = documents[String(request.path.dropFirst("/latest/".count))] else {
                return LoopbackServer.Reply(status: 404, body: "<html>not found</html>")
            }
            return LoopbackServer.Reply(status: 200, body: body)
        }
    }
}
