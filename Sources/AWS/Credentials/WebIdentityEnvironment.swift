/// The web identity that the environment names, as EKS sets it for the pods of an annotated service account.
struct WebIdentityEnvironment: CredentialProvider {
    let environment: [String: String]
    let sts: STSClient

    var source: String { "web identity (AWS_WEB_IDENTITY_TOKEN_FILE)" }

    func credentials() async throws(CredentialError) -> Credentials? {
        try await WebIdentityCredentials.named(by: environment, sts: sts)?.credentials()
    }
}
