import AWS
import HTTPTypes

/// A refusal and its HTTP status.
struct AWSAPIError: Error, Hashable {
    var status: Int
    var code: String
    var message: String

    init(status: Int = 400, code: String, message: String) {
        self.status = status
        self.code = code
        self.message = message
    }

    init(_ error: CloudError) {
        self.init(code: error.code, message: error.message)
    }

    /// What AWS answers to a request that is not signed rightly; EC2 has a code of its own for strangers.
    init(_ refusal: SigV4.Refusal, service: String) {
        switch refusal {
        case .missing:
            self.init(
                status: service == "ec2" ? 401 : 403,
                code: service == "ec2" ? "AuthFailure" : "MissingAuthenticationToken",
                message: "Request is missing Authentication Token"
            )
        case .malformed(let reason):
            self.init(code: "IncompleteSignature", message: "The request signature is incomplete: \(reason)")
        case .unknownKey:
            switch service {
            case "ec2":
                self.init(
                    status: 401,
                    code: "AuthFailure",
                    message: "AWS was not able to validate the provided access credentials"
                )
            case "pricing", "servicequotas", "ssm":
                self.init(
                    code: "UnrecognizedClientException",
                    message: "The security token included in the request is invalid."
                )
            default:
                self.init(
                    status: 403,
                    code: "InvalidClientTokenId",
                    message: "The security token included in the request is invalid."
                )
            }
        case .skewed(let seconds):
            self.init(
                status: service == "ec2" ? 400 : 403,
                code: service == "ec2" ? "RequestExpired" : "SignatureDoesNotMatch",
                message:
                    "Signature expired: the request's time is \(seconds) s away from the server's; 300 s are allowed"
            )
        case .wrongSignature:
            self.init(
                status: 403,
                code: "SignatureDoesNotMatch",
                message: "The request signature we calculated does not match the signature you provided. "
                    + "Check your AWS Secret Access Key and signing method."
            )
        }
    }
}

/// How a service words its answers.
enum Dialect {
    case ec2
    case sts
    case json(version: String)

    init(_ head: HTTPRequest) {
        switch Self.service(head) {
        case "sqs": self = .json(version: "1.0")
        case "pricing", "servicequotas", "ssm": self = .json(version: "1.1")
        case "sts": self = .sts
        default: self = .ec2
        }
    }

    /// Services by what their operations' targets begin with.
    private static let targets = [
        "AmazonSQS.": "sqs", "AmazonSSM.": "ssm", "AWSPriceListService.": "pricing",
        "ServiceQuotasV20190624.": "servicequotas",
    ]

    /// The service that a request claims to be for: by its target, else by the scope of its credential.
    static func service(_ head: HTTPRequest) -> String {
        if let target = target(head) { return targets.first { target.hasPrefix($0.key) }?.value ?? "pricing" }
        let credential = (head.headerFields[.authorization] ?? "").split(separator: "Credential=").last ?? ""
        let scope = credential.prefix { $0 != "," }.split(separator: "/", omittingEmptySubsequences: false)
        return scope.count == 5 ? String(scope[3]) : "ec2"
    }

    static func target(_ head: HTTPRequest) -> String? {
        HTTPField.Name("X-Amz-Target").flatMap { head.headerFields[$0] }
    }

    func headers(_ requestID: String) -> HTTPFields {
        var headers = HTTPFields()
        switch self {
        case .ec2, .sts: headers[.contentType] = "text/xml;charset=UTF-8"
        case .json(let version): headers[.contentType] = "application/x-amz-json-\(version)"
        }
        if let name = HTTPField.Name("x-amzn-RequestId") { headers[name] = requestID }
        return headers
    }

    func answer(_ error: AWSAPIError, _ requestID: String) -> AWSAPIResponder.Answer {
        var headers = headers(requestID)
        let body: String
        switch self {
        case .ec2:
            var xml = XMLWriter()
            xml.element("Response") { xml in
                xml.element("Errors") { xml in
                    xml.element("Error") { xml in
                        xml.element("Code", error.code)
                        xml.element("Message", error.message)
                    }
                }
                xml.element("RequestID", requestID)
            }
            body = xml.document
        case .sts:
            var xml = XMLWriter()
            xml.element("ErrorResponse", namespace: STSAPI.namespace) { xml in
                xml.element("Error") { xml in
                    xml.element("Type", "Sender")
                    xml.element("Code", error.code)
                    xml.element("Message", error.message)
                }
                xml.element("RequestId", requestID)
            }
            body = xml.document
        case .json(let version):
            let isQueue = version == "1.0"
            let type = isQueue ? "com.amazonaws.sqs#\(error.code)" : error.code
            body = JSONText.encode(["__type": type, "message": error.message])
            if isQueue, let name = HTTPField.Name("x-amzn-query-error") {
                headers[name] = "\(SQSAPI.queryCodes[error.code] ?? error.code);Sender"
            }
        }
        return AWSAPIResponder.Answer(status: error.status, headers: headers, body: body)
    }
}
