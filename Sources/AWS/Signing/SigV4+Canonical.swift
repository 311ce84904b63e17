import HTTPTransport

extension SigV4 {
    /// The one text that every way of writing the same request comes down to.
    static func canonicalRequest(
        method: String,
        target: String,
        headers: HTTPHeaders,
        signedNames: [String],
        bodyDigest: String,
        service: String
    ) -> String {
        let cut = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let lines = signedNames.map { name in
            name + ":" + headers.values(name).map(folded).joined(separator: ",")
        }
        return [
            method.uppercased(),
            canonicalPath(cut[0], service: service),
            cut.count > 1 ? canonicalQuery(cut[1]) : "",
            lines.joined(separator: "\n") + "\n",
            signedNames.joined(separator: ";"),
            bodyDigest,
        ].joined(separator: "\n")
    }

    /// Everywhere but in S3 the path is normalised, and what is encoded already is encoded once more.
    private static func canonicalPath(_ path: Substring, service: String) -> String {
        guard service != "s3" else { return path.isEmpty ? "/" : String(path) }
        var segments: [Substring] = []
        for segment in path.split(separator: "/") where segment != "." {
            if segment == ".." {
                _ = segments.popLast()
            } else {
                segments.append(segment)
            }
        }
        let end = path.hasSuffix("/") && !segments.isEmpty ? "/" : ""
        return "/" + PercentEncoding.encode(segments.joined(separator: "/"), keepsSlash: true) + end
    }

    /// Encoded first, then sorted by name and value: the order of the encoded text counts.
    private static func canonicalQuery(_ query: Substring) -> String {
        let pairs = query.split(separator: "&").map { pair in
            let cut = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = PercentEncoding.encode(PercentEncoding.decode(cut[0]))
            return (name, cut.count > 1 ? PercentEncoding.encode(PercentEncoding.decode(cut[1])) : "")
        }
        return pairs.sorted { $0 < $1 }.map { "\($0)=\($1)" }.joined(separator: "&")
    }

    /// Without white space around, and with one space for every run of it; bytes, not characters, so that a combining
    /// mark after a space does not hide it.
    private static func folded(_ value: String) -> String {
        let words = value.utf8.split { $0 == 0x20 || (0x09...0x0D).contains($0) }
        return words.compactMap { String($0) }.joined(separator: " ")
    }
}
