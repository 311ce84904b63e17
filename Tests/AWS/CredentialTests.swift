import Foundation
import HTTPTransport
import Logging
import Model
import Testing

@testable import AWS

@Suite("Credentials", .timeLimit(.minutes(2)))
struct CredentialTests {
    /// A folder that goes with the test.
    private final class Folder {
        let path: String

        init() throws {
            path = NSTemporaryDirectory() + "credentials-\(UUID().uuidString)"
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        }

        deinit {
            try? FileManager.default.removeItem(atPath: path)
        }

        func write(_ name: String, _ text: String) throws -> String {
            let file = "\(path)/\(name)"
            try text.write(toFile: file, atomically: true, encoding: .utf8)
            return file
        }
    }

    private static let noon: Int64 = 1_767_355_200_000

    /// What STS answers; `HIDDEN` marks what must never be shown.
    private static func issued(_ operation: String, key: String, minutes: Int64 = 60) -> Script.Answer {
        Script.answer(
            """
            <\(operation)Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><\(operation)Result><Credentials>
            <AccessKeyId>\(key)</AccessKeyId><SecretAccessKey>HIDDEN-\(key)</SecretAccessKey>
            <SessionToken>HIDDEN-token</SessionToken><Expiration>\(AWSTime.extended(noon + minutes * 60_000))</Expiration>
            </Credentials></\(operation)Result></\(operation)Response>
            """
        )
    }

    private func sources(_ environment: [String: String], _ script: Script) throws -> CredentialSources {
        CredentialSources(
            environment: environment,
            configuration: try AWSConfiguration(region: "eu-west-1", environment: environment),
            retry: RetryPolicy(maximumAttempts: 2, baseDelay: .milliseconds(1)),
            times: script.times,
            transport: script.transport
        )
    }

    /// The credentials that the chain finds, and the requests that it took.
    private func find(
        _ environment: [String: String],
        _ answers: [Script.Answer] = []
    ) async throws -> (credentials: Credentials?, requests: [HTTPRequest]) {
        let script = Script(answers, wallMilliseconds: Self.noon)
        var environment = environment
        environment["AWS_EC2_METADATA_DISABLED"] = environment["AWS_EC2_METADATA_DISABLED"] ?? "true"
        environment["HOME"] = environment["HOME"] ?? "/nonexistent"
        let found = try await sources(environment, script).chain().credentials()
        return (found, script.requests)
    }

    private func failure(_ environment: [String: String], _ answers: [Script.Answer] = []) async -> String {
        do {
            _ = try await find(environment, answers)
            return "none"
        } catch {
            return "\(error)"
        }
    }

    // MARK: Files and environment

    @Test("the environment comes first, then the named profile")
    func chain() async throws {
        let folder = try Folder()
        let path = try folder.write(
            "credentials",
            "[default]\naws_access_key_id=A\naws_secret_access_key=s\n# x\n[ other ]\nAWS_ACCESS_KEY_ID = B\naws_secret_access_key = s=/+\naws_session_token=t\n"
        )
        var environment = ["AWS_SHARED_CREDENTIALS_FILE": path]
        #expect(try await find(environment).credentials?.accessKeyID == "A")
        environment["AWS_PROFILE"] = "other"
        let other = try await find(environment).credentials
        #expect(other == Credentials(accessKeyID: "B", secretAccessKey: Secret("s=/+"), sessionToken: Secret("t")))
        environment["AWS_ACCESS_KEY_ID"] = "E"
        environment["AWS_SECRET_ACCESS_KEY"] = "s"
        #expect(try await find(environment).credentials?.accessKeyID == "E")
    }

