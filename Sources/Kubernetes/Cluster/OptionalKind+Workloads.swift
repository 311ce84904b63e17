import Model

extension OptionalKind {
    /// The kinds that stand for several pods which are one workload.
    static let workloads = [
        OptionalKind(
            .jobSet,
            group: "jobset.x-k8s.io",
            versions: ["v1alpha2"],
            plural: "jobsets",
            meaning: "and so not how many pods of one start together"
        ),
        OptionalKind(
            .pyTorchJob,
            group: "kubeflow.org",
            versions: ["v1"],
            plural: "pytorchjobs",
            meaning: "and so not how many pods of one start together, nor when it is complete"
        ),
        OptionalKind(
            .mpiJob,
            group: "kubeflow.org",
            // That of the MPI operator, and that of the training operator; a cluster has one of them.
            versions: ["v2beta1", "v1"],
            plural: "mpijobs",
            meaning: "and so not how many pods of one start together, nor when it is complete"
        ),
        OptionalKind(
            .podGroup,
            group: "scheduling.x-k8s.io",
            versions: ["v1alpha1"],
            plural: "podgroups",
            meaning: "and so takes their pods for what owns them"
        ),
    ]

    private init(
        _ kind: WorkloadObject.Kind,
        group: String,
        versions: [String],
        plural: String,
        meaning: String
    ) {
        self.init(
            group: group,
            versions: versions,
            plural: plural,
            meaning: meaning,
            read: { .workload(try WorkloadObject(json: $0, kind: kind)) }
        )
    }
}
