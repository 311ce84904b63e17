import HTTPTransport
import Model
import Runtime
import Testing

@testable import AWS

@Suite("S3")
struct S3Tests {
    private static let credentials = Credentials(accessKeyID: "AKID", secretAccessKey: Secret("secret"))
    private static let now: Int64 = 1_785_744_000_000

    /// Answers in turn and keeps what was asked.
    private final class Store: Sendable {
        let state: Locked<(answers: [HTTPResponse], requests: [HTTPRequest])>

        init(_ answers: [HTTPResponse]) {
            state = Locked((answers.reversed(), []))
        }

        var requests: [HTTPRequest] { state.withLock { $0.requests } }

        func client(endpoints: [AWSService: String] = [:]) -> AWSClient {
            AWSClient(
                configuration: AWSConfiguration(region: "us-east-1", endpoints: endpoints),
                credentials: StaticCredentials(S3Tests.credentials),
                retry: RetryPolicy(maximumAttempts: 1),
                times: AWSTimes(wallMilliseconds: { S3Tests.now }, elapsed: { .zero }, sleep: { _ in }),
                transport: { request, _ throws(HTTPError) in
                    self.state.withLock { state in
                        state.requests.append(request)
                        return state.answers.popLast() ?? HTTPResponse(status: 500)
                    }
                }
            )
        }
    }

    private static func page(_ objects: [(String, String, Int)], next: String? = nil) -> HTTPResponse {
        let contents = objects.map {
            "<Contents><Key>\($0)</Key><LastModified>\($1)</LastModified><Size>\($2)</Size></Contents>"
        }
        let more = next.map { "<IsTruncated>true</IsTruncated><NextContinuationToken>\($0)</NextContinuationToken>" }
        let text = """
            <?xml version="1.0" encoding="UTF-8"?><ListBucketResult><Name>models</Name>\
            \(more ?? "<IsTruncated>false</IsTruncated>")\(contents.joined())</ListBucketResult>
            """
        return HTTPResponse(status: 200, body: Array(text.utf8))
    }

    private static func search(_ prefix: String = "s3://models/vision/llm/", since: String) throws -> CheckpointSearch {
        CheckpointSearch(
            workload: WorkloadID(namespace: "vision", kind: "Job", name: "llm", uid: "u"),
            attempt: 1,
            prefix: prefix,
            since: try #require(Timestamp(rfc3339: since))
        )
    }

    @Test("an object written since the request is proof, on whatever page it stands; an empty or older one is not")
    func proof() async throws {
        let store = Store([
            Self.page([("vision/llm/old", "2026-11-21T05:00:00.000Z", 9)], next: "a+b/="),
            Self.page([
                ("vision/llm/mark", "2026-11-21T06:00:09.000Z", 0), ("vision/llm/7", "2026-11-21T06:00:05.000Z", 9),
            ]),
        ])
        let finding = await S3Checkpoints(client: store.client()).find(try Self.search(since: "2026-11-21T06:00:05.4Z"))
        let written = try #require(Timestamp(rfc3339: "2026-11-21T06:00:05Z"))
        #expect(finding == .found(uri: "s3://models/vision/llm/7", writtenAt: written))
        #expect(
            store.requests.map(\.url) == [
                "https://models.s3.us-east-1.amazonaws.com/?list-type=2&prefix=vision%2Fllm%2F",
                "https://models.s3.us-east-1.amazonaws.com/"
                    + "?continuation-token=a%2Bb%2F%3D&list-type=2&prefix=vision%2Fllm%2F",
            ]
        )
    }

    @Test("without a newer object there is no proof, and a refusal says why")
    func absent() async throws {
        let old = Self.page([("vision/llm/old", "2026-11-21T05:59:59.000Z", 9)])
        let denied = """
            <Error><Code>AccessDenied</Code><Message>no s3:ListBucket</Message><RequestId>r</RequestId></Error>
            """
        let store = Store([old, HTTPResponse(status: 403, body: Array(denied.utf8))])
        let checkpoints = S3Checkpoints(client: store.client())
        let search = try Self.search(since: "2026-11-21T06:00:00Z")
        #expect(await checkpoints.find(search) == .absent)
        guard case .failed(let reason) = await checkpoints.find(search) else {
            Issue.record("a refusal is no answer")
            return
        }
        #expect(
            reason.contains("s3.ListObjectsV2") && reason.contains("AccessDenied") && reason.contains("permissions")
        )
        let nowhere = await checkpoints.find(try Self.search("s3://UPPER/x/", since: "2026-11-21T06:00:00Z"))
        #expect(nowhere == .failed(reason: "s3://UPPER/x/ is not like s3://bucket/path/"))
        #expect(store.requests.count == 2)
    }

    @Test("every request is signed for S3, and an endpoint of one's own has the bucket in its path")
    func signature() async throws {
        let store = Store([Self.page([])])
        let client = store.client(endpoints: [.s3: "http://127.0.0.1:9000"])
        _ = await S3Checkpoints(client: client).find(try Self.search(since: "2026-11-21T06:00:00Z"))
        let request = try #require(store.requests.first)
        #expect(request.url == "http://127.0.0.1:9000/models?list-type=2&prefix=vision%2Fllm%2F")
        let address = try HTTPAddress(url: request.url)
        let headers = request.headers.fields.map { ($0.name, $0.value) } + [("Host", address.hostHeader)]
        let identity = try SigV4.verify(
            SigV4.ReceivedRequest(
                method: request.method,
                target: address.target,
                headers: HTTPHeaders(headers),
                body: request.body
            ),
            atMilliseconds: Self.now,
            secret: { $0 == "AKID" ? "secret" : nil }
        )
        #expect(identity.service == "s3")
    }

    @Test("a bucket in another region is asked there")
    func region() async throws {
        var elsewhere = HTTPResponse(status: 301)
        elsewhere.headers["x-amz-bucket-region"] = "eu-central-1"
        let store = Store([elsewhere, Self.page([("vision/llm/7", "2026-11-21T06:00:05.000Z", 9)])])
        let finding = await S3Checkpoints(client: store.client()).find(try Self.search(since: "2026-11-21T06:00:00Z"))
        #expect(finding != .absent)
        #expect(store.requests.last?.url.hasPrefix("https://models.s3.eu-central-1.amazonaws.com/") == true)
        #expect(store.requests.last?.headers["Authorization"]?.contains("/eu-central-1/s3/") == true)
    }
}
