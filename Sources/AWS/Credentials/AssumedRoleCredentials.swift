/// A role, assumed with the credentials of another source.
struct AssumedRoleCredentials: CredentialProvider {
    let role: STSClient.Role
    let base: any CredentialProvider
    let sts: STSClient

    var source: String { "role \(role.arn) with \(base.source)" }

    func credentials() async throws(CredentialError) -> Credentials? {
        // A role that is named is wanted: a later source would act with other rights than these.
        guard let identity = try await base.credentials() else { throw .notFound(tried: [base.source]) }
        do throws(AWSError) {
            return try await sts.assumeRole(role, as: identity)
        } catch {
            throw .refused(source: "role \(role.arn)", reason: "\(error)", isTransient: error.kind.isRetried)
        }
    }

    func forget(_ refused: Credentials) async {
        if let identity = try? await base.credentials() { await base.forget(identity) }
    }
}
