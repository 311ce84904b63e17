import HTTPTransport

/// S3, of which objects are listed and nothing is read or written.
package struct S3Client: Sendable {
    /// More pages are not read: a prefix that holds so much is not one checkpoint's.
    static let mostPages = 50

    private let client: AWSClient

    package init(_ client: AWSClient) {
        self.client = client
    }

    /// One page of a bucket's objects.
    struct Page: Equatable {
        var objects: [S3Object] = []
        /// Nil on the last page.
        var nextToken: String?
    }

    /// Looks through the objects under a prefix, page after page, in the order of their keys.
    /// - Parameters:
    ///   - location: where.
    ///   - isWanted: of which object.
    /// - Returns: the newest of the first page that holds one that is wanted; nil when none is.
    /// - Throws: `AWSError`.
    package func newest(
        in location: S3Location,
        where isWanted: (S3Object) -> Bool
    ) async throws(AWSError) -> S3Object? {
        var token: String?
        var region = client.configuration.region
        for _ in 0..<Self.mostPages {
            let page = try await listObjects(location, after: token, startingIn: &region)
            if let found = page.objects.filter(isWanted).max(by: { $0.writtenMilliseconds < $1.writtenMilliseconds }) {
                return found
            }
            guard let next = page.nextToken else { return nil }
            token = next
        }
        throw .unreadable(
            operation: "s3.ListObjectsV2",
            requestID: nil,
            reason:
                "more than \(Self.mostPages) pages of objects are under \(location): give each workload its own prefix"
        )
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
    private func listObjects(
        _ location: S3Location,
        after token: String?,
        startingIn region: inout String
    ) async throws(AWSError) -> Page {
        do throws(AWSError) {
            return try await listObjects(location, after: token, region: region)
        } catch {
            // A bucket elsewhere says where, and answers there alone.
            guard case .refused(let refusal) = error, let other = refusal.bucketRegion, other != region,
                other.utf8.allSatisfy({ $0 == 0x2D || (0x30...0x39).contains($0) || (0x61...0x7A).contains($0) })
            else { throw error }
            region = other
            return try await listObjects(location, after: token, region: other)
        }
    }

    private func listObjects(
        _ location: S3Location,
        after token: String?,
        region: String
    ) async throws(AWSError) -> Page {
        var query = ["list-type": "2", "prefix": location.prefix]
        query["continuation-token"] = token
        let text = query.sorted { $0.key < $1.key }
            .map { "\(PercentEncoding.encode($0.key))=\(PercentEncoding.encode($0.value))" }.joined(separator: "&")
        return try await client.send(
            HTTPRequest(url: url(of: location.bucket, region: region) + "?" + text),
            to: .s3,
            "ListObjectsV2",
            region: region
        ) { response throws(AnswerProblem) in
            try XMLElement.read(response) { root throws(XMLShapeError) in try Self.page(root) }
        }
    }

    /// A bucket's own host; in the path where the endpoint is not AWS's, or the name has dots, which no certificate of
    /// S3 covers.
    private func url(of bucket: String, region: String) -> String {
        guard !client.configuration.hasEndpoint(.s3) else {
            return "\(client.configuration.endpoint(.s3))\(bucket)"
        }
        let host = client.configuration.host(.s3, region: region)
        return bucket.contains(".") ? "https://\(host)/\(bucket)" : "https://\(bucket).\(host)/"
    }

    static func page(_ root: XMLElement) throws(XMLShapeError) -> Page {
        var page = Page()
        for item in root.children where item.name == "Contents" {
            let key = try item.required("Key")
            let written = try item.required("LastModified") { AWSTime.parse($0) }
            let size = try item.required("Size") { Int64($0) }
            page.objects.append(S3Object(key: key, writtenMilliseconds: written, sizeBytes: size))
        }
        if root["IsTruncated"]?.text == "true" { page.nextToken = try root.required("NextContinuationToken") }
        return page
    }
}

/// An object as a list shows it.
package struct S3Object: Hashable, Sendable {
    package var key: String
    /// LastModified, by S3's clock, in whole seconds.
    package var writtenMilliseconds: Int64
    package var sizeBytes: Int64
}
