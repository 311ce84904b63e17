import Foundation
import HTTPTransport
import Logging
import Model
import Testing

@testable import AWS

/// What goes wrong between us and AWS, and what becomes of the call.
@Suite("AWS faults", .timeLimit(.minutes(1)))
struct FaultTests {
    private static let subnets = """
        <R><subnetSet><item><subnetId>s</subnetId><availabilityZone>a</availabilityZone><vpcId>v</vpcId></item>
        </subnetSet></R>
        """

    private static func address() throws -> HTTPAddress { try HTTPAddress(url: "https://ec2.us-east-1.amazonaws.com/") }

    private static func error(_ code: String, _ status: Int = 400, date: String? = nil) -> Script.Answer {
        let body =
            "<Response><Errors><Error><Code>\(code)</Code><Message>m</Message></Error></Errors>"
            + "<RequestID>id-1</RequestID></Response>"
        return Script.answer(body, status: status, headers: date.map { ["Date": $0] } ?? [:])
    }

    /// A row: what comes before a good answer.
    struct Passing: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var fault: Script.Answer
    }

    private static func passing() throws -> [Passing] {
        let address = try address()
        return [
            Passing(testDescription: "RequestLimitExceeded", fault: error("RequestLimitExceeded", 503)),
            Passing(testDescription: "Throttling", fault: error("Throttling")),
            Passing(testDescription: "status 429", fault: Script.answer("", status: 429)),
            Passing(testDescription: "InternalError", fault: error("InternalError", 500)),
            Passing(testDescription: "Unavailable", fault: error("Unavailable", 503)),
            Passing(testDescription: "status 502 in HTML", fault: Script.answer("<html>Bad", status: 502)),
            Passing(testDescription: "status 504", fault: Script.answer("", status: 504)),
            Passing(testDescription: "a connection that is lost", fault: .failure(.connectionLost(address, "reset"))),
            Passing(testDescription: "a connection that is refused", fault: .failure(.connectionRefused(address))),
            Passing(testDescription: "a name that does not resolve", fault: .failure(.unresolvedHost(address))),
            Passing(testDescription: "no answer in time", fault: .failure(.timedOut(address, "30 s"))),
            Passing(testDescription: "truncated XML", fault: Script.answer(String(subnets.prefix(90)))),
            Passing(testDescription: "an empty answer", fault: Script.answer("")),
            Passing(testDescription: "200 with an error inside", fault: error("InternalError", 200)),
            Passing(
                testDescription: "200 with an error of STS's form",
                fault: Script.answer("<ErrorResponse><Error><Code>Throttling</Code></Error></ErrorResponse>")
            ),
        ]
    }

    @Test("is tried again until it goes", arguments: try passing())
    func passes(_ row: Passing) async throws {
        let script = Script([row.fault, row.fault, Script.answer(Self.subnets)])
        #expect(try await EC2Client(script.client()).describeSubnets().map(\.id) == ["s"])
        #expect(script.requests.count == 3)
    }

    @Test("what stays comes back with its request id, after the attempts")
    func stays() async throws {
        let script = Script(Array(repeating: Self.error("InternalError", 200), count: 3))
        let error = await #expect(throws: AWSError.self) { try await EC2Client(script.client()).describeSubnets() }
        #expect(error?.kind == .transient)
        #expect(
            error?.description == "ec2.DescribeSubnets (request id-1): InternalError: m; try again later"
        )
        #expect(script.requests.count == 3)
    }

    /// A row: a refusal that is final.
    struct Final: CustomTestStringConvertible, Sendable {
        var code: String
        var kind: AWSErrorKind
        var testDescription: String { code }
    }

    @Test(
        "is told at once",
        arguments: [
            Final(code: "InsufficientInstanceCapacity", kind: .noCapacity),
            Final(code: "ReservationCapacityExceeded", kind: .noCapacity),
            Final(code: "VcpuLimitExceeded", kind: .quota),
            Final(code: "MaxSpotInstanceCountExceeded", kind: .quota),
            Final(code: "UnauthorizedOperation", kind: .denied), Final(code: "OptInRequired", kind: .denied),
            Final(code: "InvalidParameterValue", kind: .invalid),
            Final(code: "InvalidInstanceID.NotFound", kind: .gone),
            Final(code: "InvalidLaunchTemplateName.NotFoundException", kind: .gone),
        ]
    )
    func final(_ row: Final) async throws {
        let script = Script([Self.error(row.code)])
        let error = await #expect(throws: AWSError.self) { try await EC2Client(script.client()).describeSubnets() }
        #expect(error?.kind == row.kind)
        #expect(script.requests.count == 1)
        #expect(error?.description.contains("(request id-1)") == true)
    }

    @Test("an error inside a JSON answer of status 200 is one")
    func insideJSON() async throws {
        let script = Script([Script.answer(#"{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"none"}"#)])
        let error = await #expect(throws: AWSError.self) { try await SQSClient(script.client()).getQueueURL(name: "q") }
        #expect(error?.kind == .gone)
        let header = Script([Script.answer("{}", headers: ["x-amzn-ErrorType": "ThrottlingException:http://x/"])])
        _ = await #expect(throws: AWSError.self) { try await SQSClient(header.client()).getQueueURL(name: "q") }
        #expect(header.requests.count == 3)
    }

    @Test("truncated JSON is asked for again; JSON of another shape is not")
    func brokenJSON() async throws {
        let script = Script([Script.answer(#"{"QueueUrl":"http:"#), Script.answer(#"{"QueueUrl":"http://q"}"#)])
        #expect(try await SQSClient(script.client()).getQueueURL(name: "q") == "http://q")
        let other = Script([Script.answer("[]")])
        _ = await #expect(throws: AWSError.self) { try await SQSClient(other.client()).getQueueURL(name: "q") }
        #expect(other.requests.count == 1)
    }

    @Test("XML that is cut at any place is never taken for the whole")
    func cut() async throws {
        let whole = Array(Answers.instances.utf8)
        for end in stride(from: 0, to: whole.count - 1, by: 7) {
            let body = String(decoding: whole[..<end], as: UTF8.self)
            let script = Script([Script.answer(body), Script.answer(Answers.instances)])
            let instances = try await EC2Client(script.client()).describeInstances()
            #expect(instances.count == 2 && script.requests.count == 2, "cut at \(end)")
        }
    }

    @Test("a cancelled call does not wait for its next attempt")
    func cancelled() async throws {
        let address = try Self.address()
        let script = Script([.failure(.cancelled(address))])
        let error = await #expect(throws: AWSError.self) { try await EC2Client(script.client()).describeSubnets() }
        #expect(error == .transport(operation: "ec2.DescribeSubnets", .cancelled(address)))
        #expect(script.requests.count == 1)
    }

    // MARK: Storms

    @Test("in a storm of throttling the attempts of all callers run out together, then calls fail at once")
    func storm() async throws {
        let throttled = Self.error("RequestLimitExceeded", 503)
        let script = Script(Array(repeating: throttled, count: 10_000))
        let client = EC2Client(script.client(attempts: 5))
        var counts: [Int] = []
        for _ in 0..<60 {
            let before = script.requests.count
            let error = await #expect(throws: AWSError.self) { try await client.describeSubnets() }
            #expect(error?.kind == .throttled)
            counts.append(script.requests.count - before)
        }
        // 500 tokens at 5 each: 100 attempts beyond the first ones.
        #expect(counts.first == 5)
        #expect(counts.last == 1)
        #expect(counts.reduce(0, +) == 60 + 100)
        // Another API has a budget of its own.
        let before = script.requests.count
        _ = await #expect(throws: AWSError.self) { try await client.describeInstances() }
        #expect(script.requests.count - before == 5)
    }

    @Test("a throttled API is asked slower, and faster again when it answers")
    func slower() {
        var budget = APIBudget()
        var now = Duration.zero
        // Ten requests a second, unhindered.
        for _ in 0..<50 {
            #expect(budget.takeTurn(at: now) == .zero)
            budget.succeeded(cost: 0, at: now)
            now += .milliseconds(100)
        }
        #expect(budget.rate == nil)
        budget.throttled(at: now)
        let first = budget.rate ?? 0
        #expect(first > 3 && first < 9)
        now += .milliseconds(1000)
        budget.throttled(at: now)
        let second = budget.rate ?? 0
        #expect(second < first)
        // What is asked beyond the rate waits for its turn, and never longer than half a minute.
        var waits: [Duration] = []
        for _ in 0..<500 { waits.append(budget.takeTurn(at: now)) }
        #expect(waits.last == .seconds(30))
        #expect(zip(waits, waits.dropFirst()).allSatisfy { $0 <= $1 })
        for _ in 0..<600 {
            now += .milliseconds(100)
            budget.succeeded(cost: 0, at: now)
        }
        #expect((budget.rate ?? 0) > first)
    }

    @Test("answers in time give the budget of attempts back")
    func recovery() {
        var budget = APIBudget()
        var taken = 0
        while budget.takeAttempt(isTimeout: true) != nil { taken += 1 }
        #expect(taken == 50)
        for _ in 0..<10 { budget.succeeded(cost: 0, at: .zero) }
        #expect(budget.takeAttempt(isTimeout: false) == 5)
        budget.succeeded(cost: 5, at: .zero)
        #expect(budget.attemptsLeft == 10)
        for _ in 0..<1000 { budget.succeeded(cost: 5, at: .zero) }
        #expect(budget.attemptsLeft == 500)
    }

    @Test("a Retry-After is obeyed")
    func retryAfter() async throws {
        let script = Script([
            Script.answer("", status: 503, headers: ["Retry-After": "7"]), Script.answer(Self.subnets),
        ])
        _ = try await EC2Client(script.client()).describeSubnets()
        #expect(script.sleeps.first.map { $0 >= .seconds(7) && $0 < .seconds(8) } == true)
    }

    // MARK: The clock

    private static let noon: Int64 = 1_767_355_200_000

    /// Holds the first who come until there are two.
    private actor Pair {
        private var waiting: CheckedContinuation<Void, Never>?
        private var isComplete = false

        func come() async {
            guard !isComplete else { return }
            if let first = waiting {
                isComplete = true
                first.resume()
            } else {
                await withCheckedContinuation { waiting = $0 }
            }
        }
    }

    /// A service that refuses what is signed more than five minutes from its own time, as AWS does.
    private func strict(
        code: String,
        aheadOfUs skew: Int64,
        hasDate: Bool = true,
        holding pair: Pair? = nil
    ) -> (AWSClient, Locked<[String]>) {
        let times = Script([], wallMilliseconds: Self.noon).times
        let dates = Locked<[String]>([])
        let client = AWSClient(
            configuration: AWSConfiguration(region: "us-east-1"),
            credentials: StaticCredentials(Script.credentials),
            times: times
        ) { request, _ throws(HTTPError) in
            let date = request.headers["X-Amz-Date"] ?? ""
            dates.withLock { $0.append(date) }
            await pair?.come()
            let theirs = times.wallMilliseconds() + skew
            let age = abs((AWSTime.parse(date) ?? 0) - theirs)
            var answer = age > 300_000 ? Self.error(code, 403) : Script.answer(Self.subnets)
            if hasDate, case .success(var response) = answer {
                response.headers["Date"] = HTTPDate.text(.init(milliseconds: theirs))
                answer = .success(response)
            }
            return try answer.get()
        }
        return (client, dates)
    }

    @Test(
        "a clock that is 20 minutes off is corrected by AWS's, once for all calls",
        arguments: ["RequestExpired", "AuthFailure", "SignatureDoesNotMatch", "RequestTimeTooSkewed"],
        [-1_200_000, 1_200_000]
    )
    func skew(_ code: String, _ skew: Int64) async throws {
        let (client, dates) = strict(code: code, aheadOfUs: skew)
        let ec2 = EC2Client(client)
        _ = try await ec2.describeSubnets()
        _ = try await ec2.describeSubnets()
        #expect(
            dates.withLock { $0 } == [
                AWSTime.basic(Self.noon), AWSTime.basic(Self.noon + skew), AWSTime.basic(Self.noon + skew),
            ]
        )
    }

    @Test("calls that are under way together are all sent again with AWS's time")
    func skewOfTwo() async throws {
        let (client, dates) = strict(code: "RequestTimeTooSkewed", aheadOfUs: 1_200_000, holding: Pair())
        let ec2 = EC2Client(client)
        async let one = ec2.describeSubnets()
        async let other = ec2.describeSubnets()
        let counts = try await [one.count, other.count]
        #expect(counts == [1, 1])
        let (wrong, right) = (AWSTime.basic(Self.noon), AWSTime.basic(Self.noon + 1_200_000))
        #expect(dates.withLock { $0 } == [wrong, wrong, right, right])
    }

    @Test("a refusal that the clock does not explain is no skew, and without a Date there is nothing to go by")
    func noSkew() async throws {
        let (close, closeDates) = strict(code: "AuthFailure", aheadOfUs: 100_000)
        _ = try await EC2Client(close).describeSubnets()
        #expect(closeDates.withLock { $0.count } == 1)
        let (silent, dates) = strict(code: "AuthFailure", aheadOfUs: 1_200_000, hasDate: false)
        let error = await #expect(throws: AWSError.self) { try await EC2Client(silent).describeSubnets() }
        #expect(error?.kind == .denied)
        #expect(dates.withLock { $0.count } == 1)
    }

    // MARK: Tokens

    /// Gives the next credentials after those that it was told to forget.
    private actor Rotating: CredentialProvider {
        nonisolated let source = "rotating"
        private(set) var forgotten: [String] = []

        func credentials() -> Credentials? {
            Credentials(
                accessKeyID: "AKID\(forgotten.count)",
                secretAccessKey: Secret("s"),
                sessionToken: Secret("token\(forgotten.count)")
            )
        }

        func forget(_ refused: Credentials) { forgotten.append(refused.accessKeyID) }
    }

    private static func page(_ zone: String, _ next: String) -> Script.Answer {
        Script.answer(
            "<R><instanceTypeOfferingSet><item><instanceType>g5.xlarge</instanceType><location>\(zone)</location>"
                + "</item></instanceTypeOfferingSet><nextToken>\(next)</nextToken></R>"
        )
    }

    @Test(
        "credentials that expire between two pages are renewed, and the list goes on",
        arguments: ["RequestExpired", "ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "AuthFailure"]
    )
    func expiresBetweenPages(_ code: String) async throws {
        let script = Script([Self.page("a", "n"), Self.error(code), Self.page("b", "")])
        let provider = Rotating()
        let zones = try await EC2Client(script.client(provider)).describeInstanceTypeOfferings().map(\.zone)
        #expect(zones == ["a", "b"])
        #expect(await provider.forgotten == ["AKID0"])
        #expect(script.requests.map { $0.headers["X-Amz-Security-Token"] } == ["token0", "token0", "token1"])
        #expect(script.requests.map { Script.form($0).contains("NextToken=n") } == [false, true, true])
    }

    @Test("credentials that stay refused are told once")
    func staysExpired() async throws {
        let script = Script([Self.error("ExpiredToken"), Self.error("ExpiredToken")])
        let error = await #expect(throws: AWSError.self) {
            try await EC2Client(script.client(Rotating())).describeSubnets()
        }
        #expect(error?.kind == .denied)
        #expect(script.requests.count == 2)
        let fixed = Script([Self.error("ExpiredToken")])
        _ = await #expect(throws: AWSError.self) { try await EC2Client(fixed.client()).describeSubnets() }
        #expect(fixed.requests.count == 1)
    }

    @Test("a page's token that grew too old begins the list anew, once")
    func pageExpires() async throws {
        let script = Script([
            Self.page("a", "n"), Self.error("InvalidNextToken"), Self.page("a", "m"), Self.page("b", ""),
        ])
        let zones = try await EC2Client(script.client()).describeInstanceTypeOfferings().map(\.zone)
        #expect(zones == ["a", "b"])
        let again = Script([
            Self.page("a", "n"), Self.error("InvalidNextToken"), Self.page("a", "n"), Self.error("InvalidNextToken"),
        ])
        _ = await #expect(throws: AWSError.self) { try await EC2Client(again.client()).describeInstanceTypeOfferings() }
    }

    @Test("a page that names itself as the next one ends the call")
    func circle() async throws {
        let script = Script([Self.page("a", "n"), Self.page("b", "n")])
        let error = await #expect(throws: AWSError.self) {
            try await EC2Client(script.client()).describeInstanceTypeOfferings()
        }
        #expect(error?.description.contains("names itself") == true)
    }
}
