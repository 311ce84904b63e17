import Foundation

/// Credentials as programs, containers and the metadata service write them in JSON.
struct IssuedCredentials: Decodable {
    private let accessKeyID: String?
    private let secretAccessKey: String?
    private let token: String?
    private let expiration: String?
    /// `Success` from the metadata service.
    let code: String?
    /// 1 from a program.
    let version: Int?

    private enum CodingKeys: String, CodingKey {
        case accessKeyID = "AccessKeyId"
        case secretAccessKey = "SecretAccessKey"
        case token = "Token"
        case sessionToken = "SessionToken"
        case expiration = "Expiration"
        case code = "Code"
        case version = "Version"
    }

    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        func text(_ key: CodingKeys) throws -> String? {
            try values.decodeIfPresent(String.self, forKey: key).flatMap { $0.isEmpty ? nil : $0 }
        }
        accessKeyID = try text(.accessKeyID)
        secretAccessKey = try text(.secretAccessKey)
        token = try text(.token) ?? text(.sessionToken)
        expiration = try text(.expiration)
        code = try text(.code)
        version = try values.decodeIfPresent(Int.self, forKey: .version)
    }

    /// - Parameters:
    ///   - bytes: JSON.
    ///   - source: for errors, which never say what the bytes hold.
    /// - Returns: what they say.
    /// - Throws: `CredentialError.unusable`.
    static func read(_ bytes: [UInt8], source: String) throws(CredentialError) -> IssuedCredentials {
        do {
            return try JSONDecoder().decode(IssuedCredentials.self, from: Data(bytes))
        } catch {
            throw .unusable(source: source, reason: "what it gave is not the JSON that is documented")
        }
    }

    func credentials(source: String) throws(CredentialError) -> Credentials {
        guard let accessKeyID else { throw .unusable(source: source, reason: "what it gave lacks AccessKeyId") }
        guard let secretAccessKey else { throw .unusable(source: source, reason: "what it gave lacks SecretAccessKey") }
        var end: Int64?
        if let expiration {
            end = AWSTime.parse(expiration)
            guard end != nil else { throw .unusable(source: source, reason: "its Expiration is no time in UTC") }
        }
        return Credentials(
            accessKeyID: accessKeyID,
            secretAccessKey: Secret(secretAccessKey),
            sessionToken: token.map(Secret.init),
            expiresAtMilliseconds: end
        )
    }
}
