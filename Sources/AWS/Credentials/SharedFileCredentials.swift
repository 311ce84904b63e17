import Foundation

/// A profile of the shared credentials file, `~/.aws/credentials` unless `AWS_SHARED_CREDENTIALS_FILE` names another.
package struct SharedFileCredentials: CredentialProvider {
    private let path: String
    private let profile: String
    /// Whether the environment names the file or the profile: then it must be there.
    private let isAskedFor: Bool

    package init(environment: [String: String]) {
        let home = environment["HOME"] ?? "/root"
        path = environment["AWS_SHARED_CREDENTIALS_FILE"] ?? "\(home)/.aws/credentials"
        profile = environment["AWS_PROFILE"] ?? "default"
        isAskedFor = environment["AWS_SHARED_CREDENTIALS_FILE"] != nil || environment["AWS_PROFILE"] != nil
    }

    package var source: String { "profile \(profile) of \(path)" }

    package func credentials() throws(CredentialError) -> Credentials? {
        guard isAskedFor || FileManager.default.fileExists(atPath: path) else { return nil }
        let text: String
        do {
            text = try String(contentsOfFile: path, encoding: .utf8)
        } catch {
            throw .unreadable(path: path, reason: error.localizedDescription)
        }
        guard let values = Self.section(profile, of: text) else { return nil }
        guard let key = values["aws_access_key_id"] else {
            throw .incomplete(source: source, missing: "aws_access_key_id")
        }
        guard let secret = values["aws_secret_access_key"] else {
            throw .incomplete(source: source, missing: "aws_secret_access_key")
        }
        return Credentials(
            accessKeyID: key,
            secretAccessKey: Secret(secret),
            sessionToken: values["aws_session_token"].map(Secret.init)
        )
    }

    /// The keys under `[name]`, in lower case.
    static func section(_ name: String, of text: String) -> [String: String]? {
        var values: [String: String]?
        var isInside = false
        for line in text.split(whereSeparator: \.isNewline) {
            let line = line.trimmingCharacters(in: .whitespaces)
            guard !line.isEmpty, !line.hasPrefix("#"), !line.hasPrefix(";") else { continue }
            if line.hasPrefix("["), line.hasSuffix("]") {
                isInside = line.dropFirst().dropLast().trimmingCharacters(in: .whitespaces) == name
                if isInside, values == nil { values = [:] }
            } else if isInside, let mark = line.firstIndex(of: "=") {
                let key = line[..<mark].trimmingCharacters(in: .whitespaces).lowercased()
                values?[key] = line[line.index(after: mark)...].trimmingCharacters(in: .whitespaces)
            }
        }
        return values
    }
}