    @Test("none found says where it looked; half of a pair says which half is missing")
    func missing() async throws {
        #expect(
            await failure(["HOME": "/nonexistent"])
                == "no AWS credentials found: looked at environment variables, then profile default of "
                + "/nonexistent/.aws/config and /nonexistent/.aws/credentials, then web identity "
                + "(AWS_WEB_IDENTITY_TOKEN_FILE), then the container's agent (AWS_CONTAINER_CREDENTIALS_FULL_URI), then "
                + "the instance metadata service (AWS_EC2_METADATA_DISABLED); set AWS_ACCESS_KEY_ID and "
                + "AWS_SECRET_ACCESS_KEY, write a profile, or give the pod or the instance a role"
        )
        #expect(
            await failure(["AWS_ACCESS_KEY_ID": "A"])
                == "environment variables: AWS_SECRET_ACCESS_KEY is missing: set it too"
        )
    }

    @Test("both files are read as AWS's tools read them, and the credentials file wins")
    func files() throws {
        var shared = SharedConfiguration()
        shared.add(
            """
            [default]
            region = eu-west-1 # where we are
            s3 =
              max_concurrent_requests = 20
            aws_access_key_id = from-config
            [profile "with space"]
            role_arn = arn:aws:iam::1:role/a;b ; comment
            \tcontinued = no
            [services local]
            ec2 =
              endpoint_url = http://127.0.0.1:1
            [sso-session x]
            sso_region = r
            [plain]
            region = nowhere
            """,
            isCredentials: false
        )
        shared.add("[default]\naws_access_key_id = from-credentials\n[broken\n=x\nno mark\n", isCredentials: true)
        #expect(shared.profiles.keys.sorted() == ["default", "with space"])
        #expect(
            shared.profiles["default"]?.values == [
                "region": "eu-west-1", "s3.max_concurrent_requests": "20", "aws_access_key_id": "from-credentials",
            ]
        )
        #expect(shared.profiles["with space"]?.values == ["role_arn": "arn:aws:iam::1:role/a;b"])
        #expect(shared.services == ["local": ["ec2.endpoint_url": "http://127.0.0.1:1"]])
    }

    @Test("files that are not there are empty, whoever names them")
    func absentFiles() async throws {
        let environment = [
            "AWS_CONFIG_FILE": "/nonexistent/config", "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent/credentials",
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1/",
        ]
        #expect(try await find(environment, [Self.document("POD")]).credentials?.accessKeyID == "POD")
        #expect(try SharedConfiguration.load(["AWS_CONFIG_FILE": "", "HOME": "/nonexistent"]) == SharedConfiguration())
        #expect(await failure(["AWS_CONFIG_FILE": "/nonexistent/config"]).contains("/nonexistent/config"))
    }

    @Test("keys that are all indented are keys; what is indented further goes on with the one before")
    func indented() {
        var shared = SharedConfiguration()
        shared.add(
            """
            [default]
              aws_access_key_id = A
              aws_secret_access_key = s
                continued = no
              s3 =
                max_concurrent_requests = 20
              region = eu-west-1
            [profile b]
            \trole_arn = r
            """,
            isCredentials: false
        )
        #expect(
            shared.profiles["default"]?.values == [
                "aws_access_key_id": "A", "aws_secret_access_key": "s", "s3.max_concurrent_requests": "20",
                "region": "eu-west-1",
            ]
        )
        #expect(shared.profiles["b"]?.values == ["role_arn": "r"])
    }

    @Test("no bytes make the reader of profiles fall")
    func fuzz() {
        var generator = SystemRandomNumberGenerator()
        let good = Array("[profile a]\nx = y\n  z = 1\n[services b]\nec2 =\n  endpoint_url = u\n# c\n".utf8)
        for _ in 0..<3000 {
            var bytes = good
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                bytes[Int.random(in: bytes.indices, using: &generator)] = .random(in: 0...255, using: &generator)
            }
            var shared = SharedConfiguration()
            shared.add(String(decoding: bytes, as: UTF8.self), isCredentials: Bool.random(using: &generator))
        }
    }

    // MARK: Roles

    private static let roles = """
        [profile base]
        aws_access_key_id = BASE
        aws_secret_access_key = HIDDEN-base
        [profile middle]
        role_arn = arn:aws:iam::1:role/middle
        source_profile = base
        [profile top]
        role_arn = arn:aws:iam::1:role/top
        source_profile = middle
        external_id = e/1
        role_session_name = night
        duration_seconds = 7200
        [profile itself]
        role_arn = arn:aws:iam::1:role/itself
        source_profile = itself
        aws_access_key_id = SELF
        aws_secret_access_key = s
        [profile environment]
        role_arn = arn:aws:iam::1:role/e
        credential_source = Environment
        [profile task]
        role_arn = arn:aws:iam::1:role/t
        credential_source = EcsContainer
        [profile instance]
        role_arn = arn:aws:iam::1:role/i
        credential_source = Ec2InstanceMetadata
        [profile left]
        role_arn = r
        source_profile = right
        [profile right]
        role_arn = r
        source_profile = left
        [profile both]
        role_arn = r
        source_profile = base
        credential_source = Environment
        [profile alone]
        role_arn = r
        [profile code]
        role_arn = r
        mfa_serial = m
        [profile missing]
        role_arn = r
        source_profile = nobody
        [profile odd]
        role_arn = r
        credential_source = Elsewhere
        [profile person]
        sso_session = x
        [profile empty]
        region = eu-west-1
        [profile long]
        role_arn = r
        source_profile = base
        duration_seconds = 10
        """

    @Test("roles are assumed one on top of the other, in the region that is served")
    func roles() async throws {
        let folder = try Folder()
        let config = try folder.write("config", Self.roles)
        let (top, requests) = try await find(
            ["AWS_CONFIG_FILE": config, "AWS_PROFILE": "top"],
            [Self.issued("AssumeRole", key: "MIDDLE"), Self.issued("AssumeRole", key: "TOP")]
        )
        #expect(top?.accessKeyID == "TOP")
        #expect(top?.expiresAtMilliseconds == Self.noon + 3_600_000)
        #expect(requests.map(\.url) == Array(repeating: "https://sts.eu-west-1.amazonaws.com/", count: 2))
        #expect(requests.allSatisfy { $0.headers["Authorization"]?.contains("/eu-west-1/sts/aws4_request") == true })
        #expect(requests.first?.headers["Authorization"]?.contains("Credential=BASE/") == true)
        #expect(requests.last?.headers["Authorization"]?.contains("Credential=MIDDLE/") == true)
        #expect(
            requests.last.map(Script.form)
                == "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Ftop"
                + "&RoleSessionName=night&ExternalId=e%2F1&DurationSeconds=7200"
        )
        let (own, _) = try await find(
            ["AWS_CONFIG_FILE": config, "AWS_PROFILE": "itself"],
            [Self.issued("AssumeRole", key: "ITSELF")]
        )
        #expect(own?.accessKeyID == "ITSELF")
    }

    @Test("a profile whose role rests on the environment uses its keys")
    func environmentRole() async throws {
        let folder = try Folder()
        let config = try folder.write("config", Self.roles)
        let environment = [
            "AWS_CONFIG_FILE": config, "AWS_PROFILE": "environment", "AWS_ACCESS_KEY_ID": "E",
            "AWS_SECRET_ACCESS_KEY": "s",
        ]
        let script = Script([Self.issued("AssumeRole", key: "ROLE")], wallMilliseconds: Self.noon)
        let provider = ProfileCredentials(environment: environment, sources: try sources(environment, script))
        #expect(try await provider.credentials()?.accessKeyID == "ROLE")
        #expect(script.requests.first?.headers["Authorization"]?.contains("Credential=E/") == true)
    }

    @Test(
        "a role whose base has nothing is not replaced by whatever comes after it",
        arguments: [
            ("task", "the container's agent (AWS_CONTAINER_CREDENTIALS_FULL_URI)"),
            ("instance", "the instance metadata service"),
        ]
    )
    func baseless(_ profile: String, _ base: String) async throws {
        let folder = try Folder()
        let environment = [
            "AWS_CONFIG_FILE": try folder.write("config", Self.roles), "AWS_PROFILE": profile,
            "AWS_EC2_METADATA_DISABLED": "false",
        ]
        // Without a role at first, with one of its own when it is asked again.
        let none = profile == "instance" ? [Script.answer("TOKEN"), Script.answer("", status: 404)] : []
        let bare = profile == "instance" ? [] : [Script.answer("TOKEN")]
        let node = [Script.answer("node-role"), Self.document("NODE", code: "Success")]
        let said = await failure(environment, none + bare + node)
        #expect(said.hasPrefix("no AWS credentials found: looked at \(base); set "), "\(said)")
    }

    /// A row: a profile that cannot be followed.
    struct Unusable: CustomTestStringConvertible, Sendable {
        var profile: String
        var says: String
        var testDescription: String { profile }
    }

    @Test(
        "a profile that cannot be followed says why",
        arguments: [
            Unusable(profile: "left", says: "its source_profile leads back to left"),
            Unusable(profile: "both", says: "write one of them"),
            Unusable(profile: "alone", says: "role_arn needs source_profile, credential_source or web_identity"),
            Unusable(profile: "code", says: "not for a service"),
            Unusable(profile: "missing", says: "profile nobody: there is no such profile"),
            Unusable(profile: "odd", says: "Environment, Ec2InstanceMetadata or EcsContainer, not Elsewhere"),
            Unusable(profile: "person", says: "aws configure export-credentials --profile person"),
            Unusable(profile: "empty", says: "no AWS credentials found"),
            Unusable(profile: "long", says: "duration_seconds must be a number from 900 to 43200"),
            Unusable(profile: "unheard-of", says: "there is no such profile: check AWS_PROFILE"),
        ]
    )
    func unusable(_ row: Unusable) async throws {
        let folder = try Folder()
        let config = try folder.write("config", Self.roles)
        let said = await failure(["AWS_CONFIG_FILE": config, "AWS_PROFILE": row.profile])
        #expect(said.contains(row.says), "\(said)")
    }

    @Test("the role of the configuration is assumed on top of what is found")
    func onTop() async throws {
        let script = Script([Self.issued("AssumeRole", key: "TOP")], wallMilliseconds: Self.noon)
        let environment = ["AWS_ACCESS_KEY_ID": "E", "AWS_SECRET_ACCESS_KEY": "s"]
        let provider = try sources(environment, script).chain(
            assuming: GleanerConfiguration.AWS.Role(arn: "arn:aws:iam::2:role/pays", externalID: "id")
        )
        #expect(try await provider.credentials()?.accessKeyID == "TOP")
        #expect(try await provider.credentials()?.accessKeyID == "TOP")
        #expect(script.requests.count == 1)
        #expect(
            script.requests.first.map(Script.form)?.contains("role%2Fpays&RoleSessionName=gleaner&ExternalId=id")
                == true
        )
    }

    // MARK: Programs

    @Test("a program's credentials are read, quotes and all")
    func process() async throws {
        let folder = try Folder()
        let config = try folder.write(
            "config",
            """
            [default]
            credential_process = printf '%s' '{"Version":1,"AccessKeyId":"P","SecretAccessKey":"s","SessionToken":"t","Expiration":"2026-01-02T13:00:00Z"}'
            """
        )
        let found = try await find(["AWS_CONFIG_FILE": config]).credentials
        #expect(found?.accessKeyID == "P" && found?.sessionToken == Secret("t"))
        #expect(found?.expiresAtMilliseconds == Self.noon + 3_600_000)
    }

    @Test(
        "a program that fails shows nothing of what it printed",
        arguments: [
            ("echo HIDDEN; echo HIDDEN >&2; exit 3", "it ended with code 3: run it by hand"),
            ("echo HIDDEN", "not the JSON that is documented"),
            (#"echo '{"Version":1,"AccessKeyId":"P","SecretAccessKey":""}'"#, "lacks SecretAccessKey"),
            (#"echo '{"AccessKeyId":"P","SecretAccessKey":"HIDDEN"}'"#, "does not print Version 1"),
            (
                #"echo '{"Version":1,"AccessKeyId":"P","SecretAccessKey":"HIDDEN","Expiration":"soon"}'"#,
                "no time in UTC"
            ),
            ("yes HIDDEN", "it printed too much"),
        ]
    )
    func processFails(_ command: String, _ says: String) async throws {
        let folder = try Folder()
        let config = try folder.write("config", "[default]\ncredential_process = \(command)\n")
        let said = await failure(["AWS_CONFIG_FILE": config, "PATH": "/usr/bin:/bin"])
        #expect(said.contains(says), "\(said)")
        #expect(!said.contains("HIDDEN"))
    }

    @Test(
        "a program that does not end is killed, and it may do better later",
        arguments: ["sleep 600", "exec >&- 2>&-; sleep 600"]
    )
    func processHangs(_ command: String) async throws {
        var provider = ProcessCredentials(command: command, profile: "p", environment: ["PATH": "/usr/bin:/bin"])
        provider.timeout = .milliseconds(200)
        let error = await #expect(throws: CredentialError.self) { try await provider.credentials() }
        #expect(error?.isTransient == true)
    }

    @Test("a program that leaves another in the background, with its outputs open, has ended")
    func processLeavesAgent() async throws {
        var provider = ProcessCredentials(
            command: #"sleep 20 & echo '{"Version":1,"AccessKeyId":"P","SecretAccessKey":"s"}'"#,
            profile: "p",
            environment: ["PATH": "/usr/bin:/bin"]
        )
        provider.timeout = .seconds(10)
        #expect(try await provider.credentials()?.accessKeyID == "P")
    }

    // MARK: Web identity

    @Test("a service account's token is read anew each time, and the call is not signed")
    func webIdentity() async throws {
        let folder = try Folder()
        let token = try folder.write("token", "HIDDEN-jwt-1\n")
        let environment = [
            "AWS_WEB_IDENTITY_TOKEN_FILE": token, "AWS_ROLE_ARN": "arn:aws:iam::1:role/pod",
            "AWS_ROLE_SESSION_NAME": "session", "HOME": "/nonexistent",
        ]
        let script = Script(
            [
                Self.issued("AssumeRoleWithWebIdentity", key: "W1", minutes: 60),
                Self.issued("AssumeRoleWithWebIdentity", key: "W2", minutes: 120),
            ],
            wallMilliseconds: Self.noon
        )
        let provider = try sources(environment, script).chain()
        #expect(try await provider.credentials()?.accessKeyID == "W1")
        _ = try folder.write("token", "HIDDEN-jwt-2")
        script.pass(.seconds(61 * 60))
        #expect(try await provider.credentials()?.accessKeyID == "W2")
        #expect(script.requests.allSatisfy { $0.headers["Authorization"] == nil })
        #expect(
            script.requests.map(Script.form)
                == ["1", "2"].map {
                    "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fpod"
                        + "&RoleSessionName=session&WebIdentityToken=HIDDEN-jwt-\($0)"
                }
        )
    }

    @Test("what STS repeats of a token in its error is not shown; a failure of the provider may pass")
    func webIdentityRefused() async throws {
        let folder = try Folder()
        let environment = [
            "AWS_WEB_IDENTITY_TOKEN_FILE": try folder.write("token", "HIDDEN-jwt"), "AWS_ROLE_ARN": "arn:r",
        ]
        let said = await failure(
            environment,
            [
                Script.answer(
                    "<ErrorResponse><Error><Code>InvalidIdentityToken</Code><Message>bad token HIDDEN-jwt</Message>"
                        + "</Error><RequestId>id-9</RequestId></ErrorResponse>",
                    status: 400
                )
            ]
        )
        #expect(said.contains("InvalidIdentityToken: bad token [redacted]") && said.contains("id-9"), "\(said)")
        #expect(!said.contains("HIDDEN"))
        let error = await #expect(throws: CredentialError.self) {
            try await find(environment, [Script.answer("", status: 503), Script.answer("", status: 503)])
        }
        #expect(error?.isTransient == true)
        #expect(AWSError.credentials(try #require(error)).kind == .transient)
        #expect(
            await failure(["AWS_WEB_IDENTITY_TOKEN_FILE": "/nonexistent/token", "AWS_ROLE_ARN": "arn:r"])
                .hasPrefix("/nonexistent/token cannot be read")
        )
        #expect(await failure(["AWS_WEB_IDENTITY_TOKEN_FILE": "/x"]).contains("AWS_ROLE_ARN is missing"))
    }

    // MARK: Containers and instances

    private static func document(_ key: String, minutes: Int64 = 60, code: String? = nil) -> Script.Answer {
        let code = code.map { #""Code":"\#($0)","# } ?? ""
        return Script.answer(
            #"{\#(code)"AccessKeyId":"\#(key)","SecretAccessKey":"HIDDEN","Token":"HIDDEN-t","Expiration":"\#(AWSTime.extended(noon + minutes * 60_000))"}"#
        )
    }

    @Test("a container's agent is asked with the token of the file, past any proxy")
    func container() async throws {
        let folder = try Folder()
        let token = try folder.write("token", "HIDDEN-pod-token\n")
        let (found, requests) = try await find(
            [
                "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://169.254.170.23/v1/credentials",
                "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": token, "AWS_CONTAINER_AUTHORIZATION_TOKEN": "not this",
            ],
            [Script.answer("", status: 503), Self.document("POD")]
        )
        #expect(found?.accessKeyID == "POD" && found?.sessionToken == Secret("HIDDEN-t"))
        #expect(requests.count == 2)
        #expect(requests.allSatisfy { $0.headers["Authorization"] == "HIDDEN-pod-token" && !$0.usesEnvironmentProxy })
        let (task, relative) = try await find(
            ["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2/credentials/x"],
            [Self.document("TASK")]
        )
        #expect(task?.accessKeyID == "TASK")
        #expect(relative.first?.url == "http://169.254.170.2/v2/credentials/x")
    }

    @Test(
        "an address outside the machine is asked over TLS only",
        arguments: [
            ("http://example.com/", false), ("http://169.254.170.3/", false), ("http://10.0.0.1/", false),
            ("http://127.0.0.1:80/x", true), ("http://localhost/x", true), ("http://[::1]/x", true),
            ("http://[fd00:ec2::23]/v1/credentials", true), ("http://169.254.170.2/x", true),
            ("https://example.com/x", true), ("example.com", false), ("file:///etc/passwd", false),
        ]
    )
    func containerAddress(_ url: String, _ isAsked: Bool) async throws {
        let said = await failure(["AWS_CONTAINER_CREDENTIALS_FULL_URI": url], [Self.document("POD")])
        #expect((said == "none") == isAsked, "\(said)")
    }

    @Test("a token that would write headers of its own is refused")
    func headerInjection() async throws {
        let said = await failure([
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1/", "AWS_CONTAINER_AUTHORIZATION_TOKEN": "a\r\nX: b",
        ])
        #expect(said.contains("control character"))
    }

    @Test("an instance's role is read by IMDSv2")
    func instance() async throws {
        let (found, requests) = try await find(
            ["AWS_EC2_METADATA_DISABLED": "false"],
            [Script.answer("TOKEN"), Script.answer("node-role\n"), Self.document("NODE", code: "Success")]
        )
        #expect(found?.accessKeyID == "NODE")
        #expect(
            requests.map { "\($0.method) \($0.url)" } == [
                "PUT http://169.254.169.254/latest/api/token",
                "GET http://169.254.169.254/latest/meta-data/iam/security-credentials/",
                "GET http://169.254.169.254/latest/meta-data/iam/security-credentials/node-role",
            ]
        )
        #expect(requests.dropFirst().allSatisfy { $0.headers["X-aws-ec2-metadata-token"] == "TOKEN" })
        let (ipv6, six) = try await find(
            ["AWS_EC2_METADATA_DISABLED": "false", "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE": "IPv6"],
            [Script.answer("TOKEN"), Script.answer("r"), Self.document("SIX", code: "Success")]
        )
        #expect(ipv6?.accessKeyID == "SIX")
        #expect(six.first?.url.hasPrefix("http://[fd00:ec2::254]/") == true)
    }

    @Test("an instance without a role has no credentials; what is no role's name is not asked for")
    func noInstanceRole() async throws {
        let on = ["AWS_EC2_METADATA_DISABLED": "false"]
        let none = await failure(on, [Script.answer("TOKEN"), Script.answer("", status: 404)])
        #expect(none.contains("no AWS credentials found"))
        let odd = await failure(on, [Script.answer("TOKEN"), Script.answer("../x")])
        #expect(odd.contains("no role's name"))
        let failed = await failure(
            on,
            [Script.answer("TOKEN"), Script.answer("r"), Script.answer(#"{"Code":"AssumeRoleUnauthorizedAccess"}"#)]
        )
        #expect(failed.contains("AssumeRoleUnauthorizedAccess"))
        let address = try HTTPAddress(url: "http://169.254.169.254")
        #expect(await failure(on, [.failure(.timedOut(address, "x"))]).contains("no AWS credentials found"))
    }

    @Test("nothing that is printed shows a secret")
    func redacted() {
        let credentials = Credentials(
            accessKeyID: "AKID",
            secretAccessKey: Secret("hidden"),
            sessionToken: Secret("hidden")
        )
        var shared = SharedConfiguration()
        shared.add("[default]\naws_secret_access_key = hidden\n", isCredentials: true)
        var dumped = ""
        dump(credentials, to: &dumped)
        dump(shared, to: &dumped)
        let shown =
            "\(credentials) \(String(reflecting: credentials)) \(dumped) \(StaticCredentials(credentials)) \(shared) "
            + String(reflecting: shared)
        #expect(!shown.contains("hidden"))
        #expect(shown.contains("AKID"))
    }
}
