import JobCheck
import Testing

@Suite("Retries of a manifest")
struct RestartFindingTests {
    private let folder: ManifestFolder

    init() throws { folder = try ManifestFolder() }

    @Test("without a podFailurePolicy interruptions count against the backoffLimit")
    func backoff() throws {
        let check = try folder.check(ManifestFolder.job(spec: "backoffLimit: 3"))
        let finding = try #require(check.findings.first)
        #expect(finding.check == "backoff" && finding.severity == .error)
        #expect(finding.problem.contains("backoffLimit 3") && finding.remedy.contains("DisruptionTarget"))
        #expect(finding.field == "spec.podFailurePolicy" && finding.place.hasSuffix("job.yaml:5"))
    }

    @Test(
        "the first rule that matches an interrupted pod decides",
        arguments: [
            ("{action: Ignore, onPodConditions: [{type: DisruptionTarget}]}", []),
            ("{action: Ignore, onExitCodes: {operator: In, values: [137, 143]}}", []),
            ("{action: Ignore, onExitCodes: {operator: In, values: [143]}}", ["error backoff"]),
            (#"{action: Ignore, onPodConditions: [{type: DisruptionTarget, status: "False"}]}"#, ["error backoff"]),
            ("{action: Count, onPodConditions: [{type: DisruptionTarget}]}", ["error backoff"]),
            (
                "{action: FailJob, onExitCodes: {operator: NotIn, values: [1, 2]}}, "
                    + "{action: Ignore, onPodConditions: [{type: DisruptionTarget}]}", ["error backoff"]
            ),
            (
                "{action: FailJob, onExitCodes: {operator: In, values: [42]}}, "
                    + "{action: Ignore, onPodConditions: [{type: DisruptionTarget}]}", []
            ),
        ]
    )
    func policies(rules: String, expected: [String]) throws {
        #expect(
            try folder.checks(ManifestFolder.job(spec: "podFailurePolicy: {rules: [\(rules)]}")) == expected
        )
    }

    @Test("a restart policy other than Never hides exit codes")
    func restartPolicy() throws {
        let pod = "restartPolicy: OnFailure, terminationGracePeriodSeconds: 60"
        #expect(try folder.checks(ManifestFolder.job(pod: pod)) == ["error restart-policy"])
        #expect(try folder.found(ManifestFolder.job(pod: pod)).first == "error restart-policy 9")
    }

    @Test("members of a gang that stop on healthy nodes count as failures unless 143 is ignored")
    func gang() throws {
        let annotations = #"gleaner.dev/checkpoint: signal, gleaner.dev/gang: g, gleaner.dev/gang-size: "4""#
        #expect(try folder.checks(ManifestFolder.job(annotations: annotations)) == ["warning gang-exit-code"])
        let rules = """
            podFailurePolicy: {rules: [{action: Ignore, onPodConditions: [{type: DisruptionTarget}]}, \
            {action: Ignore, onExitCodes: {operator: In, values: [143]}}]}
            """
        #expect(try folder.checks(ManifestFolder.job(spec: rules, annotations: annotations)) == [])
    }

    @Test("a Job's own time limit runs on while it waits")
    func activeDeadline() throws {
        let spec = "activeDeadlineSeconds: 3600\n  " + ManifestFolder.ignoring
        #expect(try folder.found(ManifestFolder.job(spec: spec)).first == "warning active-deadline 5")
    }

    @Test("the queue label counts on suspended Jobs that Kueue does not manage")
    func queue() throws {
        let label = ", labels: {gleaner.dev/queue: a}"
        let suspended = "suspend: true\n  " + ManifestFolder.ignoring
        #expect(try folder.checks(ManifestFolder.job(metadata: label)) == ["warning queue"])
        #expect(try folder.checks(ManifestFolder.job(metadata: label, spec: suspended)) == [])
        let both = ", labels: {gleaner.dev/queue: a, kueue.x-k8s.io/queue-name: b}"
        #expect(try folder.checks(ManifestFolder.job(metadata: both, spec: suspended)) == ["warning queue"])
    }

