import Foundation
import HTTPTransport

/// The role of the instance that we run on, from its metadata service.
struct MetadataCredentials: CredentialProvider {
    let metadata: InstanceMetadata
    let isDisabled: Bool

    var source: String {
        isDisabled ? "the instance metadata service (AWS_EC2_METADATA_DISABLED)" : "the instance metadata service"
    }

    func credentials() async throws(CredentialError) -> Credentials? {
        guard !isDisabled else { return nil }
        let name = "the instance's role"
        let answer: (role: String, body: [UInt8])?
        do throws(InstanceMetadataError) {
            answer = try await metadata.roleCredentials()
        } catch {
            // Whoever does not answer is not there: most machines are no instances.
            if case .transport(let reason) = error, reason.isTransient { return nil }
            throw .refused(source: name, reason: "\(error)", isTransient: error.isTransient)
        }
        guard let answer else { return nil }
        let issued = try IssuedCredentials.read(answer.body, source: name)
        if let code = issued.code, code != "Success" {
            throw .refused(source: "\(name) \(answer.role)", reason: "it says \(code.prefix(60))", isTransient: true)
        }
        return try issued.credentials(source: name)
    }
}
