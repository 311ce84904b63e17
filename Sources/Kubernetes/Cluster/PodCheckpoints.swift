import HTTPTransport
package import Model
import Runtime

/// Asks pods to save by a POST to their own address. Nothing that a pod answers is trusted: no redirect is followed, no
/// proxy used, and the answer is read to a limit.
package struct PodCheckpoints: CheckpointRequester {
    /// Enough for a step and a URI.
    private static let longestAnswerBytes = 16 * 1024
    private static let longestURIBytes = 1024
    /// A pod that hangs must not hold a connection longer than any notice runs.
    private static let longestWait: Duration = .seconds(600)
    /// Nothing waits for a regular save, and a large one takes long.
    private static let longestRegularWait: Duration = .seconds(1800)

    private let http: HTTPClient

    package init() {
        // A pod's certificate names no address that anybody could check: as with the kubelet's own probes, TLS keeps
        // others from listening, and nothing secret is sent.
        http = HTTPClient(
            configuration: HTTPClientConfiguration(
                tls: TLSOptions(verifiesPeer: false),
                connectTimeout: .seconds(5)
            )
        )
    }

    package func ask(_ request: CheckpointRequest, at now: Timestamp) async -> CheckpointAnswer {
        let left = min(request.deadline - now, request.isRegular ? Self.longestRegularWait : Self.longestWait)
        let limit = min(request.timeoutSeconds.map { .seconds($0) } ?? left, left)
        guard limit > .zero else { return .failed(reason: "no time is left to ask") }
        let body: JSON = [
            "workload": .string("\(request.workload)"), "attempt": JSON(request.attempt),
            "deadline": .string(request.deadline.description), "regular": .bool(request.isRegular),
        ]
        let post = HTTPRequest(
            method: "POST",
            url: request.url,
            headers: ["Content-Type": "application/json", "Accept": "application/json"],
            body: body.bytes(),
            timeout: limit,
            followRedirects: false,
            usesEnvironmentProxy: false
        )
        do throws(HTTPError) {
            return Self.answer(try await http.send(post, maximumBodyBytes: Self.longestAnswerBytes))
        } catch {
            return .failed(reason: "\(error)")
        }
    }

    static func answer(_ response: HTTPResponse) -> CheckpointAnswer {
        if (300..<400).contains(response.status) {
            return .failed(reason: "it answers \(response.status), and redirects are not followed")
        }
        guard response.isSuccess else { return .failed(reason: "it answers \(response.status)") }
        var receipt = CheckpointReceipt()
        guard !response.body.allSatisfy({ $0 == 0x20 || (0x09...0x0D).contains($0) }) else {
            return .acknowledged(receipt)
        }
        guard let json = try? JSON(parsing: response.body, limits: JSON.Limits(bytes: longestAnswerBytes)),
            case .object = json
        else { return .failed(reason: "its answer is no JSON object such as {\"step\": 100, \"uri\": \"s3://...\"}") }
        if !json["step"].isNull {
            guard let step = json["step"].integer, step >= 0 else {
                return .failed(reason: "the step that it answers is no whole number")
            }
            receipt.step = step
        }
        if !json["uri"].isNull {
            guard let uri = json["uri"].string, uri.utf8.count <= longestURIBytes,
                uri.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control })
            else { return .failed(reason: "the uri that it answers is no text of one line") }
            receipt.uri = uri
        }
        return .acknowledged(receipt)
    }
}
