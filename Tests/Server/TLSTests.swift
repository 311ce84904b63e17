import Foundation
import HTTPTransport
import Testing

@testable import Server

@Suite("HTTPS")
struct TLSTests {
    private static func status(_ request: HTTPRequest, trusting pair: CertificateFolder.Pair) async throws -> Int {
        let tls = TLSOptions(authorities: .file(pair.certificate))
        let client = HTTPClient(configuration: HTTPClientConfiguration(tls: tls))
        return try await client.send(request, maximumBodyBytes: 1000).status
    }

    @Test("answers over TLS to who trusts its certificate, and to nobody else")
    func serves() async throws {
        let folder = try CertificateFolder()
        let own = try folder.make("own")
        let other = try folder.make("other")
        let tls = try TLSFiles(certificate: own.certificate, key: own.key, logger: LiveServer.logger)
        try await LiveServer.serving(SampleSource(), tls: tls) { (server) async throws in
            let request = HTTPRequest(url: "https://127.0.0.1:\(server.port)/livez")
            let status = try await Self.status(request, trusting: own)
            #expect(status == 200)
            await #expect(throws: HTTPError.self) {
                _ = try await Self.status(request, trusting: other)
            }
            let plain = HTTPRequest(url: "http://127.0.0.1:\(server.port)/livez")
            await #expect(throws: HTTPError.self) {
                _ = try await HTTPClient().send(plain, maximumBodyBytes: 1000)
            }
        }
    }

    @Test("takes a certificate that replaces the first, and keeps the first while the new one cannot be used")
    func rotates() async throws {
        let folder = try CertificateFolder()
        let (old, new) = (try folder.make("old"), try folder.make("new"))
        let served = folder.pair("served")
        try folder.copy(old, to: served)
        let tls = try TLSFiles(certificate: served.certificate, key: served.key, logger: LiveServer.logger)
        try await LiveServer.serving(SampleSource(), tls: tls) { (server) async throws in
            let request = HTTPRequest(url: "https://127.0.0.1:\(server.port)/livez")
            #expect(try !tls.reload())
            try folder.write("half a certificate", to: served.certificate)
            #expect(throws: TLSError.self) { try tls.reload() }
            #expect(try await Self.status(request, trusting: old) == 200)
            try folder.copy(new, to: served)
            #expect(try tls.reload())
            #expect(try await Self.status(request, trusting: new) == 200)
            await #expect(throws: HTTPError.self) {
                _ = try await Self.status(request, trusting: old)
            }
        }
    }

    @Test("files that are missing, no PEM, or of two pairs are named")
    func badFiles() throws {
        let folder = try CertificateFolder()
        let (one, two) = (try folder.make("one"), try folder.make("two"))
        func error(_ certificate: String, _ key: String) -> String {
            do {
                _ = try TLSFiles(certificate: certificate, key: key, logger: LiveServer.logger)
                return "none"
            } catch {
                return "\(error)"
            }
        }
        #expect(
            error("/nowhere/tls.crt", one.key) == "/nowhere/tls.crt cannot be used: it cannot be read; it must be PEM"
        )
        #expect(error(one.key, one.key).contains("it holds no certificate"))
        #expect(error(one.certificate, one.certificate).contains("it holds no private key"))
        #expect(error(one.certificate, two.key).contains("do not go together"))
        #expect(error(one.certificate, one.key) == "none")
    }
}

/// Self-signed certificates for 127.0.0.1, made by openssl, that go with the test.
final class CertificateFolder {
    struct Pair {
        var certificate: String
        var key: String
    }

    private let folder = FileManager.default.temporaryDirectory.appending(path: "gleaner-tls-\(UUID().uuidString)")

    init() throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(at: folder)
    }

    func pair(_ name: String) -> Pair {
        Pair(
            certificate: folder.appending(path: "\(name).crt").path(),
            key: folder.appending(path: "\(name).key").path()
        )
    }

    func make(_ name: String) throws -> Pair {
        let pair = pair(name)
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days",
            "2", "-subj", "/CN=\(name)", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost", "-keyout", pair.key,
            "-out", pair.certificate,
        ]
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw CocoaError(.fileWriteUnknown) }
        return pair
    }

    func copy(_ from: Pair, to: Pair) throws {
        try Data(contentsOf: URL(filePath: from.certificate)).write(to: URL(filePath: to.certificate))
        try Data(contentsOf: URL(filePath: from.key)).write(to: URL(filePath: to.key))
    }

    func write(_ text: String, to path: String) throws {
        try Data(text.utf8).write(to: URL(filePath: path))
    }
}
