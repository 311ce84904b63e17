/// A profile of the shared files: keys, a role on top of another source, or a program. The files are read anew each
/// time: they are rotated.
struct ProfileCredentials: CredentialProvider {
    /// More profiles in a row than anybody has written.
    private static let longestChain = 10

    let environment: [String: String]
    let sources: CredentialSources

    private var name: String { SharedConfiguration.profileName(environment) }

    var source: String {
        let paths = SharedConfiguration.paths(environment)
        return "profile \(name) of \(paths.config) and \(paths.credentials)"
    }

    func credentials() async throws(CredentialError) -> Credentials? {
        let shared = try SharedConfiguration.load(environment)
        guard shared.profiles[name] != nil else {
            guard environment["AWS_PROFILE"].map({ !$0.isEmpty }) == true else { return nil }
            throw .unusable(source: source, reason: "there is no such profile: check AWS_PROFILE")
        }
        return try await provider(of: name, in: shared, after: [])?.credentials()
    }

    /// What a profile names as its source; nil when it says nothing of credentials.
    private func provider(
        of name: String,
        in shared: SharedConfiguration,
        after earlier: [String]
    ) throws(CredentialError) -> (any CredentialProvider)? {
        guard let profile = shared.profiles[name]?.values else {
            throw .unusable(source: "profile \(name)", reason: "there is no such profile: check source_profile")
        }
        guard !earlier.contains(name), earlier.count < Self.longestChain else {
            throw .unusable(
                source: "profile \(earlier.first ?? name)",
                reason: "its source_profile leads back to \(name): give one of them keys of its own"
            )
        }
        if let arn = profile["role_arn"] {
            return try role(arn, profile, name, in: shared, after: earlier)
        }
        if let keys = try Self.keys(profile, name) { return keys }
        if let command = profile["credential_process"] {
            return ProcessCredentials(command: command, profile: name, environment: environment)
        }
        guard profile["sso_session"] == nil, profile["sso_start_url"] == nil else {
            throw .unusable(
                source: "profile \(name)",
                reason: "a sign-on of a person (SSO) is not followed: write a profile with credential_process = "
                    + "aws configure export-credentials --profile \(name), or give the service a role"
            )
        }
        return nil
    }

    private func role(
        _ arn: String,
        _ profile: [String: String],
        _ name: String,
        in shared: SharedConfiguration,
        after earlier: [String]
    ) throws(CredentialError) -> any CredentialProvider {
        let source = "profile \(name)"
        guard profile["mfa_serial"] == nil else {
            throw .unusable(source: source, reason: "a role that asks for a code (mfa_serial) is not for a service")
        }
        var role = STSClient.Role(arn: arn)
        if let sessionName = profile["role_session_name"] { role.sessionName = sessionName }
        role.externalID = profile["external_id"]
        if let text = profile["duration_seconds"] {
            guard let seconds = Int(text), (900...43_200).contains(seconds) else {
                throw .unusable(source: source, reason: "duration_seconds must be a number from 900 to 43200")
            }
            role.durationSeconds = seconds
        }
        if let tokenFile = profile["web_identity_token_file"] {
            return WebIdentityCredentials(role: role, tokenFile: tokenFile, sts: sources.sts)
        }
        let base: any CredentialProvider
        switch (profile["source_profile"], profile["credential_source"]) {
        case (.some, .some):
            throw .unusable(source: source, reason: "it has source_profile and credential_source: write one of them")
        case (let other?, nil) where other == name:
            guard let keys = try Self.keys(profile, name) else {
                throw .unusable(source: source, reason: "its source_profile is itself, and it has no keys")
            }
            base = keys
        case (let other?, nil):
            guard let found = try provider(of: other, in: shared, after: earlier + [name]) else {
                throw .unusable(source: "profile \(other)", reason: "it says nothing of credentials")
            }
            base = found
        case (nil, "Environment"?): base = EnvironmentCredentials(environment)
        case (nil, "Ec2InstanceMetadata"?): base = sources.metadata
        case (nil, "EcsContainer"?): base = sources.container
        case (nil, let other?):
            throw .unusable(
                source: source,
                reason: "credential_source must be Environment, Ec2InstanceMetadata or EcsContainer, not \(other)"
            )
        case (nil, nil):
            throw .unusable(
                source: source,
                reason: "role_arn needs source_profile, credential_source or web_identity_token_file"
            )
        }
        return AssumedRoleCredentials(role: role, base: base, sts: sources.sts)
    }

    private static func keys(
        _ profile: [String: String],
        _ name: String
    ) throws(CredentialError) -> StaticCredentials? {
        let (key, secret) = (profile["aws_access_key_id"], profile["aws_secret_access_key"])
        guard let key, let secret else {
            guard key != nil || secret != nil else { return nil }
            let missing = key == nil ? "aws_access_key_id" : "aws_secret_access_key"
            throw .incomplete(source: "profile \(name)", missing: missing)
        }
        return StaticCredentials(
            Credentials(
                accessKeyID: key,
                secretAccessKey: Secret(secret),
                sessionToken: profile["aws_session_token"].map(Secret.init)
            )
        )
    }
}
