package import HTTPTransport

/// AWS Signature Version 4: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
package enum SigV4 {
    static let algorithm = "AWS4-HMAC-SHA256"

    /// Headers that proxies and HTTP libraries change on the way, and the signature itself.
    private static let unsigned: Set<String> = [
        "authorization", "connection", "expect", "keep-alive", "proxy-authorization", "proxy-connection", "te",
        "trailer", "transfer-encoding", "upgrade", "user-agent", "x-amzn-trace-id",
    ]

    /// What the signature is good for: one day, region and service.
    struct Scope: Sendable, Equatable {
        var day: String
        var region: String
        var service: String

        var text: String { "\(day)/\(region)/\(service)/aws4_request" }
    }

    /// The headers of a request with the signature among them. Pure: the same input gives the same bytes.
    /// - Parameters:
    ///   - request: what will be sent; its headers may be there from an earlier signature.
    ///   - credentials: who signs.
    ///   - region: as in `eu-central-1`.
    ///   - service: the signing name, as in `ec2`.
    ///   - milliseconds: wall time since 1970.
    /// - Returns: the request's headers and `X-Amz-Date`, `Authorization`, where due `X-Amz-Security-Token`, and for
    ///   S3 `X-Amz-Content-SHA256`.
    /// - Throws: `HTTPError.invalidURL`.
    package static func sign(
        _ request: HTTPRequest,
        credentials: Credentials,
        region: String,
        service: String,
        atMilliseconds milliseconds: Int64
    ) throws(HTTPError) -> HTTPHeaders {
        let address = try HTTPAddress(url: request.url)
        let time = AWSTime.basic(milliseconds)
        let digest = Digest.hex(Digest.sha256(request.body))
        var headers = request.headers
        headers["Authorization"] = nil
        headers["X-Amz-Date"] = time
        headers["X-Amz-Security-Token"] = credentials.sessionToken?.value
        if service == "s3" { headers["X-Amz-Content-SHA256"] = digest }

        var signed = headers
        if signed["Host"] == nil { signed.add("host", address.hostHeader) }
        let names = Set(signed.fields.map { $0.name.lowercased() }).subtracting(unsigned).sorted()
        let scope = Scope(day: String(time.prefix(8)), region: region, service: service)
        let canonical = canonicalRequest(
            method: request.method,
            target: address.target,
            headers: signed,
            signedNames: names,
            bodyDigest: headers["X-Amz-Content-SHA256"] ?? digest,
            service: service
        )
        let signature = signature(canonical, secret: credentials.secretAccessKey.value, scope: scope, time: time)
        headers["Authorization"] =
            "\(algorithm) Credential=\(credentials.accessKeyID)/\(scope.text), "
            + "SignedHeaders=\(names.joined(separator: ";")), Signature=\(signature)"
        return headers
    }

    static func signature(_ canonicalRequest: String, secret: String, scope: Scope, time: String) -> String {
        var key = Array("AWS4\(secret)".utf8)
        for part in [scope.day, scope.region, scope.service, "aws4_request"] {
            key = Digest.hmacSHA256(key: key, part)
        }
        let digest = Digest.hex(Digest.sha256(Array(canonicalRequest.utf8)))
        return Digest.hex(Digest.hmacSHA256(key: key, "\(algorithm)\n\(time)\n\(scope.text)\n\(digest)"))
    }
}
