import Foundation
import JobCheck

/// Manifests that a test writes, checked.
struct ManifestFolder {
    private let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "job-check-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    func check(_ text: String) throws -> JobCheck {
        let path = folder.appending(path: "job.yaml")
        try Data(text.utf8).write(to: path)
        return try JobCheck(path: path.path())
    }

    /// What was found, as `error backoff 4`: severity, check and line.
    func found(_ text: String) throws -> [String] {
        try check(text).findings.map { finding in
            "\(finding.severity.rawValue) \(finding.check) \(finding.place.split(separator: ":").last ?? "")"
        }
    }

    /// The same without notes and lines.
    func checks(_ text: String) throws -> [String] {
        try check(text).findings.filter { $0.severity != .note }.map { "\($0.severity.rawValue) \($0.check)" }
    }
}

extension ManifestFolder {
    static let ignoring = """
        podFailurePolicy: {rules: [{action: Ignore, onPodConditions: [{type: DisruptionTarget, status: "True"}]}]}
        """

    /// A Job that lacks nothing, with some lines exchanged or added.
    static func job(
        metadata: String = "",
        spec: String = ignoring,
        annotations: String = "gleaner.dev/checkpoint: signal",
        pod: String = "restartPolicy: Never, terminationGracePeriodSeconds: 60",
        container: String = "command: [python3, train.py]"
    ) -> String {
        """
        apiVersion: batch/v1
        kind: Job
        metadata: {name: training\(metadata)}
        spec:
          \(spec)
          template:
            metadata:
              annotations: {\(annotations)}
            spec: {\(pod), containers: [{name: train, image: i, \(container)}]}
        """
    }
}
