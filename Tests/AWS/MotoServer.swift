import Foundation
import HTTPTransport
import Testing

@testable import AWS

/// A moto server of a test's own, started with the Python of `GLEANER_PYTHON`, which knows who may do what.
final class MotoServer: Sendable {
    static let python = ProcessInfo.processInfo.environment["GLEANER_PYTHON"]

    let url: String
    let http = HTTPClient()
    private let process: Process
    /// The server lives until this closes, however the test ends.
    private let input = Pipe()

    init() async throws {
        let process = Process()
        process.executableURL = URL(filePath: try #require(Self.python))
        process.arguments = ["-c", Self.script]
        let output = Pipe()
        process.standardInput = input
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        self.process = process
        // The first line is the port, written once it listens.
        var line = Data()
        while !line.contains(0x0A) {
            let more = output.fileHandleForReading.availableData
            try #require(!more.isEmpty, "moto did not start")
            line += more
        }
        let port = String(decoding: line, as: UTF8.self).prefix { $0 != "\n" }
        url = "http://127.0.0.1:\(port)"
    }

    /// On a free port, which it tells.
    private static let script = """
        from moto.server import ThreadedMotoServer
        server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        server.start()
        print(server.get_host_and_port()[1], flush=True)
        import sys
        sys.stdin.read()
        """

    func stop() async {
        process.terminate()
        await http.shutDown()
    }

    /// From now on every request is checked: its signature, and whether its signer may.
    func enforce() async throws {
        let request = HTTPRequest(method: "POST", url: url + "/moto-api/reset-auth", body: Array("0".utf8))
        try #require(try await http.send(request, maximumBodyBytes: 1 << 20).isSuccess)
    }

    /// A call by a form, to make what the client has no call for.
    func call(_ service: String, _ version: String, _ parameters: [String: String]) async throws {
        var parameters = parameters
        parameters["Version"] = version
        let form = parameters.sorted { $0.key < $1.key }
            .map { "\(PercentEncoding.encode($0.key))=\(PercentEncoding.encode($0.value))" }.joined(separator: "&")
        var request = HTTPRequest(
            method: "POST",
            url: url + "/",
            headers: ["Content-Type": "application/x-www-form-urlencoded"],
            body: Array(form.utf8)
        )
        request.headers = try SigV4.sign(
            request,
            credentials: Credentials(accessKeyID: "AKIDMOTO", secretAccessKey: Secret("moto")),
            region: "us-east-1",
            service: service,
            atMilliseconds: Int64(Date().timeIntervalSince1970 * 1000)
        )
        let response = try await http.send(request, maximumBodyBytes: 1 << 20)
        try #require(response.isSuccess, "\(String(decoding: response.body, as: UTF8.self))")
    }
}
