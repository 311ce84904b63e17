import Kubernetes
import Model
import Testing

@Suite("Volumes, namespaces and daemon sets")
struct VolumeTests {
    private static let zone = "topology.kubernetes.io/zone"

    private func object(_ kind: String, _ text: String) throws -> SchedulingObject {
        var json = try JSON(parsing: text)
        json["kind"] = .string(kind)
        return try #require(try SchedulingObject.read(json))
    }

    private func claim(_ spec: String) throws -> SchedulingObject {
        try object("PersistentVolumeClaim", #"{"metadata":{"namespace":"a","name":"c"},"spec":\#(spec)}"#)
    }

    private func volume(_ spec: String, labels: String = "{}", name: String = "v") throws -> SchedulingObject {
        try object("PersistentVolume", #"{"metadata":{"name":"\#(name)","labels":\#(labels)},"spec":\#(spec)}"#)
    }

    private func storageClass(_ fields: String) throws -> SchedulingObject {
        try object("StorageClass", #"{"metadata":{"name":"fast"},\#(fields)}"#)
    }

    /// The zones of a few from which the only claim can be reached, and its volume.
    private func zones(_ objects: [SchedulingObject]) throws -> [String] {
        let claims = SchedulingObjects(objects).volumeClaims
        let claim = try #require(claims.first)
        #expect(claims.count == 1 && claim.namespace == "a" && claim.name == "c")
        return ["1a", "1b", "1c"].filter { zone in
            claim.reachableFrom.isEmpty || claim.reachableFrom.contains { $0.matches([Self.zone: zone]) }
        }
    }

    private static func affinity(_ key: String, _ zones: String) -> String {
        """
        {"nodeAffinity":{"required":{"nodeSelectorTerms":[
          {"matchExpressions":[{"key":"\(key)","operator":"In","values":[\(zones)]}]}]}}}
        """
    }

    @Test(
        "a bound claim is reached from where its volume's node affinity says, under the driver's own label too",
        arguments: [zone, "topology.ebs.csi.aws.com/zone", "failure-domain.beta.kubernetes.io/zone"]
    )
    func bound(key: String) throws {
        let objects = [try claim(#"{"volumeName":"v"}"#), try volume(Self.affinity(key, #""1a","1c""#))]
        #expect(try zones(objects) == ["1a", "1c"])
        #expect(SchedulingObjects(objects).volumeClaims.first?.volume == "v")
    }

    @Test(
        "zone labels of a volume count as much as its node affinity, with one zone or several",
        arguments: [zone, "failure-domain.beta.kubernetes.io/zone"]
    )
    func labels(key: String) throws {
        let bound = try claim(#"{"volumeName":"v"}"#)
        let one = try volume("{}", labels: #"{"\#(key)":"1b","topology.kubernetes.io/region":"1","x":"y"}"#)
        #expect(try zones([bound, one]) == ["1b"])
        #expect(try zones([bound, try volume("{}", labels: #"{"\#(key)":"1b__1c"}"#)]) == ["1b", "1c"])
        let both = try volume(Self.affinity(key, #""1a","1b""#), labels: #"{"\#(key)":"1b__1c"}"#)
        #expect(try zones([bound, both]) == ["1b"])
        let region = try volume("{}", labels: #"{"failure-domain.beta.kubernetes.io/region":"1"}"#)
        #expect(try zones([bound, region]) == [])
    }

    @Test("a claim that waits for its pod is reached from where its class allows volumes")
    func unbound() throws {
        let waiting = try storageClass(
            """
            "provisioner":"ebs.csi.aws.com","volumeBindingMode":"WaitForFirstConsumer","allowedTopologies":[
              {"matchLabelExpressions":[{"key":"topology.ebs.csi.aws.com/zone","values":["1a"]}]},
              {"matchLabelExpressions":[{"key":"\(Self.zone)","values":["1b"]}]}]
            """
        )
        let claim = try claim(#"{"storageClassName":"fast"}"#)
        #expect(try zones([claim, waiting]) == ["1a", "1b"])
        #expect(try zones([claim]) == ["1a", "1b", "1c"])
        let immediate = try storageClass(#""provisioner":"ebs.csi.aws.com","volumeBindingMode":"Immediate""#)
        #expect(try zones([claim, immediate]) == ["1a", "1b", "1c"])
        #expect(SchedulingObjects([claim, immediate]).volumeClaims.first?.volume == nil)
    }

    @Test("where nothing is provisioned, a claim is reached from where a volume is free")
    func local() throws {
        let local = try storageClass(
            #""provisioner":"kubernetes.io/no-provisioner","volumeBindingMode":"WaitForFirstConsumer""#
        )
        let claim = try claim(#"{"storageClassName":"fast"}"#)
        #expect(try zones([claim, local]) == [])
        func volume(_ name: String, _ zone: String, more: String) throws -> SchedulingObject {
            let spec = String(Self.affinity(Self.zone, "\"\(zone)\"").dropLast())
            return try self.volume("\(spec),\(more)}", name: name)
        }
        let free = try volume("v1", "1b", more: #""storageClassName":"fast""#)
        let taken = try volume("v2", "1a", more: #""storageClassName":"fast","claimRef":{"name":"x"}"#)
        let other = try volume("v3", "1c", more: #""storageClassName":"slow""#)
        #expect(try zones([claim, local, free, taken, other]) == ["1b"])
    }

    @Test("only the claims that pods use are asked for, and what is removed is gone")
    func changes() throws {
        var objects = SchedulingObjects([try claim("{}"), try object("Namespace", #"{"metadata":{"name":"a"}}"#)])
        var pod = Pod(id: PodID(namespace: "a", name: "p"), uid: "u", createdAt: Timestamp(seconds: 0))
        #expect(objects.volumeClaims(of: [pod]).isEmpty)
        pod.volumeClaims = ["c", "unknown"]
        #expect(objects.volumeClaims(of: [pod]) == [VolumeClaim(namespace: "a", name: "c")])
        #expect(objects.namespaceLabels == ["a": ["kubernetes.io/metadata.name": "a"]])
        objects.remove(try claim("{}"))
        objects.remove(try object("Namespace", #"{"metadata":{"name":"a"}}"#))
        #expect(objects == SchedulingObjects())
    }

    @Test("a daemon set's pods are known before there are any, with what the controller lets them tolerate")
    func daemonSet() throws {
        let set = try object(
            "DaemonSet",
            """
            {"metadata":{"namespace":"kube-system","name":"plugin","uid":"d","creationTimestamp":"2026-11-21T05:00:00Z"},
             "spec":{"template":{"metadata":{"labels":{"app":"plugin"}},"spec":{"nodeSelector":{"gpu":"yes"},
               "containers":[{"resources":{"requests":{"cpu":"250m"}}}]}}}}
            """
        )
        let template = try #require(SchedulingObjects([set]).daemonSets["d"]?.template)
        #expect(template.isNodeBound && template.owner == Pod.Owner(kind: "DaemonSet", name: "plugin", uid: "d"))
        #expect(template.labels == ["app": "plugin"])
        #expect(template.requests["cpu"] == Quantity(thousandths: 250))
        let pressure = Taint(key: "node.kubernetes.io/memory-pressure", effect: .noSchedule)
        #expect(template.accepts(labels: ["gpu": "yes"], taints: [pressure]))
        #expect(!template.accepts(labels: [:], taints: []))
        #expect(!template.accepts(labels: ["gpu": "yes"], taints: [.starting]))
    }
}
