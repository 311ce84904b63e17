import AWS
import Foundation
import HTTPTransport
import Testing

@Suite("SigV4")
struct SigV4Tests {
    struct Vector: Decodable {
        var method: String
        var url: String
        var headers: [String: String]
        var body: String
        var service: String
        var region: String
        var accessKeyId: String
        var secretAccessKey: String
        var sessionToken: String?
        var time: String
        var signedHeaders: [String: String]

        var credentials: Credentials {
            Credentials(
                accessKeyID: accessKeyId,
                secretAccessKey: Secret(secretAccessKey),
                sessionToken: sessionToken.map(Secret.init)
            )
        }
    }

    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    static let own = folder.appendingPathComponent("Fixtures/sigv4.json")
    /// Vectors kept beside the repository, where there are any.
    static let shared = folder.appendingPathComponent("../../../shared/vectors/sigv4.json").standardizedFileURL

    static func vectors(_ file: URL) throws -> [Vector] {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode([Vector].self, from: Data(contentsOf: file))
    }

    private func signed(_ vector: Vector) throws -> HTTPHeaders {
        let request = HTTPRequest(
            method: vector.method,
            url: vector.url,
            headers: HTTPHeaders(vector.headers.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }),
            body: Array(vector.body.utf8)
        )
        return try SigV4.sign(
            request,
            credentials: vector.credentials,
            region: vector.region,
            service: vector.service,
            atMilliseconds: try #require(AWSTime.parse(vector.time))
        )
    }

    private func check(_ file: URL, count: Int) throws {
        let vectors = try Self.vectors(file)
        #expect(vectors.count == count)
        for vector in vectors {
            let headers = try signed(vector)
            let pairs = Dictionary(headers.fields.map { ($0.name, $0.value) }) { first, _ in first }
            #expect(pairs == vector.signedHeaders, "\(vector.method) \(vector.url)")
        }
    }

    @Test("botocore's own signatures, byte for byte")
    func ownVectors() throws {
        try check(Self.own, count: 12)
    }

    @Test(
        "150 signatures kept beside the repository, byte for byte",
        .enabled(if: FileManager.default.fileExists(atPath: shared.path), "../shared/vectors/sigv4.json is not there")
    )
    func sharedVectors() throws {
        try check(Self.shared, count: 150)
    }

    // MARK: Verifying

    private static let now: Int64 = 1_780_000_000_000

    private func received(
        atMilliseconds milliseconds: Int64 = now,
        headers: HTTPHeaders = ["X-Amz-Target": "AmazonSQS.ReceiveMessage"]
    ) throws -> SigV4.ReceivedRequest {
        let request = HTTPRequest(
            method: "POST",
            url: "http://127.0.0.1:8000/a//b/../%20?z=1&a=%2F",
            headers: headers,
            body: Array("{}".utf8)
        )
        var signed = try SigV4.sign(
            request,
            credentials: Credentials(accessKeyID: "AKID", secretAccessKey: Secret("secret"), sessionToken: Secret("t")),
            region: "us-east-1",
            service: "sqs",
            atMilliseconds: milliseconds
        )
        signed.add("Host", "127.0.0.1:8000")
        signed.add("User-Agent", "anything")
        return SigV4.ReceivedRequest(
            method: "POST",
            target: "/a//b/../%20?z=1&a=%2F",
            headers: signed,
            body: request.body
        )
    }

    private func verify(_ request: SigV4.ReceivedRequest) throws(SigV4.Refusal) -> SigV4.Signer {
        try SigV4.verify(request, atMilliseconds: Self.now) { $0 == "AKID" ? "secret" : nil }
    }

    @Test("what was signed right is accepted, within five minutes either way")
    func accepted() throws {
        for minutes in [-5, 0, 5] as [Int64] {
            let signer = try verify(try received(atMilliseconds: Self.now + minutes * 60_000))
            #expect(signer.accessKeyID == "AKID")
            #expect(signer.region == "us-east-1")
            #expect(signer.service == "sqs")
        }
    }

    @Test("any change after signing is refused")
    func changed() throws {
        let changes: [(inout SigV4.ReceivedRequest) -> Void] = [
            { $0.method = "GET" },
            { $0.target = "/a//b/../%20?z=2&a=%2F" },
            { $0.target = "/b?z=1&a=%2F" },
            { $0.body = [] },
            { $0.headers["Host"] = "127.0.0.1:8001" },
            { $0.headers["X-Amz-Target"] = "AmazonSQS.DeleteMessage" },
            { $0.headers["X-Amz-Security-Token"] = "u" },
        ]
        for (index, change) in changes.enumerated() {
            var request = try received()
            change(&request)
            #expect(throws: SigV4.Refusal.wrongSignature, "change \(index)") { try verify(request) }
        }
    }

    @Test("an unknown key, a stale date, a missing or broken header each have their own refusal")
    func refused() throws {
        var request = try received()
        #expect(throws: SigV4.Refusal.unknownKey("AKID")) {
            try SigV4.verify(request, atMilliseconds: Self.now) { _ in nil }
        }
        #expect(throws: SigV4.Refusal.skewed(seconds: 301)) {
            try verify(try received(atMilliseconds: Self.now - 301_000))
        }
        request.headers["X-Amz-Unsigned"] = "1"
        #expect(throws: SigV4.Refusal.self) { try verify(request) }
        request.headers["Authorization"] = "AWS4-HMAC-SHA256 Credential=a/b"
        #expect(throws: SigV4.Refusal.self) { try verify(request) }
        request.headers["Authorization"] = nil
        #expect(throws: SigV4.Refusal.missing) { try verify(request) }
        #expect(SigV4.Refusal.wrongSignature.code == "SignatureDoesNotMatch")
    }
}
