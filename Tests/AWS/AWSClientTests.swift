import Foundation
import HTTPTransport
import Testing

@testable import AWS

@Suite("AWS client", .timeLimit(.minutes(1)))
struct AWSClientTests {
    private func xml(_ text: String, status: Int = 200) -> Script.Answer { Script.answer(text, status: status) }

    private func form(_ request: HTTPRequest) -> String { Script.form(request) }

    @Test("throttling and lost connections are tried again, the same body signed anew")
    func retries() async throws {
        let address = try HTTPAddress(url: "https://ec2.us-east-1.amazonaws.com/")
        let script = Script([
            xml(Answers.error, status: 503), .failure(.connectionLost(address, "reset")),
            xml(Answers.fleet),
        ])
        let order = EC2FleetRequest(
            clientToken: "attempt-1",
            launchTemplateName: "t",
            overrides: [.init(instanceType: "g5.xlarge")],
            capacityType: .spot,
            count: 2,
            allocationStrategy: "price-capacity-optimized"
        )
        let result = try await EC2Client(script.client()).createFleet(order)
        #expect(result.launches.flatMap(\.instanceIDs) == ["i-1", "i-2"])
        #expect(Set(script.requests.map(form)).count == 1)
        #expect(
            script.requests.map { $0.headers["X-Amz-Date"] } == [
                "19700101T000000Z", "19700101T000001Z", "19700101T000002Z",
            ]
        )
    }

    @Test("other refusals come back at once; attempts end")
    func refusals() async throws {
        let denied = "<R><Errors><Error><Code>UnauthorizedOperation</Code></Error></Errors></R>"
        let script = Script([xml(denied, status: 403)])
        let error = await #expect(throws: AWSError.self) { try await EC2Client(script.client()).describeSubnets() }
        #expect(error?.kind == .denied)
        #expect(script.requests.count == 1)
        let failing = Script([])
        let last = await #expect(throws: AWSError.self) { try await EC2Client(failing.client()).describeSubnets() }
        #expect(last?.kind == .transient)
        #expect(failing.requests.count == 3)
    }

    @Test("without credentials nothing is sent")
    func noCredentials() async {
        let script = Script([])
        let client = script.client(EnvironmentCredentials([:]))
        await #expect(throws: AWSError.credentials(.notFound(tried: ["environment variables"]))) {
            try await EC2Client(client).describeSubnets()
        }
        #expect(script.requests.isEmpty)
    }

    @Test("every page is read; a broken answer says what is missing")
    func pages() async throws {
        let page = { (zone: String, token: String) in
            "<R><instanceTypeOfferingSet><item><instanceType>g5.xlarge</instanceType><location>\(zone)</location></item>"
                + "</instanceTypeOfferingSet><nextToken>\(token)</nextToken></R>"
        }
        let script = Script([xml(page("a", "more")), xml(page("b", ""))])
        let zones = try await EC2Client(script.client()).describeInstanceTypeOfferings().map(\.zone)
        #expect(zones == ["a", "b"])
        #expect(script.requests.map { form($0).hasSuffix("&NextToken=more") } == [false, true])

        let broken = Script([xml("<R><subnetSet><item><subnetId>s</subnetId></item></subnetSet></R>")])
        let error = await #expect(throws: AWSError.self) { try await EC2Client(broken.client()).describeSubnets() }
        #expect(
            error?.description
                == "ec2.DescribeSubnets (request without id): the answer cannot be read: availabilityZone is missing in item"
        )
    }

    @Test("prices are asked for by region and read over all pages")
    func prices() async throws {
        let product = { (type: String, price: String) in
            #"{\"product\":{\"attributes\":{\"instanceType\":\"\#(type)\"}},\"terms\":{\"OnDemand\":{\"o\":"#
                + #"{\"priceDimensions\":{\"d\":{\"unit\":\"Hrs\",\"pricePerUnit\":{\"USD\":\"\#(price)\"}}}}}}}"#
        }
        let script = Script([
            xml(#"{"PriceList":[],"NextToken":"n"}"#),
            xml(#"{"PriceList":["\#(product("g5.xlarge", "1.0060000000"))"]}"#),
        ])
        let price = try await PricingClient(script.client()).onDemandPrice("g5.xlarge")
        #expect(price == Decimal(string: "1.006"))
        let first = try #require(script.requests.first)
        #expect(first.url == "https://api.pricing.us-east-1.amazonaws.com/")
        #expect(first.headers["X-Amz-Target"] == "AWSPriceListService.GetProducts")
        #expect(first.headers["Content-Type"] == "application/x-amz-json-1.1")
        #expect(form(first).contains(#"{"Field":"regionCode","Type":"TERM_MATCH","Value":"us-east-1"}"#))
        #expect(script.requests.map { form($0).contains(#""NextToken":"n""#) } == [false, true])
    }

    @Test("deletions go ten a call, and what failed comes back by its handle")
    func deletions() async throws {
        let failed = xml(#"{"Successful":[],"Failed":[{"Id":"9","Code":"x","SenderFault":true}]}"#)
        let script = Script([failed])
        let whole = await SQSClient(script.client()).deleteMessages((0..<10).map { "h\($0)" }, from: "http://q/1")
        #expect(whole.left == ["h9"])
        #expect(whole.error == nil)
        #expect(script.requests.map(form).first?.contains(#"{"Id":"1","ReceiptHandle":"h1"}"#) == true)
        let denied = xml(#"{"__type":"AccessDeniedException","message":"no"}"#, status: 403)
        let broken = Script([denied, xml(""), xml("")])
        let rest = await SQSClient(broken.client()).deleteMessages((0..<25).map { "h\($0)" }, from: "http://q/1")
        #expect([5, 10].contains(rest.left.count))
        #expect(rest.error?.kind == .denied)
        #expect(broken.requests.count == 3)
    }
}
