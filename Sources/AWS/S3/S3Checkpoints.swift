package import Model
import Runtime

/// S3 as the place where the loop looks for checkpoints.
package struct S3Checkpoints: CheckpointStore {
    private let s3: S3Client

    package init(client: AWSClient) {
        s3 = S3Client(client)
    }

    package func find(_ search: CheckpointSearch) async -> CheckpointFinding {
        guard let location = S3Location(search.prefix) else {
            return .failed(reason: "\(search.prefix) is not like s3://bucket/path/")
        }
        // S3 tells whole seconds: what was written within the second of the request may be newer than it. A folder's
        // marker and a file that was only begun have no bytes.
        let since = search.since.seconds * 1000
        do throws(AWSError) {
            let found = try await s3.newest(in: location) { $0.writtenMilliseconds >= since && $0.sizeBytes > 0 }
            guard let found else { return .absent }
            return .found(
                uri: "s3://\(location.bucket)/\(found.key)",
                writtenAt: Timestamp(milliseconds: found.writtenMilliseconds)
            )
        } catch {
            return .failed(reason: "\(error)")
        }
    }
}
