import AWS
import HTTPTransport
import HTTPTypes
import Model
import Testing

@testable import Simulation

@Suite("Who the simulated cloud answers")
struct SignatureCheckTests {
    private func responder(throttledShare: Double = 0) throws -> AWSAPIResponder {
        var configuration = AWSAPIConfiguration(accessKeys: ["AKIDGLEANER": "secret"])
        configuration.throttledShare = throttledShare
        return AWSAPIResponder(configuration: configuration, front: try StillWorld())
    }

    private func ask(
        _ responder: AWSAPIResponder,
        signedSecondsAgo: Int64 = 0,
        region: String = "us-east-1",
        service: String = "ec2",
        body: String = "Action=DescribeSubnets&Version=2016-11-15",
        sentBody: String? = nil
    ) async throws -> AWSAPIResponder.Answer {
        let request = HTTPTransport.HTTPRequest(
            method: "POST",
            url: "http://127.0.0.1:1234/",
            headers: ["Content-Type": "application/x-www-form-urlencoded"],
            body: Array(body.utf8)
        )
        let headers = try SigV4.sign(
            request,
            credentials: Credentials(accessKeyID: "AKIDGLEANER", secretAccessKey: Secret("secret")),
            region: region,
            service: service,
            atMilliseconds: WallTime.now.milliseconds - signedSecondsAgo * 1000
        )
        var head = HTTPTypes.HTTPRequest(method: .post, scheme: "http", authority: "127.0.0.1:1234", path: "/")
        for field in headers.fields where field.name.lowercased() != "host" {
            head.headerFields[try #require(HTTPField.Name(field.name))] = field.value
        }
        return await responder.answer(to: head, body: Array((sentBody ?? body).utf8))
    }

    @Test("a request that is signed rightly is answered")
    func right() async throws {
        let answer = try await ask(try responder())
        #expect(answer.status == 200)
        #expect(answer.body.contains("<availabilityZone>us-east-1a</availabilityZone>"))
    }

    @Test("a signature more than five minutes old or early has expired")
    func skew() async throws {
        let responder = try responder()
        for seconds: Int64 in [330, -330] {
            let answer = try await ask(responder, signedSecondsAgo: seconds)
            #expect(answer.status == 400)
            #expect(answer.body.contains("<Code>RequestExpired</Code>"))
        }
        #expect(try await ask(responder, signedSecondsAgo: 270).status == 200)
    }

    @Test("a body that was changed on the way does not match its signature")
    func changedBody() async throws {
        let changed = "Action=TerminateInstances&Version=2016-11-15&InstanceId.1=i-0123456789abcdef0"
        let answer = try await ask(try responder(), sentBody: changed)
        #expect(answer.status == 403)
        #expect(answer.body.contains("<Code>SignatureDoesNotMatch</Code>"))
    }

    @Test("a signature for another region or service is refused")
    func scope() async throws {
        for answer in [
            try await ask(try responder(), region: "eu-central-1"), try await ask(try responder(), service: "s3"),
        ] {
            #expect(answer.status == 403)
            #expect(answer.body.contains("SignatureDoesNotMatch"))
        }
    }

    @Test("a request without signature is refused")
    func unsigned() async throws {
        let head = HTTPTypes.HTTPRequest(method: .post, scheme: "http", authority: "127.0.0.1:1234", path: "/")
        let answer = try await responder().answer(to: head, body: Array("Action=DescribeInstances".utf8))
        #expect(answer.status == 401)
        #expect(answer.body.contains("<Code>AuthFailure</Code>"))
    }

    @Test("the configured share of EC2 requests meets the request limit, and only of EC2's")
    func throttling() async throws {
        let responder = try responder(throttledShare: 0.5)
        var refused = 0
        for _ in 0..<200 {
            let answer = try await ask(responder)
            guard answer.status != 200 else { continue }
            #expect(answer.status == 503)
            #expect(answer.body.contains("<Code>RequestLimitExceeded</Code>"))
            refused += 1
        }
        #expect((60...140).contains(refused))
        for _ in 0..<20 {
            let body = "Action=GetCallerIdentity&Version=2011-06-15"
            #expect(try await ask(responder, service: "sts", body: body).status == 200)
        }
    }
}
