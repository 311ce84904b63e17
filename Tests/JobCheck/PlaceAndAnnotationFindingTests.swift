import JobCheck
import Testing

@Suite("Places and annotations of a manifest")
struct PlaceAndAnnotationFindingTests {
    private let folder: ManifestFolder

    init() throws { folder = try ManifestFolder() }

    private func pod(_ more: String) -> String {
        ManifestFolder.job(pod: "restartPolicy: Never, terminationGracePeriodSeconds: 60, \(more)")
    }

    @Test("a volume that pins the zone is told, one that every zone reaches is not")
    func volumes() throws {
        let mounted = pod("volumes: [{name: data, persistentVolumeClaim: {claimName: data}}]")
        func claim(_ spec: String) -> String {
            mounted + "\n---\n{kind: PersistentVolumeClaim, metadata: {name: data}, spec: {\(spec)}}"
        }
        let efs = "\n---\n{kind: StorageClass, metadata: {name: shared}, provisioner: efs.csi.aws.com}"
        let ebs = "\n---\n{kind: StorageClass, metadata: {name: fast}, provisioner: ebs.csi.aws.com}"
        #expect(try folder.checks(mounted) == ["warning volume-zone"])
        #expect(try folder.checks(claim("accessModes: [ReadWriteOnce]")) == ["warning volume-zone"])
        #expect(try folder.checks(claim("accessModes: [ReadWriteMany]")) == [])
        #expect(try folder.checks(claim("accessModes: [ReadWriteOnce], storageClassName: shared") + efs) == [])
        #expect(
            try folder.checks(claim("accessModes: [ReadWriteMany], storageClassName: fast") + ebs) == [
                "warning volume-zone"
            ]
        )
        #expect(
            try folder.checks(pod("volumes: [{name: d, awsElasticBlockStore: {volumeID: v}}]")) == [
                "warning volume-zone"
            ]
        )
        #expect(try folder.checks(pod("volumes: [{name: d, hostPath: {path: /data}}]")) == ["warning volume-node"])
        #expect(try folder.checks(pod("volumes: [{name: d, emptyDir: {}}]")) == [])
    }

    @Test("a selector of one zone or one node is told")
    func selectors() throws {
        func affinity(_ values: String) -> String {
            "affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: "
                + "[{matchExpressions: [{key: topology.kubernetes.io/zone, operator: In, values: [\(values)]}]}]}}}"
        }
        #expect(try folder.checks(pod("nodeSelector: {topology.kubernetes.io/zone: z1}")) == ["warning zone"])
        #expect(try folder.checks(pod("nodeSelector: {kubernetes.io/hostname: n1}")) == ["error node"])
        #expect(try folder.checks(pod(affinity("z1"))) == ["warning zone"])
        #expect(try folder.checks(pod(affinity("z1, z2"))) == [])
    }

    @Test("an annotation that is not known is told with what was probably meant")
    func unknown() throws {
        let text = ManifestFolder.job(
            annotations: "gleaner.dev/checkpoint: signal, gleaner.dev/chekpoint-interval: 10m, other.dev/chekpoint: a"
        )
        let findings = try folder.check(text).findings.filter { $0.check == "annotation" }
        #expect(findings.map(\.problem) == [#"is not known; did you mean "gleaner.dev/checkpoint-interval"?"#])
        #expect(findings.first?.severity == .error)
        #expect(findings.first?.place.hasSuffix("job.yaml:8") == true)
    }

    @Test(
        "values that Gleaner would not understand are errors",
        arguments: [
            ("checkpoint", "sigterm"), ("checkpoint-interval", "10"), ("max-wait", "soon"), ("expected-runtime", "0s"),
            ("checkpoint-timeout", "500ms"),
            ("deadline", "tomorrow"), ("last-checkpoint", "2026"), ("capacity-type", "spot,cheap"), ("gang", ""),
            ("gang-size", "0"), ("gang-size", "four"), ("gang-topology", "rack"), ("do-not-disrupt", "yes"),
        ]
    )
    func badValues(name: String, value: String) throws {
        let text = ManifestFolder.job(annotations: #"gleaner.dev/\#(name): "\#(value)""#)
        let findings = try folder.check(text).findings.filter { $0.check == "annotation" }
        #expect(findings.map(\.field) == ["spec.template.metadata.annotations.gleaner.dev/\(name)"])
        #expect(findings.first?.problem.hasPrefix("\"\(value)\" is not ") == true)
    }

    @Test("good values are none")
    func goodValues() throws {
        let annotations = """
            gleaner.dev/checkpoint: signal, gleaner.dev/checkpoint-interval: 10m, gleaner.dev/max-wait: 1h30m, \
            gleaner.dev/expected-runtime: 8h, gleaner.dev/deadline: "2026-11-21T06:00:00Z", \
            gleaner.dev/capacity-type: "spot, on-demand", gleaner.dev/do-not-disrupt: "false", gleaner.dev/dataset: a
            """
        #expect(try folder.checks(ManifestFolder.job(annotations: annotations)) == [])
    }

    @Test("a gang that stands on the Job, a queue that is an annotation, and a value without quotes are told")
    func misplaced() throws {
        let onJob = ", annotations: {gleaner.dev/gang: g}"
        #expect(try folder.checks(ManifestFolder.job(metadata: onJob)).contains("error annotation"))
        let queue = ", annotations: {gleaner.dev/queue: g}"
        let findings = try folder.check(ManifestFolder.job(metadata: queue)).findings
        #expect(findings.first?.problem == "is a label, not an annotation")
    }
}
