import HTTPTransport
import Testing

@testable import AWS

@Suite("AWS errors")
struct AWSErrorTests {
    @Test(
        "codes are sorted by what the caller can do",
        arguments: [
            ("InsufficientInstanceCapacity", 200, AWSErrorKind.noCapacity), ("UnfulfillableCapacity", 200, .noCapacity),
            ("VcpuLimitExceeded", 400, .quota), ("MaxSpotInstanceCountExceeded", 400, .quota),
            ("SomethingLimitExceeded", 400, .quota), ("RequestLimitExceeded", 503, .throttled),
            ("ThrottlingException", 400, .throttled), ("", 429, .throttled), ("UnauthorizedOperation", 403, .denied),
            ("SignatureDoesNotMatch", 403, .denied), ("", 403, .denied), ("InvalidInstanceID.NotFound", 400, .gone),
            ("InvalidLaunchTemplateName.NotFoundException", 400, .gone), ("QueueDoesNotExist", 400, .gone),
            ("AWS.SimpleQueueService.NonExistentQueue", 400, .gone), ("InternalError", 500, .transient),
            ("", 502, .transient), ("InvalidParameterValue", 400, .invalid), ("", 400, .invalid),
        ]
    )
    func kinds(_ code: String, _ status: Int, _ kind: AWSErrorKind) {
        #expect(AWSErrorKind(code: code, status: status) == kind)
    }

    @Test("XML errors are read with their request id")
    func xml() {
        let response = HTTPResponse(status: 503, body: Array(Answers.error.utf8))
        let refusal = AWSRefusal(response, operation: "ec2.CreateFleet", credentials: nil)
        #expect(
            refusal.description == "ec2.CreateFleet (request ea966190-f9aa-478e-9ede-example): RequestLimitExceeded: "
                + "Request limit exceeded.; try again later"
        )
        #expect(refusal.kind == .throttled)
    }

    @Test("JSON errors lose their namespace")
    func json() {
        let response = HTTPResponse(
            status: 400,
            headers: ["x-amzn-requestid": "id-1"],
            body: Array(#"{"__type":"com.amazonaws.sqs#QueueDoesNotExist","Message":"no such queue"}"#.utf8)
        )
        let refusal = AWSRefusal(response, operation: "sqs.GetQueueUrl", credentials: nil)
        #expect(refusal.code == "QueueDoesNotExist")
        #expect(refusal.kind == .gone)
        #expect(refusal.message == "no such queue")
        #expect(refusal.requestID == "id-1")
    }

    @Test("neither text nor HTML in place of an error hides the status")
    func neither() {
        let response = HTTPResponse(status: 502, body: Array("<html>Bad gateway".utf8))
        let refusal = AWSRefusal(response, operation: "ec2.X", credentials: nil)
        #expect(refusal.code == "HTTP 502")
        #expect(refusal.kind == .transient)
    }

    @Test("an error that repeats the signed headers shows no secret")
    func redacted() {
        let credentials = Credentials(
            accessKeyID: "AKID",
            secretAccessKey: Secret("topsecret"),
            sessionToken: Secret("sessiontoken")
        )
        let body =
            "<R><Error><Code>SignatureDoesNotMatch</Code><Message>x-amz-security-token:sessiontoken</Message></Error></R>"
        let response = HTTPResponse(status: 403, body: Array(body.utf8))
        let refusal = AWSRefusal(response, operation: "ec2.X", credentials: credentials)
        #expect(refusal.message == "x-amz-security-token:[redacted]")
    }

    @Test("endpoints follow the environment, the service's own variable first")
    func endpoints() throws {
        let plain = AWSConfiguration(region: "eu-west-1")
        #expect(plain.endpoint(.ec2) == "https://ec2.eu-west-1.amazonaws.com/")
        #expect(plain.endpoint(.sqs) == "https://sqs.eu-west-1.amazonaws.com/")
        #expect(plain.endpoint(.pricing) == "https://api.pricing.us-east-1.amazonaws.com/")
        let environment = [
            "AWS_REGION": "us-east-2", "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
            "AWS_ENDPOINT_URL_SQS": "http://127.0.0.1:2/",
        ]
        let local = try AWSConfiguration(environment: environment)
        #expect(local.region == "us-east-2")
        #expect(local.endpoint(.ec2) == "http://127.0.0.1:1/")
        #expect(local.endpoint(.sqs) == "http://127.0.0.1:2/")
        #expect(throws: AWSConfigurationError.missingRegion) { try AWSConfiguration(environment: [:]) }
        let wrong = ["AWS_REGION": "us-east-1", "AWS_ENDPOINT_URL_EC2": "127.0.0.1:1"]
        let error = #expect(throws: AWSConfigurationError.self) { try AWSConfiguration(environment: wrong) }
        #expect(error?.description.hasPrefix("AWS_ENDPOINT_URL_EC2: the URL is not valid") == true)
    }
}
