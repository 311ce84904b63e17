import AWS
import Foundation
import Testing

@Suite("Credentials")
struct CredentialTests {
    private func file(_ text: String) throws -> String {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("credentials-\(UUID().uuidString)")
            .path
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    @Test("the environment comes first, then the named profile")
    func chain() async throws {
        let path = try file(
            "[default]\naws_access_key_id=A\naws_secret_access_key=s\n# x\n[ other ]\nAWS_ACCESS_KEY_ID = B\naws_secret_access_key = s=/+\naws_session_token=t\n"
        )
        defer { try? FileManager.default.removeItem(atPath: path) }
        var environment = ["AWS_SHARED_CREDENTIALS_FILE": path]
        #expect(try await CredentialChain(environment: environment).credentials()?.accessKeyID == "A")
        environment["AWS_PROFILE"] = "other"
        let other = try await CredentialChain(environment: environment).credentials()
        #expect(other == Credentials(accessKeyID: "B", secretAccessKey: Secret("s=/+"), sessionToken: Secret("t")))
        environment["AWS_ACCESS_KEY_ID"] = "E"
        environment["AWS_SECRET_ACCESS_KEY"] = "s"
        #expect(try await CredentialChain(environment: environment).credentials()?.accessKeyID == "E")
    }

    @Test("none found says where it looked; half of a pair says which half is missing")
    func missing() async throws {
        let error = await #expect(throws: CredentialError.self) {
            try await CredentialChain(environment: ["HOME": "/nonexistent"]).credentials()
        }
        #expect(
            error?.description
                == "no AWS credentials found: looked at environment variables, then profile default of "
                + "/nonexistent/.aws/credentials; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or write a profile"
        )
        await #expect(
            throws: CredentialError.incomplete(source: "environment variables", missing: "AWS_SECRET_ACCESS_KEY")
        ) {
            try await CredentialChain(environment: ["AWS_ACCESS_KEY_ID": "A"]).credentials()
        }
    }

    @Test("nothing that is printed shows a secret")
    func redacted() {
        let credentials = Credentials(
            accessKeyID: "AKID",
            secretAccessKey: Secret("hidden"),
            sessionToken: Secret("hidden")
        )
        var dumped = ""
        dump(credentials, to: &dumped)
        let shown = "\(credentials) \(String(reflecting: credentials)) \(dumped) \(StaticCredentials(credentials))"
        #expect(!shown.contains("hidden"))
        #expect(shown.contains("AKID"))
    }
}
