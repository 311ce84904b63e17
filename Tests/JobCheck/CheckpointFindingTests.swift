import JobCheck
import Kubernetes
import Testing

@Suite("Checkpoints of a manifest")
struct CheckpointFindingTests {
    private let folder: ManifestFolder

    init() throws { folder = try ManifestFolder() }

    @Test("a Job that keeps the whole contract lacks nothing; that 143 cannot be seen is a note")
    func complete() throws {
        let check = try folder.check(ManifestFolder.job())
        #expect(!check.hasErrors)
        #expect(check.workloads == ["Job default/training"])
        #expect(check.findings.map(\.check) == ["exit-code"])
        #expect(check.findings.first?.problem.contains("143") == true)
    }

    @Test("no checkpoint contract is an error with the line of the annotations")
    func noContract() throws {
        #expect(
            try folder.found(ManifestFolder.job(annotations: "team: a")) == ["error checkpoint-contract 8"]
        )
        #expect(
            try folder.checks(ManifestFolder.job(annotations: "gleaner.dev/checkpoint: none")) == [
                "warning checkpoint-contract"
            ]
        )
        #expect(
            try folder.checks(ManifestFolder.job(annotations: #"gleaner.dev/do-not-disrupt: "true""#)) == [
                "warning checkpoint-contract"
            ]
        )
    }

    @Test("the contract may stand on the Job itself")
    func contractOnJob() throws {
        let metadata = ", annotations: {gleaner.dev/checkpoint: signal}"
        #expect(try folder.checks(ManifestFolder.job(metadata: metadata, annotations: "")) == [])
    }

    @Test("of several templates it is enough that one states the contract, and the object's own word comes first")
    func contractOfOneTemplate() throws {
        func checks(_ metadata: String) throws -> [String] {
            try folder.checks(
                """
                kind: MPIJob
                metadata: {name: ring\(metadata)}
                spec:
                  runPolicy: {backoffLimit: 100}
                  mpiReplicaSpecs:
                    Launcher:
                      template:
                        spec: {terminationGracePeriodSeconds: 60, containers: [{name: a, image: i}]}
                    Worker:
                      restartPolicy: OnFailure
                      template:
                        metadata: {annotations: {gleaner.dev/checkpoint: signal}}
                        spec: {terminationGracePeriodSeconds: 60, containers: [{name: a, image: i}]}
                """
            ).filter { $0.hasSuffix("checkpoint-contract") }
        }
        #expect(try checks("") == [])
        let none = Array(repeating: "warning checkpoint-contract", count: 2)
        #expect(try checks(", annotations: {gleaner.dev/checkpoint: none}") == none)
    }

    @Test(
        "grace must be said, and fit both the checkpoint and the notice",
        arguments: [
            ("restartPolicy: Never", "", ["error grace"]),
            ("restartPolicy: Never", "20s", []),
            ("restartPolicy: Never", "31s", ["error grace"]),
            ("restartPolicy: Never, terminationGracePeriodSeconds: 60", "60s", []),
            ("restartPolicy: Never, terminationGracePeriodSeconds: 60", "61s", ["error grace"]),
            ("restartPolicy: Never, terminationGracePeriodSeconds: 4", "", ["error grace"]),
            ("restartPolicy: Never, terminationGracePeriodSeconds: 110", "", []),
            ("restartPolicy: Never, terminationGracePeriodSeconds: 111", "", ["warning grace"]),
        ]
    )
    func grace(pod: String, timeout: String, expected: [String]) throws {
        let more = timeout.isEmpty ? "" : ", gleaner.dev/checkpoint-timeout: \(timeout)"
        let text = ManifestFolder.job(annotations: "gleaner.dev/checkpoint: signal" + more, pod: pod)
        #expect(try folder.checks(text).filter { $0.hasSuffix("grace") } == expected)
    }

    @Test("who is asked over HTTP says a port that a container declares")
    func http() throws {
        func checks(_ url: String?, _ container: String, _ pod: String = "") throws -> [String] {
            let annotations =
                "gleaner.dev/checkpoint: http" + (url.map { #", gleaner.dev/checkpoint-url: "\#($0)""# } ?? "")
            return try folder.checks(
                ManifestFolder.job(annotations: annotations, pod: "restartPolicy: Never\(pod)", container: container)
            ).filter { $0.hasSuffix("checkpoint-url") }
        }
        #expect(try checks(":8080/save", "ports: [{containerPort: 8080}]") == [])
        #expect(try checks(nil, "ports: [{containerPort: 8080}]") == ["error checkpoint-url"])
        #expect(try checks(":8080/save", "ports: [{containerPort: 80}]") == ["error checkpoint-url"])
        for refused in ["http://10.0.0.1:80/", "http://https://:80/", ":80\\\\save"] {
            #expect(try checks(refused, "ports: [{containerPort: 80}]") == ["error checkpoint-url"])
        }
        #expect(
            try checks(":8080/save", "ports: [{containerPort: 8080}]", ", hostNetwork: true") == [
                "error checkpoint-url"
            ]
        )
    }

    @Test(
        "a shell that runs several commands keeps SIGTERM to itself",
        arguments: [
            ("[sh, -c, 'cd /data && python3 train.py']", true),
            ("[/bin/bash, -ec, 'python3 train.py; echo done']", true),
            ("[sh, -c, 'cd /data && exec python3 train.py']", false),
            ("[sh, -c, python3 train.py]", false),
            ("[bash, -c, 'trap save TERM; python3 train.py & wait']", false),
            ("[python3, train.py]", false),
        ]
    )
    func shell(command: String, warned: Bool) throws {
        #expect(
            try folder.checks(ManifestFolder.job(container: "command: \(command)")) == (warned ? ["warning shell"] : [])
        )
    }

    @Test("nothing makes a lone pod again")
    func lonePod() throws {
        let text = """
            kind: Pod
            metadata: {name: notebook, annotations: {gleaner.dev/checkpoint: signal}}
            spec: {terminationGracePeriodSeconds: 60, containers: [{name: a, image: i}]}
            """
        #expect(try folder.found(text) == ["error lone-pod 1", "note exit-code 2"])
        let notebook = text.replacing("gleaner.dev/checkpoint: signal", with: #"gleaner.dev/do-not-disrupt: "true""#)
        #expect(try folder.checks(notebook) == ["warning checkpoint-contract", "warning lone-pod"])
    }

    @Test("a file without a workload, an object that is none and a file that is not there are refused with the place")
    func badInput() throws {
        func message(_ text: String) -> String {
            do {
                return "\(try folder.check(text).findings)"
            } catch {
                return "\(error)"
            }
        }
        #expect(
            message("{kind: Service, metadata: {name: a}}").hasSuffix(
                "job.yaml: holds no workload: a Pod, a Job, or another kind that makes pods"
            )
        )
        #expect(message("kind: Job\nmetadata: {name: a}\nspec: {parallelism: many}").contains("job.yaml:3: "))
        #expect(message("kind: [").contains("is not YAML"))
        #expect(throws: ManifestError.self) { try JobCheck(path: "/nonexistent/job.yaml") }
    }
}
