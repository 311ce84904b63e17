package import HTTPTransport

extension SigV4 {
    /// A request as a server received it.
    package struct ReceivedRequest: Sendable {
        package var method: String
        /// Path and query, undecoded.
        package var target: String
        /// With Host.
        package var headers: HTTPHeaders
        package var body: [UInt8]

        package init(method: String, target: String, headers: HTTPHeaders, body: [UInt8]) {
            self.method = method
            self.target = target
            self.headers = headers
            self.body = body
        }
    }

    /// Who signed, and for what.
    package struct Signer: Sendable, Equatable {
        package let accessKeyID: String
        package let region: String
        package let service: String
    }

    /// Why a signature is refused.
    package enum Refusal: Error, Sendable, Equatable {
        case missing
        case malformed(String)
        case unknownKey(String)
        case skewed(seconds: Int64)
        case wrongSignature

        /// The error code that AWS answers with.
        package var code: String {
            switch self {
            case .missing: "MissingAuthenticationToken"
            case .malformed: "IncompleteSignature"
            case .unknownKey: "InvalidClientTokenId"
            case .skewed: "RequestExpired"
            case .wrongSignature: "SignatureDoesNotMatch"
            }
        }
    }

    /// The most that signer's and server's clocks may differ.
    static let longestSkewMilliseconds: Int64 = 5 * 60 * 1000

    /// Checks a request's Authorization header.
    /// - Parameters:
    ///   - request: as it came.
    ///   - milliseconds: the server's wall time since 1970.
    ///   - secret: looks up the secret access key of an access key id.
    /// - Returns: who signed, and for which region and service; whether those are the server's own is for it to say.
    /// - Throws: `Refusal`.
    package static func verify(
        _ request: ReceivedRequest,
        atMilliseconds milliseconds: Int64,
        secret: (String) -> String?
    ) throws(Refusal) -> Signer {
        guard let authorization = request.headers["Authorization"] else { throw .missing }
        let claim = try Claim(authorization)
        guard let time = request.headers["X-Amz-Date"], let signedAt = AWSTime.parse(time) else {
            throw .malformed("X-Amz-Date is missing or no date")
        }
        guard time.hasPrefix(claim.scope.day) else { throw .malformed("Credential and X-Amz-Date name different days") }
        let names = Set(request.headers.fields.map { $0.name.lowercased() })
        let due = names.filter { $0.hasPrefix("x-amz-") }.union(["host"])
        guard due.isSubset(of: claim.signedNames), names.isSuperset(of: claim.signedNames) else {
            throw .malformed("SignedHeaders must name host, every x-amz- header, and only headers that are there")
        }
        guard let key = secret(claim.accessKeyID) else { throw .unknownKey(claim.accessKeyID) }
        let skew = abs(milliseconds - signedAt)
        guard skew <= longestSkewMilliseconds else { throw .skewed(seconds: skew / 1000) }

        let digest = Digest.hex(Digest.sha256(request.body))
        if let stated = request.headers["X-Amz-Content-SHA256"], stated != digest { throw .wrongSignature }
        let canonical = canonicalRequest(
            method: request.method,
            target: request.target,
            headers: request.headers,
            signedNames: claim.signedNames,
            bodyDigest: digest,
            service: claim.scope.service
        )
        let right = signature(canonical, secret: key, scope: claim.scope, time: time)
        guard Digest.equal(right, claim.signature) else { throw .wrongSignature }
        return Signer(accessKeyID: claim.accessKeyID, region: claim.scope.region, service: claim.scope.service)
    }

    /// What an Authorization header says.
    private struct Claim {
        let accessKeyID: String
        let scope: Scope
        let signedNames: [String]
        let signature: String

        init(_ authorization: String) throws(Refusal) {
            guard authorization.hasPrefix(algorithm + " ") else {
                throw .malformed("the algorithm is not \(algorithm)")
            }
            var parts: [Substring: Substring] = [:]
            for part in authorization.dropFirst(algorithm.count + 1).split(separator: ",") {
                let pair = part.drop { $0 == " " }.split(separator: "=", maxSplits: 1)
                if pair.count == 2 { parts[pair[0]] = pair[1] }
            }
            guard let credential = parts["Credential"], let names = parts["SignedHeaders"],
                let signature = parts["Signature"]
            else {
                throw .malformed("Credential, SignedHeaders and Signature are needed")
            }
            let fields = credential.split(separator: "/", omittingEmptySubsequences: false)
            guard fields.count == 5, fields[4] == "aws4_request" else {
                throw .malformed("Credential must be KEY/DAY/REGION/SERVICE/aws4_request")
            }
            accessKeyID = String(fields[0])
            scope = Scope(day: String(fields[1]), region: String(fields[2]), service: String(fields[3]))
            signedNames = names.split(separator: ";").map(String.init)
            self.signature = String(signature)
        }
    }
}
