import Kubernetes
import Model
import Testing

@Suite("Objects that stand for several pods")
struct WorkloadObjectTests {
    private static func metadata(_ name: String, annotations: String = "{}") -> String {
        """
        {"namespace":"vision","name":"\(name)","uid":"uid-\(name)","resourceVersion":"7","generation":1,
        "creationTimestamp":"2026-11-21T05:00:00Z","annotations":\(annotations)}
        """
    }

    private static func template(gpus: Int, annotations: String = "{}") -> String {
        """
        {"metadata":{"annotations":\(annotations)},"spec":{"restartPolicy":"Never","containers":[
        {"name":"train","image":"registry.example/train:1","resources":{"limits":{"cpu":"8","nvidia.com/gpu":"\(gpus)"},
        "requests":{"cpu":"8","nvidia.com/gpu":"\(gpus)"}}}]}}
        """
    }

    private func read(_ text: String) throws -> WorkloadObject {
        let object = try SchedulingObject.read(try JSON(parsing: Array(text.utf8)))
        guard case .workload(let result) = try #require(object) else { throw Missing() }
        return result
    }

    private struct Missing: Error {}

    private static func jobSet(_ more: String = "", dependsOn: String = "[]", status: String = "{}") -> String {
        """
        {"apiVersion":"jobset.x-k8s.io/v1alpha2","kind":"JobSet",
        "metadata":\(metadata("llm", annotations: #"{"gleaner.dev/checkpoint":"signal","other/key":"x"}"#)),
        "spec":{"failurePolicy":{"maxRestarts":4,"restartStrategy":"Recreate"},"network":{"enableDNSHostnames":true},
        \(more)"successPolicy":{"operator":"All"},"suspend":false,"replicatedJobs":[
        {"name":"leader","groupName":"default","replicas":1,"template":{"metadata":{},"spec":{"parallelism":1,
        "completions":1,"backoffLimit":0,"template":\(template(gpus: 0))}}},
        {"name":"workers","groupName":"default","replicas":2,"dependsOn":\(dependsOn),"template":{"metadata":{},
        "spec":{"parallelism":4,"completions":4,"completionMode":"Indexed","backoffLimit":0,
        "template":\(template(gpus: 8, annotations: #"{"gleaner.dev/gang-topology":"any"}"#))}}}]},
        "status":\(status)}
        """
    }

    @Test("a JobSet counts the pods of all its Jobs, and what they ask for")
    func jobSet() throws {
        let set = try read(Self.jobSet())
        #expect(set.workloadID == WorkloadID(namespace: "vision", kind: "JobSet", name: "llm", uid: "uid-llm"))
        #expect((set.size, set.minimum) == (9, 9))
        #expect(set.accelerators == 64)
        #expect(set.annotations == ["gleaner.dev/checkpoint": "signal", "gleaner.dev/gang-topology": "any"])
        #expect(set.end == nil)
    }

