import Kubernetes
import Model
import Testing

@Suite("What the scheduler looks at")
struct SchedulingTests {
    /// A pod `vision/trainer-0` that is labelled `app=train,version=v1`.
    private func pod(_ spec: String, status: String = "{}", classes: [PriorityClass] = []) throws -> Pod {
        let json = try JSON(
            parsing: """
                {"metadata":{"namespace":"vision","name":"trainer-0","uid":"u1","labels":{"app":"train","version":"v1"},
                "creationTimestamp":"2026-11-21T05:00:00Z"},"spec":\(spec),"status":\(status)}
                """
        )
        return try Pod(json: json, priorityClasses: classes)
    }

    private func requirement(_ key: String, _ comparison: NodeSelectorRequirement.Operator, _ values: String...)
        -> NodeSelectorRequirement
    {
        NodeSelectorRequirement(key: key, operator: comparison, values: values)
    }

    @Test("topology spread is read with every policy, and what is absent is what Kubernetes takes for it")
    func topologySpread() throws {
        let pod = try pod(
            """
            {"topologySpreadConstraints":[
              {"maxSkew":2,"topologyKey":"zone","whenUnsatisfiable":"DoNotSchedule","minDomains":3,
               "labelSelector":{"matchLabels":{"app":"train"}},"nodeAffinityPolicy":"Ignore","nodeTaintsPolicy":"Honor"},
              {"maxSkew":1,"topologyKey":"host","whenUnsatisfiable":"ScheduleAnyway","labelSelector":{},
               "nodeAffinityPolicy":"Honor","nodeTaintsPolicy":"Ignore"},
              {"maxSkew":1,"topologyKey":"host","whenUnsatisfiable":"DoNotSchedule"}]}
            """
        )
        #expect(
            pod.topologySpread == [
                TopologySpreadConstraint(
                    maxSkew: 2,
                    topologyKey: "zone",
                    minDomains: 3,
                    selector: LabelSelector(matchLabels: ["app": "train"]),
                    honorsNodeAffinity: false,
                    honorsNodeTaints: true
                ),
                TopologySpreadConstraint(maxSkew: 1, topologyKey: "host", isRequired: false, selector: LabelSelector()),
                TopologySpreadConstraint(maxSkew: 1, topologyKey: "host", selector: .nothing),
            ]
        )
    }

    @Test("label keys to match become requirements with the pod's own values, unless the selector holds them already")
    func matchLabelKeys() throws {
        let pod = try pod(
            """
            {"topologySpreadConstraints":[
              {"maxSkew":1,"topologyKey":"zone","labelSelector":{"matchLabels":{"app":"train"}},
               "matchLabelKeys":["version","absent"]},
              {"maxSkew":1,"topologyKey":"zone","matchLabelKeys":["version"],
               "labelSelector":{"matchExpressions":[{"key":"version","operator":"In","values":["v0"]}]}},
              {"maxSkew":1,"topologyKey":"zone","matchLabelKeys":["version"]}],
             "affinity":{"podAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":[
               {"topologyKey":"zone","labelSelector":{},"matchLabelKeys":["version"],"mismatchLabelKeys":["app","absent"]}
             ]}}}
            """
        )
        #expect(
            pod.topologySpread.map(\.selector) == [
                LabelSelector(matchLabels: ["app": "train", "version": "v1"]),
                LabelSelector(matchLabels: ["version": "v0"]), .nothing,
            ]
        )
        #expect(
            pod.podAffinity.map(\.selector) == [
                LabelSelector(requirements: [requirement("app", .notIn, "train"), requirement("version", .isIn, "v1")])
            ]
        )
    }

    @Test("selectors that mean the same are equal, in whatever order they are written")
    func canonicalSelectors() throws {
        func selector(_ text: String) throws -> LabelSelector? {
            try pod(#"{"topologySpreadConstraints":[{"maxSkew":1,"topologyKey":"z","labelSelector":\#(text)}]}"#)
                .topologySpread.first?.selector
        }
        let first = try selector(
            """
            {"matchLabels":{"a":"1","b":"2"},"matchExpressions":[{"key":"c","operator":"NotIn","values":["y","x","y"]},
             {"key":"c","operator":"Exists"},{"key":"a","operator":"In","values":["1"]}]}
            """
        )
        let second = try selector(
            """
            {"matchExpressions":[{"key":"c","operator":"Exists"},{"key":"b","operator":"In","values":["2"]},
             {"key":"a","operator":"In","values":["1"]},{"key":"c","operator":"NotIn","values":["x","y"]}]}
            """
        )
        #expect(first == second)
        #expect(
            first?.requirements == [
                requirement("a", .isIn, "1"), requirement("b", .isIn, "2"), requirement("c", .exists),
                requirement("c", .notIn, "x", "y"),
            ]
        )
        #expect(first?.matches(["a": "1", "b": "2", "c": "z"]) == true)
        #expect(first?.matches(["a": "1", "b": "2", "c": "x"]) == false)
        let odd = #"{"matchExpressions":[{"key":"c","operator":"Like","values":["x"]}]}"#
        #expect(try selector(odd) == .nothing)
    }

    @Test("pod affinity speaks of the pod's own namespace unless it names others")
    func podAffinity() throws {
        let pod = try pod(
            """
            {"affinity":{
              "podAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":[
                {"topologyKey":"zone","labelSelector":{"matchLabels":{"app":"db"}}},
                {"topologyKey":"zone","labelSelector":{},"namespaces":["b","a","b"]},
                {"topologyKey":"zone","labelSelector":{},"namespaceSelector":{}},
                {"topologyKey":"zone","labelSelector":{},"namespaces":["a"],
                 "namespaceSelector":{"matchLabels":{"team":"x"}}}]},
              "podAntiAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":[
                {"topologyKey":"host"},
                {"topologyKey":"host","labelSelector":{"matchExpressions":[{"key":"c","operator":"Like"}]}}]}}}
            """
        )
        #expect(
            pod.podAffinity == [
                PodAffinityTerm(
                    selector: LabelSelector(matchLabels: ["app": "db"]),
                    namespaces: ["vision"],
                    topologyKey: "zone"
                ),
                PodAffinityTerm(selector: LabelSelector(), namespaces: ["a", "b"], topologyKey: "zone"),
                PodAffinityTerm(
                    selector: LabelSelector(),
                    namespaces: [],
                    namespaceSelector: LabelSelector(),
                    topologyKey: "zone"
                ),
                PodAffinityTerm(
                    selector: LabelSelector(),
                    namespaces: ["a"],
                    namespaceSelector: LabelSelector(matchLabels: ["team": "x"]),
                    topologyKey: "zone"
                ),
            ]
        )
        // Without a selector it speaks of no pod; one that cannot be read keeps away from all.
        #expect(
            pod.podAntiAffinity == [
                PodAffinityTerm(selector: .nothing, namespaces: ["vision"], topologyKey: "host"),
                PodAffinityTerm(selector: LabelSelector(), namespaces: ["vision"], topologyKey: "host"),
            ]
        )
    }

    @Test("preferences keep their weight; what is shunned has a negative one")
    func preferences() throws {
        let pod = try pod(
            """
            {"affinity":{
              "nodeAffinity":{"preferredDuringSchedulingIgnoredDuringExecution":[
                {"weight":70,"preference":{"matchExpressions":[{"key":"zone","operator":"In","values":["a"]}]}},
                {"weight":10,"preference":{}}, {"weight":10,"preference":{"matchExpressions":[]}}]},
              "podAffinity":{"preferredDuringSchedulingIgnoredDuringExecution":[
                {"weight":5,"podAffinityTerm":{"topologyKey":"zone","labelSelector":{}}},
                {"weight":0,"podAffinityTerm":{"topologyKey":"zone","labelSelector":{}}}]},
              "podAntiAffinity":{"preferredDuringSchedulingIgnoredDuringExecution":[
                {"weight":100,"podAffinityTerm":{"topologyKey":"host","labelSelector":{}}}]}}}
            """
        )
        func pods(_ key: String) -> SchedulingPreference.Term {
            .pods(PodAffinityTerm(selector: LabelSelector(), namespaces: ["vision"], topologyKey: key))
        }
        #expect(
            pod.preferences == [
                SchedulingPreference(
                    weight: 70,
                    term: .node(NodeSelectorTerm(requirements: [requirement("zone", .isIn, "a")]))
                ),
                SchedulingPreference(weight: 5, term: pods("zone")),
                SchedulingPreference(weight: -100, term: pods("host")),
            ]
        )
        #expect(pod.nodeAffinity.isEmpty && pod.podAffinity.isEmpty && pod.podAntiAffinity.isEmpty)
    }

    private static let ports = """
        "containers":[{"ports":[{"containerPort":80,"hostPort":8080},{"containerPort":81}]},
                      {"ports":[{"containerPort":53,"hostPort":53,"protocol":"UDP","hostIP":"10.0.0.1"}]}],
        "initContainers":[{"restartPolicy":"Always","ports":[{"containerPort":9,"hostPort":9}]},
                          {"ports":[{"containerPort":10,"hostPort":10}]}]
        """

    @Test("host ports are those of containers and sidecars; in the node's network every port is one")
    func hostPorts() throws {
        let own = [HostPort(port: 8080), HostPort(proto: "UDP", address: "10.0.0.1", port: 53), HostPort(port: 9)]
        #expect(try pod("{\(Self.ports)}").hostPorts == own)
        #expect(
            Set(try pod(#"{"hostNetwork":true,\#(Self.ports)}"#).hostPorts) == Set(own + [HostPort(port: 81)])
        )
    }

    @Test("the claims of volumes are named, those of ephemeral volumes after pod and volume")
    func volumeClaims() throws {
        let pod = try pod(
            """
            {"volumes":[{"name":"data","persistentVolumeClaim":{"claimName":"set-1"}},{"name":"tmp","emptyDir":{}},
              {"name":"scratch","ephemeral":{"volumeClaimTemplate":{"spec":{"storageClassName":"fast"}}}}]}
            """
        )
        #expect(pod.volumeClaims == ["set-1", "trainer-0-scratch"])
    }

    @Test("a taint tolerated for some seconds only is tolerated by a pod that is to be placed")
    func tolerationSeconds() throws {
        let taint = Taint(key: "node.kubernetes.io/unreachable", effect: .noExecute)
        for seconds in [0, 300] {
            let toleration =
                #"{"key":"node.kubernetes.io/unreachable","operator":"Exists","tolerationSeconds":\#(seconds)}"#
            #expect(try pod(#"{"tolerations":[\#(toleration)]}"#).accepts(labels: [:], taints: [taint]))
        }
        #expect(try !pod("{}").accepts(labels: [:], taints: [taint]))
    }

    @Test("extended resources, huge pages and overhead are reserved as asked")
    func amounts() throws {
        let pod = try pod(
            """
            {"containers":[{"resources":{"limits":{"aws.amazon.com/neuron":"2","hugepages-2Mi":"4Mi","cpu":"1"},
                            "requests":{"cpu":"0"}}}],
             "initContainers":[{"resources":{"requests":{"vpc.amazonaws.com/efa":"1"}}}],
             "overhead":{"cpu":"100m"}}
            """
        )
        #expect(
            pod.requests
                == Resources([
                    "aws.amazon.com/neuron": Quantity(2), "hugepages-2Mi": Quantity(4 << 20),
                    "cpu": Quantity(thousandths: 100), "vpc.amazonaws.com/efa": Quantity(1), "pods": Quantity(1),
                ])
        )
    }

    @Test("what is said for the pod as a whole counts for processor, memory and huge pages")
    func podLevel() throws {
        let pod = try pod(
            """
            {"resources":{"requests":{"cpu":"3","nvidia.com/gpu":"4"},"limits":{"memory":"8Gi","hugepages-2Mi":"6Mi"}},
             "containers":[{"resources":{"requests":{"cpu":"1","nvidia.com/gpu":"1","hugepages-2Mi":"2Mi"}}}]}
            """
        )
        #expect(pod.requests["cpu"] == Quantity(3))
        #expect(pod.requests["nvidia.com/gpu"] == Quantity(1))
        #expect(pod.requests["memory"] == Quantity(8 << 30))
        #expect(pod.requests["hugepages-2Mi"] == Quantity(6 << 20))
        let partly = try self.pod(
            #"{"resources":{"limits":{"memory":"8Gi"}},"containers":[{"resources":{"requests":{"memory":"1Gi"}}}]}"#
        )
        #expect(partly.requests["memory"] == Quantity(1 << 30))
    }

    @Test("while a container is made smaller it still holds what it was given; what cannot be had is not reserved")
    func resize() throws {
        let spec = #"{"containers":[{"name":"c","resources":{"requests":{"cpu":"2","memory":"1Gi"}}}]}"#
        func status(given: String, condition: String = "[]") -> String {
            """
            {"conditions":\(condition),
             "containerStatuses":[{"name":"c","allocatedResources":{"cpu":"1","memory":"1Gi"},
             "resources":{"requests":{"cpu":"\(given)","memory":"1Gi"}}}]}
            """
        }
        #expect(try pod(spec, status: status(given: "4")).requests["cpu"] == Quantity(4))
        #expect(try pod(spec, status: status(given: "1")).requests["cpu"] == Quantity(2))
        let infeasible = #"[{"type":"PodResizePending","status":"True","reason":"Infeasible"}]"#
        #expect(try pod(spec, status: status(given: "1", condition: infeasible)).requests["cpu"] == Quantity(1))
    }

    @Test("a priority that no server has written follows from the class")
    func priority() throws {
        let high = try PriorityClass(json: JSON(parsing: #"{"metadata":{"name":"high"},"value":1000}"#))
        let usual = try PriorityClass(
            json: JSON(parsing: #"{"metadata":{"name":"usual"},"value":-5,"globalDefault":true}"#)
        )
        let classes = [high, usual]
        #expect(try pod(#"{"priorityClassName":"high"}"#, classes: classes).priority == 1000)
        #expect(try pod("{}", classes: classes).priority == -5)
        #expect(try pod("{}").priority == 0)
        #expect(try pod(#"{"priorityClassName":"high","priority":7}"#, classes: classes).priority == 7)
        #expect(try pod(#"{"priorityClassName":"system-node-critical"}"#).priority == 2_000_001_000)
        #expect(try pod(#"{"priorityClassName":"none"}"#, classes: classes).priority == 0)
    }

    @Test("an error in a term names its place")
    func errors() throws {
        let spec = """
            {"affinity":{"podAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":[{"labelSelector":{}}]}}}
            """
        #expect(
            throws: ObjectError.missing(
                object: "Pod vision/trainer-0",
                field: "spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].topologyKey"
            )
        ) { try pod(spec) }
    }
}
