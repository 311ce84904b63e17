import AWS
import Foundation
import struct HTTPTransport.HTTPHeaders
import HTTPTypes
import Model

/// Checks a request's signature and hands it to the service it is signed for.
struct AWSAPIResponder: Sendable {
    /// What goes back to a client.
    struct Answer: Sendable {
        var status: Int
        var headers: HTTPFields
        var body: String
    }

    static let maximumBodyBytes = 1 << 20

    private let configuration: AWSAPIConfiguration
    private let front: any CloudFront
    private let throttle: Throttle

    init(configuration: AWSAPIConfiguration, front: any CloudFront) {
        self.configuration = configuration
        self.front = front
        throttle = Throttle(seed: configuration.seed, share: configuration.throttledShare)
    }

    func answer(to head: HTTPRequest, body: [UInt8]) async -> Answer {
        let requestID = UUID().uuidString.lowercased()
        let dialect = Dialect(head)
        do {
            let signer = try verify(head, body)
            guard signer.region == configuration.region else {
                throw AWSAPIError(
                    status: 403,
                    code: "SignatureDoesNotMatch",
                    message: "Credential should be scoped to a valid region: \(configuration.region)"
                )
            }
            let text = try await respond(signer, head, body, requestID)
            return Answer(status: 200, headers: dialect.headers(requestID), body: text)
        } catch let error as AWSAPIError {
            return dialect.answer(error, requestID)
        } catch let error as CloudError {
            return dialect.answer(AWSAPIError(error), requestID)
        } catch {
            let failure = AWSAPIError(status: 500, code: "InternalError", message: "An internal error has occurred")
            return dialect.answer(failure, requestID)
        }
    }

    private func respond(
        _ signer: SigV4.Signer,
        _ head: HTTPRequest,
        _ body: [UInt8],
        _ requestID: String
    ) async throws -> String {
        switch signer.service {
        case "ec2":
            let request = try EC2Request(form: form(head, body), requestID: requestID)
            guard await !throttle.refuses() else {
                throw AWSAPIError(status: 503, code: "RequestLimitExceeded", message: "Request limit exceeded.")
            }
            return try await front.withCloud { cloud, now in try EC2API(cloud: cloud, now: now).respond(to: request) }
        case "pricing":
            let target = try operation(head, prefix: "AWSPriceListService")
            return try await front.withCloud { cloud, _ in try PricingAPI(cloud: cloud).respond(to: target, body) }
        case "servicequotas":
            let target = try operation(head, prefix: "ServiceQuotasV20190624")
            return try await front.withCloud { cloud, _ in
                try ServiceQuotasAPI(cloud: cloud).respond(to: target, body)
            }
        case "ssm":
            let target = try operation(head, prefix: "AmazonSSM")
            return try await front.withCloud { cloud, _ in try SSMAPI(cloud: cloud).respond(to: target, body) }
        case "sqs":
            let target = try operation(head, prefix: "AmazonSQS")
            let address = head.authority ?? "\(configuration.host):\(configuration.port)"
            return try await SQSAPI(front: front, queueName: configuration.queueName, address: address)
                .respond(to: target, body)
        case "sts":
            return try await STSAPI(front: front).respond(
                to: QueryParameters(form: form(head, body)),
                accessKeyID: signer.accessKeyID,
                requestID: requestID
            )
        default:
            throw AWSAPIError(
                status: 403,
                code: "SignatureDoesNotMatch",
                message: "Credential should be scoped to one of the services ec2, pricing, servicequotas, sqs, ssm, sts"
            )
        }
    }

    private func verify(_ head: HTTPRequest, _ body: [UInt8]) throws -> SigV4.Signer {
        var headers = HTTPHeaders()
        for field in head.headerFields { headers.add(field.name.rawName, field.value) }
        if headers["Host"] == nil, let authority = head.authority { headers.add("Host", authority) }
        let request = SigV4.ReceivedRequest(
            method: head.method.rawValue,
            target: head.path ?? "/",
            headers: headers,
            body: body
        )
        do {
            return try SigV4.verify(request, atMilliseconds: WallTime.now.milliseconds) { configuration.accessKeys[$0] }
        } catch {
            throw AWSAPIError(error, service: Dialect.service(head))
        }
    }

    /// EC2 and STS take their parameters from the body of a POST or the query of a GET.
    private func form(_ head: HTTPRequest, _ body: [UInt8]) -> String {
        guard head.method == .get else { return String(decoding: body, as: UTF8.self) }
        let parts = (head.path ?? "/").split(separator: "?", maxSplits: 1)
        return parts.count > 1 ? String(parts[1]) : ""
    }

    private func operation(_ head: HTTPRequest, prefix: String) throws -> String {
        let parts = (Dialect.target(head) ?? "").split(separator: ".", maxSplits: 1)
        guard parts.count == 2, parts[0] == prefix else {
            throw AWSAPIError(
                status: 404,
                code: "UnknownOperationException",
                message: "X-Amz-Target names no operation"
            )
        }
        return String(parts[1])
    }
}

/// The wall's time: signatures and the queue's timeouts keep to it, whatever the world's clock says.
enum WallTime {
    static var now: Timestamp { Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)) }
}

/// Refuses a share of requests.
private actor Throttle {
    private var generator: SeededGenerator
    private let share: Double

    init(seed: UInt64, share: Double) {
        generator = SeededGenerator(seed: seed, purpose: "throttle")
        self.share = share
    }

    func refuses() -> Bool { share > 0 && generator.chance(share) }
}
