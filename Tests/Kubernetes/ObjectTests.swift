import Kubernetes
import Model
import Testing

@Suite("Objects of the API")
struct ObjectTests {
    /// A pod with the given spec and status, and what every pod of an API server has.
    private func pod(spec: String = "{}", status: String = "{}", metadata: String = "") throws -> Pod {
        let more = metadata.isEmpty ? "" : "," + metadata
        return try Pod(
            json: JSON(
                parsing: """
                    {"metadata":{"namespace":"vision","name":"trainer-0","uid":"u1",
                    "creationTimestamp":"2026-11-21T05:00:00Z"\(more)},"spec":\(spec),"status":\(status)}
                    """
            )
        )
    }

    @Test("a pod reserves what its containers and sidecars need together, or its init phase at its worst")
    func requests() throws {
        let pod = try pod(
            spec: """
                {"containers":[{"resources":{"requests":{"cpu":"500m","memory":"1Gi","nvidia.com/gpu":"1"}}},
                               {"resources":{"requests":{"cpu":1},"limits":{"cpu":"2","memory":"1Gi"}}}],
                 "initContainers":[{"resources":{"requests":{"cpu":"2"}}},
                                   {"restartPolicy":"Always","resources":{"requests":{"cpu":"1"}}},
                                   {"resources":{"requests":{"cpu":"3","memory":"512Mi"}}}],
                 "overhead":{"cpu":"250m"}}
                """
        )
        #expect(
            pod.requests
                == Resources([
                    "cpu": Quantity(thousandths: 4250), "memory": Quantity(2 << 30), "nvidia.com/gpu": Quantity(1),
                    "pods": Quantity(1),
                ])
        )
    }

    @Test("requests of the pod as a whole count instead of the sum of its containers")
    func podLevelRequests() throws {
        let pod = try pod(
            spec:
                #"{"resources":{"requests":{"cpu":"3"}},"containers":[{"resources":{"requests":{"cpu":"1","a/b":"2"}}}]}"#
        )
        #expect(pod.requests["cpu"] == Quantity(3))
        #expect(pod.requests["a/b"] == Quantity(2))
    }

    @Test("absurd and negative amounts neither trap nor let a pod look small")
    func absurdRequests() throws {
        let huge = #"{"resources":{"requests":{"memory":"9E","cpu":"-1","a/b":9223372036854775807}}}"#
        let pod = try pod(
            spec: #"{"containers":[\#(huge),\#(huge)],"terminationGracePeriodSeconds":9223372036854775807}"#
        )
        #expect(pod.requests["memory"].thousandths == .max)
        #expect(pod.requests["a/b"].thousandths == .max)
        #expect(pod.requests["cpu"] == .zero)
        #expect(pod.terminationGraceSeconds == 31_536_000)
    }

    @Test("placement is read so that a pod never runs in more places than it asked for")
    func placement() throws {
        let pod = try pod(
            spec: """
                {"nodeSelector":{"a":"b"},"priority":-5,"schedulingGates":[{"name":"wait"}],"nodeName":"",
                 "tolerations":[{"key":"k","value":"v","effect":"NoSchedule"},{"operator":"Exists"},
                                {"key":"n","operator":"Gt","value":"3"},{"key":"e","effect":"Later"}],
                 "affinity":{"nodeAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":{"nodeSelectorTerms":[
                   {"matchExpressions":[{"key":"z","operator":"In","values":["1","2"]}]},
                   {"matchFields":[{"key":"metadata.name","operator":"In","values":["n1"]}]},
                   {"matchExpressions":[{"key":"z","operator":"Like","values":["1"]}]}, {}]}}}}
                """
        )
        #expect(pod.nodeSelector == ["a": "b"])
        #expect(pod.priority == -5)
        #expect(pod.isGated)
        #expect(pod.nodeName == nil)
        #expect(
            pod.tolerations == [
                Toleration(key: "k", exists: false, value: "v", effect: .noSchedule),
                Toleration(key: nil, exists: true),
            ]
        )
        #expect(pod.nodeAffinity.map { $0.matches(["z": "2"]) } == [true, false, false, false])
        #expect(pod.nodeAffinity.map { $0.matches([Label.hostname: "n1"]) } == [false, true, false, false])
    }

    @Test("the status says when a pod started, became ready and ended")
    func status() throws {
        let running = try pod(
            status: """
                {"phase":"Running","conditions":[{"type":"Ready","status":"True","lastTransitionTime":"2026-11-21T05:02:00Z"}],
                 "containerStatuses":[{"state":{"running":{"startedAt":"2026-11-21T05:01:30Z"}}},
                   {"state":{"terminated":{"startedAt":"2026-11-21T05:01:00Z","finishedAt":"2026-11-21T05:01:10Z"}}}]}
                """
        )
        #expect(running.phase == .running && running.isReady)
        #expect(running.startedAt == Timestamp(rfc3339: "2026-11-21T05:01:00Z"))
        #expect(running.readyAt == Timestamp(rfc3339: "2026-11-21T05:02:00Z"))
        #expect(running.finishedAt == nil)

        let failed = try pod(
            status: """
                {"phase":"Failed","containerStatuses":[
                  {"state":{"terminated":{"startedAt":"2026-11-21T05:01:00Z","finishedAt":"2026-11-21T06:01:10Z"}}},
                  {"state":{"terminated":{"startedAt":"2026-11-21T05:01:00Z","finishedAt":"2026-11-21T06:00:00Z"}}}]}
                """
        )
        #expect(failed.finishedAt == Timestamp(rfc3339: "2026-11-21T06:01:10Z"))
        #expect(!failed.isReady && failed.readyAt == nil)

        let pending = try pod(
            status: """
                {"phase":"Pending","conditions":[{"type":"PodScheduled","status":"False","reason":"Unschedulable"}]}
                """
        )
        #expect(pending.isUnschedulable)
    }

    @Test("deletion is dated back by its grace period; owners and annotations are kept")
    func metadata() throws {
        let pod = try pod(
            metadata: """
                "labels":{"l":"1"},"annotations":{"gleaner.dev/checkpoint":"signal","other/key":"x"},
                "deletionTimestamp":"2026-11-21T06:02:00Z","deletionGracePeriodSeconds":120,
                "ownerReferences":[{"kind":"Other","name":"o","uid":"0"},
                  {"kind":"Job","name":"trainer","uid":"j1","controller":true}]
                """
        )
        #expect(pod.deletedAt == Timestamp(rfc3339: "2026-11-21T06:00:00Z"))
        #expect(pod.annotations == ["gleaner.dev/checkpoint": "signal"])
        #expect(pod.owner == Pod.Owner(kind: "Job", name: "trainer", uid: "j1"))
        #expect(!pod.isNodeBound)
    }

    @Test(
        "pods of a DaemonSet and mirror pods belong to their node",
        arguments: [
            #""ownerReferences":[{"kind":"DaemonSet","name":"d","uid":"0","controller":true}]"#,
            #""annotations":{"kubernetes.io/config.mirror":"x"}"#,
        ]
    )
    func nodeBound(metadata: String) throws {
        #expect(try pod(metadata: metadata).isNodeBound)
    }

    @Test("a node is read with its taints, what it offers and whether it is ready")
    func node() throws {
        let node = try Node(
            json: JSON(
                parsing: """
                    {"metadata":{"name":"n1","uid":"u","creationTimestamp":"2026-11-21T05:00:00Z","labels":{"a":"b"}},
                     "spec":{"providerID":"aws:///us-east-1a/i-0abc","unschedulable":true,
                       "taints":[{"key":"gleaner.dev/starting","effect":"NoSchedule"},{"key":"k","value":"v","effect":"New"}]},
                     "status":{"allocatable":{"cpu":"3920m","nvidia.com/gpu":"8"},
                       "conditions":[{"type":"DiskPressure","status":"False"},{"type":"Ready","status":"True"}]}}
                    """
            )
        )
        #expect(node.instanceID == InstanceID("i-0abc"))
        #expect(node.taints == [.starting, Taint(key: "k", value: "v", effect: .noSchedule)])
        #expect(node.isReady && node.isUnschedulable)
        #expect(node.allocatable.accelerators == 8)
        #expect(node.labels == ["a": "b"])
    }

    @Test("a job is read with its conditions")
    func job() throws {
        let job = try Job(
            json: JSON(
                parsing: """
                    {"metadata":{"namespace":"a","name":"j","uid":"u","creationTimestamp":"2026-11-21T05:00:00Z",
                       "annotations":{"gleaner.dev/gang-size":"4","x":"y"}},
                     "spec":{"parallelism":4,"completions":4,"suspend":true},
                     "status":{"conditions":[{"type":"Complete","status":"True","lastTransitionTime":"2026-11-21T07:00:00Z"},
                       {"type":"Failed","status":"False","lastTransitionTime":"2026-11-21T07:00:00Z"}]}}
                    """
            )
        )
        #expect(job.parallelism == 4 && job.completions == 4 && job.isSuspended)
        #expect(job.annotations == ["gleaner.dev/gang-size": "4"])
        #expect(job.completedAt == Timestamp(rfc3339: "2026-11-21T07:00:00Z"))
        #expect(job.failedAt == nil)
    }

    @Test("an error names the object and the field")
    func errors() {
        func message(_ text: String) -> String {
            do {
                _ = try Pod(json: JSON(parsing: text))
                return "no error"
            } catch {
                return "\(error)"
            }
        }
        let metadata = #""metadata":{"namespace":"a","name":"p","uid":"u","creationTimestamp":"2026-11-21T05:00:00Z"}"#
        #expect(message("[]") == "Pod (unnamed): it is a list, not an object")
        #expect(message(#"{"metadata":{"namespace":"a","name":"p"}}"#) == "Pod a/p: metadata.uid is missing")
        #expect(
            message(#"{"metadata":{"namespace":"a","name":"p","uid":"u","creationTimestamp":"today"}}"#)
                == #"Pod a/p: metadata.creationTimestamp is "today", not an RFC 3339 time"#
        )
        #expect(
            message(#"{\#(metadata),"spec":{"containers":[{},{"resources":{"requests":{"cpu":"lots"}}}]}}"#)
                == #"Pod a/p: spec.containers[1].resources.requests.cpu is "lots", not a quantity"#
        )
        #expect(
            message(#"{\#(metadata),"spec":{"tolerations":{}}}"#)
                == "Pod a/p: spec.tolerations is an object, not a list"
        )
    }

    @Test("no value of any field makes a decoder trap", arguments: 0..<200)
    func fuzz(seed: UInt64) throws {
        var generator = Generator(state: seed)
        let junk: [JSON] = [
            .null, true, 0, -1, .integer(.max), .integer(.min), 1e300, "", "9E", "True", [], [.null], [[:]], [:],
            ["key": "v"],
            "2026-11-21T05:00:00Z", "0000-01-01T00:00:00Z", "9999-12-31T23:59:60+23:59",
        ]
        let whole = try JSON(
            parsing: """
                {"metadata":{"namespace":"a","name":"p","uid":"u","creationTimestamp":"2026-11-21T05:00:00Z","annotations":{},
                 "deletionTimestamp":"2026-11-21T05:00:00Z","deletionGracePeriodSeconds":1,"ownerReferences":[{"controller":true}]},
                 "spec":{"containers":[{"resources":{"requests":{"cpu":"1"}}}],"initContainers":[{"restartPolicy":"Always","ports":[{"hostPort":1}]}],"resources":{"limits":{"cpu":"1"}},
                 "tolerations":[{"key":"a"}],"taints":[{"key":"a","effect":"b"}],"parallelism":1,"completions":2,"priority":3,
                 "volumeName":"v","nodeAffinity":{"required":{"nodeSelectorTerms":[{"matchExpressions":[
                   {"key":"k","operator":"In","values":["v"]}]}]}},"template":{"spec":{"hostNetwork":true}},
                 "volumes":[{"name":"a","ephemeral":{}},{"persistentVolumeClaim":{"claimName":"b"}}],
                 "topologySpreadConstraints":[{"maxSkew":1,"minDomains":2,"topologyKey":"z","matchLabelKeys":["a"],
                   "labelSelector":{"matchLabels":{"a":"b"}}}],
                 "affinity":{"podAntiAffinity":{"preferredDuringSchedulingIgnoredDuringExecution":[{"weight":1,
                   "podAffinityTerm":{"topologyKey":"z","labelSelector":{"matchExpressions":[
                   {"key":"k","operator":"NotIn","values":["v"]}]}}}]},"nodeAffinity":{
                   "preferredDuringSchedulingIgnoredDuringExecution":[{"weight":1,"preference":{"matchFields":[
                   {"key":"metadata.name","operator":"In","values":["v"]}]}}]}}},
                 "allowedTopologies":[{"matchLabelExpressions":[{"key":"k","values":["v"]}]}],"value":1,
                 "status":{"phase":"Failed","allocatable":{"cpu":"1"},
                 "conditions":[{"type":"Ready","status":"True"},{"type":"Complete","status":"True"}],
                 "containerStatuses":[{"state":{"running":{"startedAt":"2026-11-21T05:00:00Z"}}}]}}
                """
        )
        for _ in 0..<50 {
            var mutant = whole
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                mutant = replaced(mutant, junk: junk, using: &generator)
            }
            _ = try? Pod(json: mutant)
            _ = try? Node(json: mutant)
            _ = try? Job(json: mutant)
            _ = try? PriorityClass(json: mutant)
            for kind in ["Namespace", "PersistentVolumeClaim", "PersistentVolume", "StorageClass", "DaemonSet"] {
                mutant["kind"] = .string(kind)
                _ = try? SchedulingObject.read(mutant)
            }
        }
    }

    /// The value with one part of it, at any depth, replaced by junk.
    private func replaced(_ json: JSON, junk: [JSON], using generator: inout Generator) -> JSON {
        guard Int.random(in: 0..<5, using: &generator) > 0 else {
            return junk.randomElement(using: &generator) ?? .null
        }
        switch json {
        case .object(var fields):
            guard let key = fields.keys.sorted().randomElement(using: &generator) else { return json }
            fields[key] = replaced(fields[key] ?? .null, junk: junk, using: &generator)
            return .object(fields)
        case .array(var elements):
            guard let index = elements.indices.randomElement(using: &generator) else { return json }
            elements[index] = replaced(elements[index], junk: junk, using: &generator)
            return .array(elements)
        default:
            return junk.randomElement(using: &generator) ?? .null
        }
    }
}

/// SplitMix64: the same numbers from the same seed.
struct Generator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