    @Test("a CronJob's Job is looked at where it stands")
    func cronJob() throws {
        let text = """
            kind: CronJob
            metadata: {name: nightly}
            spec:
              jobTemplate:
                metadata: {annotations: {gleaner.dev/checkpoint: signal}}
                spec:
                  backoffLimit: 1
                  template:
                    spec: {restartPolicy: Never, terminationGracePeriodSeconds: 60, containers: [{name: a, image: i}]}
            """
        #expect(try folder.found(text) == ["error backoff 7", "note exit-code 2"])
    }

    private func jobSet(_ policy: String, _ job: String) -> String {
        """
        kind: JobSet
        metadata: {name: llm}
        spec:
          \(policy)
          replicatedJobs:
            - name: workers
              template:
                spec:
                  \(job)
                  template:
                    metadata: {annotations: {gleaner.dev/checkpoint: signal}}
                    spec: {restartPolicy: Never, terminationGracePeriodSeconds: 60, containers: [{name: a, image: i}]}
        """
    }

    @Test("a JobSet's restarts are used up unless its Jobs ignore disruptions or its rules do not count them")
    func jobSets() throws {
        let failing = "podFailurePolicy: {rules: [{action: FailJob, onPodConditions: [{type: DisruptionTarget}]}]}"
        let uncounted =
            "failurePolicy: {maxRestarts: 3, rules: [{action: RestartJobSetAndIgnoreMaxRestarts, "
            + "onJobFailureReasons: [PodFailurePolicy]}]}"
        #expect(try folder.checks(jobSet("failurePolicy: {maxRestarts: 3}", ManifestFolder.ignoring)) == [])
        #expect(try folder.checks(jobSet(uncounted, failing)) == [])
        #expect(
            try folder.checks(jobSet("failurePolicy: {maxRestarts: 3}", "backoffLimit: 0")) == [
                "error backoff", "error max-restarts",
            ]
        )
        #expect(
            try folder.checks(jobSet("failurePolicy: {maxRestarts: 3}", failing)) == [
                "error backoff", "error max-restarts",
            ]
        )
        let none = try folder.check(jobSet("suspend: false", "backoffLimit: 0"))
        #expect(none.findings.contains { $0.check == "max-restarts" && $0.problem.contains("no failurePolicy") })
    }

    private func pyTorch(_ policy: String, _ replica: String, _ more: String = "") -> String {
        """
        kind: PyTorchJob
        metadata: {name: ddp}
        spec:
          runPolicy: {\(policy)}
          \(more)
          pytorchReplicaSpecs:
            Worker:
              replicas: 2
              \(replica)
              template:
                metadata: {annotations: {gleaner.dev/checkpoint: signal}}
                spec: {terminationGracePeriodSeconds: 60, containers: [{name: pytorch, image: i}]}
        """
    }

    @Test("Kubeflow's limits on restarts are told, since nothing can be excepted from them")
    func kubeflow() throws {
        #expect(try folder.checks(pyTorch("", "restartPolicy: ExitCode")) == [])
        #expect(try folder.found(pyTorch("", "restartPolicy: Never")).first == "error restart-policy 9")
        #expect(try folder.checks(pyTorch("", "restartPolicy: OnFailure")) == ["warning restart-policy"])
        #expect(try folder.found(pyTorch("backoffLimit: 3", "restartPolicy: ExitCode")).first == "warning backoff 4")
        #expect(try folder.checks(pyTorch("backoffLimit: 0", "restartPolicy: ExitCode")) == ["error backoff"])
        #expect(
            try folder.checks(pyTorch("activeDeadlineSeconds: 60", "restartPolicy: ExitCode")) == [
                "warning active-deadline"
            ]
        )
        #expect(
            try folder.checks(pyTorch("", "restartPolicy: ExitCode", "elasticPolicy: {maxRestarts: 0}")) == [
                "error elastic-restarts"
            ]
        )
        let mpi = pyTorch("backoffLimit: 20", "restartPolicy: Never")
            .replacing("PyTorchJob", with: "MPIJob").replacing("pytorchReplicaSpecs", with: "mpiReplicaSpecs")
        #expect(try folder.checks(mpi) == ["warning backoff", "warning restart-policy"])
    }
}