    @Test("Jobs that wait for others of their JobSet are not waited for")
    func order() throws {
        let inOrder = try read(Self.jobSet(#""startupPolicy":{"startupPolicyOrder":"InOrder"},"#))
        #expect((inOrder.size, inOrder.minimum) == (9, 1))
        let dependent = try read(Self.jobSet(dependsOn: #"[{"name":"leader","status":"Ready"}]"#))
        #expect((dependent.size, dependent.minimum) == (9, 1))
    }

    @Test(
        "a JobSet's conditions tell its end",
        arguments: [
            ("Completed", "True", WorkloadObject.End(succeeded: true, at: Timestamp(rfc3339: "2026-11-21T06:00:00Z"))),
            ("Failed", "True", WorkloadObject.End(succeeded: false, at: Timestamp(rfc3339: "2026-11-21T06:00:00Z"))),
            ("Completed", "False", nil), ("Suspended", "True", nil),
        ] as [(String, String, WorkloadObject.End?)]
    )
    func jobSetEnd(type: String, status: String, end: WorkloadObject.End?) throws {
        let condition =
            #"{"type":"\#(type)","status":"\#(status)","reason":"R","message":"m","lastTransitionTime":"2026-11-21T06:00:00Z"}"#
        #expect(try read(Self.jobSet(status: #"{"restarts":1,"conditions":[\#(condition)]}"#)).end == end)
    }

    private static func pyTorchJob(_ more: String = "", status: String = "{}") -> String {
        """
        {"apiVersion":"kubeflow.org/v1","kind":"PyTorchJob","metadata":\(metadata("bert")),"spec":{\(more)
        "pytorchReplicaSpecs":{"Master":{"replicas":1,"restartPolicy":"OnFailure","template":\(template(gpus: 8))},
        "Worker":{"replicas":3,"restartPolicy":"OnFailure","template":\(template(gpus: 8))}}},"status":\(status)}
        """
    }

    @Test("a PyTorchJob starts with all its replicas, an elastic one with fewer workers")
    func pyTorchJob() throws {
        let job = try read(Self.pyTorchJob(#""runPolicy":{"cleanPodPolicy":"None","suspend":false},"#))
        #expect((job.size, job.minimum, job.accelerators) == (4, 4, 32))
        let elastic = try read(
            Self.pyTorchJob(#""elasticPolicy":{"minReplicas":1,"maxReplicas":5,"rdzvBackend":"c10d"},"#)
        )
        #expect((elastic.size, elastic.minimum) == (4, 2))
        let scheduled = try read(
            Self.pyTorchJob(#""runPolicy":{"schedulingPolicy":{"minAvailable":3,"queue":"q"}},"#)
        )
        #expect(scheduled.minimum == 3)
    }

    @Test("a PyTorchJob's conditions tell its end, a restart is none")
    func pyTorchJobEnd() throws {
        func status(_ type: String) -> String {
            #"{"completionTime":"2026-11-21T06:00:00Z","conditions":[{"type":"Created","status":"True"},{"type":"\#(type)","status":"True"}],"replicaStatuses":{"Master":{"succeeded":1}}}"#
        }
        let time = Timestamp(rfc3339: "2026-11-21T06:00:00Z")
        #expect(try read(Self.pyTorchJob(status: status("Succeeded"))).end == .init(succeeded: true, at: time))
        #expect(try read(Self.pyTorchJob(status: status("Failed"))).end == .init(succeeded: false, at: time))
        #expect(try read(Self.pyTorchJob(status: status("Restarting"))).end == nil)
    }

    @Test(
        "an MPI launcher that is made when the workers are ready is not waited for",
        arguments: [
            ("", 3), (#""launcherCreationPolicy":"AtStartup","#, 3),
            (#""launcherCreationPolicy":"WaitForWorkersReady","#, 2),
        ]
    )
    func mpiJob(policy: String, minimum: Int) throws {
        let job = try read(
            """
            {"apiVersion":"kubeflow.org/v2beta1","kind":"MPIJob","metadata":\(Self.metadata("horovod")),"spec":{
            "slotsPerWorker":8,\(policy)"sshAuthMountPath":"/root/.ssh","mpiImplementation":"OpenMPI",
            "runPolicy":{"cleanPodPolicy":"Running"},"mpiReplicaSpecs":{
            "Launcher":{"replicas":1,"template":\(Self.template(gpus: 0))},
            "Worker":{"replicas":2,"template":\(Self.template(gpus: 8))}}}}
            """
        )
        #expect((job.size, job.minimum, job.accelerators) == (3, minimum, 16))
    }

    @Test("a PodGroup says how many start together and what they ask for")
    func podGroup() throws {
        let text = """
            {"apiVersion":"scheduling.x-k8s.io/v1alpha1","kind":"PodGroup","metadata":\(Self.metadata("band")),
            "spec":{"minMember":3,"minResources":{"cpu":"24","nvidia.com/gpu":3},"scheduleTimeoutSeconds":10},
            "status":{"phase":"PHASE","running":3}}
            """
        let group = try read(text.replacing("PHASE", with: "Running"))
        #expect((group.minimum, group.accelerators, group.end) == (3, 3, nil))
        #expect(group.minimumResources["cpu"] == Quantity(24))
        #expect(try read(text.replacing("PHASE", with: "Finished")).end == .init(succeeded: true, at: nil))
        // Its pods may come again.
        #expect(try read(text.replacing("PHASE", with: "Failed")).end == nil)
    }

    @Test(
        "whatever somebody wrote into one of them, it can be read, and its numbers stay sane",
        arguments: [
            #""pytorchReplicaSpecs":{"Worker":{"replicas":-3,"template":{}}}"#,
            #""pytorchReplicaSpecs":{"Worker":{"replicas":"many","template":7}}"#,
            #""pytorchReplicaSpecs":[1],"elasticPolicy":{"minReplicas":-9}"#,
            #""pytorchReplicaSpecs":{"Worker":{"replicas":9000000000000000000,"template":{"spec":{"containers":[{"resources":{"requests":{"nvidia.com/gpu":"x"}}}]}}}}"#,
        ]
    )
    func odd(spec: String) throws {
        let job = try read(
            #"{"kind":"PyTorchJob","metadata":\#(Self.metadata("odd")),"spec":{\#(spec)},"status":{"conditions":7}}"#
        )
        #expect((1...10_000).contains(job.size))
        #expect((1...job.size).contains(job.minimum))
        #expect(job.accelerators ?? 0 >= 0)
    }

    @Test("one without what every object has names itself")
    func nameless() {
        #expect(throws: ObjectError.missing(object: "JobSet a/b", field: "metadata.uid")) {
            _ = try read(#"{"kind":"JobSet","metadata":{"namespace":"a","name":"b"}}"#)
        }
    }

    // MARK: - Jobs

    private static func job(
        labels: String = #"{"gleaner.dev/queue":"research"}"#,
        annotations: String = "{}",
        metadata: String = "",
        spec: String = #""suspend":true,"#
    ) throws -> Job {
        let text = """
            {"apiVersion":"batch/v1","kind":"Job","metadata":{"namespace":"vision","name":"sweep","uid":"u",\(metadata)
            "labels":\(labels),"annotations":\(annotations),"creationTimestamp":"2026-11-21T05:00:00Z"},
            "spec":{\(spec)"parallelism":3,"completions":10,"template":{"metadata":{"labels":{"app":"sweep",
            "scheduling.x-k8s.io/pod-group":"band"},"annotations":{"gleaner.dev/gang":"all"}},
            "spec":\(try JSON(parsing: Array(template(gpus: 2).utf8))["spec"])}},"status":{"succeeded":8}}
            """
        return try Job(json: try JSON(parsing: Array(text.utf8)))
    }

    @Test("a suspended Job with the queue label says what its pods will be")
    func suspendedJob() throws {
        let job = try Self.job()
        let pods = job.expectedPods
        #expect(pods.map(\.id.name) == ["sweep[0]", "sweep[1]"])
        #expect(Set(pods.map(\.uid)).count == 2)
        let pod = try #require(pods.first)
        #expect(pod.owner == Pod.Owner(kind: "Job", name: "sweep", uid: "u"))
        #expect(pod.requests.accelerators == 2 && pod.isWaiting && pod.isUnschedulable)
        #expect(pod.labels["app"] == "sweep" && pod.annotation(.gang) == "all" && pod.podGroup == "band")
        #expect((job.gang, job.podGroup) == ("all", "band"))
    }

    @Test("a Job that is not ours to unsuspend says nothing of its pods")
    func othersJobs() throws {
        let queue = #""gleaner.dev/queue":"research""#
        let kueue = #""kueue.x-k8s.io/queue-name":"team""#
        let owner = { (kind: String) in
            #""ownerReferences":[{"apiVersion":"v1","kind":"\#(kind)","name":"o","uid":"o","controller":true}],"#
        }
        #expect(try Self.job(spec: "").expectedPods.isEmpty)
        #expect(try Self.job(spec: #""suspend":false,"#).expectedPods.isEmpty)
        #expect(try Self.job(labels: "{}").expectedPods.isEmpty)
        #expect(try Self.job(labels: "{\(queue),\(kueue)}").expectedPods.isEmpty)
        #expect(try Self.job(annotations: "{\(kueue)}").expectedPods.isEmpty)
        #expect(try Self.job(metadata: owner("JobSet")).expectedPods.isEmpty)
        #expect(try Self.job(metadata: #""deletionTimestamp":"2026-11-21T05:01:00Z","#).expectedPods.isEmpty)
        #expect(try Self.job(spec: #""suspend":true,"managedBy":"kueue.x-k8s.io/multikueue","#).expectedPods.isEmpty)
        #expect(try Self.job(metadata: owner("CronJob")).expectedPods.count == 2)
    }
}
