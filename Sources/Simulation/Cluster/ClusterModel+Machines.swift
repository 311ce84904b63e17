import AWS
import Kubernetes
package import Model

/// A cloud instance as its kubelet sees it.
struct Machine: Sendable {
    var instance: InstanceID
    var offering: Offering
    var type: InstanceType
    var nodeName: String
    var address: String
    var registration: UserData?
    /// The cloud has said that it takes it back.
    var isWarned = false
}

extension ClusterModel {
    /// An instance began to run: after its boot its node registers.
    package func instanceStarted(_ instance: CloudInstance, type: InstanceType) {
        machines[instance.id] = Machine(
            instance: instance.id,
            offering: instance.offering,
            type: type,
            nodeName: instance.privateDNSName,
            address: instance.privateAddress,
            registration: instance.userData.flatMap { UserData(base64: $0) }
        )
        schedule(.register(instance.id), after: .seconds(delays.integer(in: pace.registration)))
    }

    /// The cloud has warned of the instance's reclaim.
    package func instanceWarned(_ id: InstanceID) {
        machines[id]?.isWarned = true
    }

    /// The instance is gone: its processes end at once; its node and the pods on it stand a while longer, until the
    /// cloud controller and the pod collector have seen it.
    package func instanceStopped(_ id: InstanceID, reclaimed: Bool) {
        guard let machine = machines[id] else { return }
        if reclaimed { machines[id]?.isWarned = true }
        for process in processes.values.filter({ $0.node == machine.nodeName }).sorted(by: { $0.pod < $1.pod }) {
            lose(process)
        }
        machines[id] = nil
        guard machineOfNode.removeValue(forKey: machine.nodeName) != nil else { return }
        schedule(.nodeGone(id, node: machine.nodeName), after: .seconds(delays.integer(in: pace.removal)))
        settle()
    }

    func removeNode(_ name: String, of id: InstanceID) {
        // Someone may have deleted it, and a successor of the same name may stand.
        guard store.find(.nodes, name)?["spec"]["providerID"].string?.hasSuffix("/\(id)") == true else { return }
        // The node goes first, so that no successor of its pods is bound to it.
        _ = store.finalizeDelete(.nodes, name, now: now.milliseconds)
        for json in store.objects(.pods) where json["spec"]["nodeName"].string == name { collect(json) }
    }

    /// Removes a pod whose node is gone, marked as the pod collector marks it.
    private func collect(_ json: JSON) {
        guard let pod = decoded(json) else { return }
        if !pod.isFinished {
            modify(.pods, pod.id.namespace, pod.id.name) { object in
                object["status"]["phase"] = "Failed"
                object["status"]["reason"] = "NodeLost"
                Conditions.set(
                    "DisruptionTarget",
                    status: true,
                    reason: "DeletionByPodGC",
                    message: "PodGC: node no longer exists",
                    in: &object,
                    now: self.now.milliseconds
                )
            }
        }
        settle()
        _ = store.finalizeDelete(.pods, in: pod.id.namespace, pod.id.name, now: now.milliseconds)
    }

    func registerNode(_ id: InstanceID) {
        guard let machine = machines[id] else { return }
        let offering = machine.offering
        var labels = machine.registration?.labels ?? [:]
        labels[Label.hostname] = machine.nodeName
        labels[Label.instanceType] = offering.instanceType
        labels[Label.zone] = offering.zone
        labels[Label.region] = String(offering.zone.dropLast())
        labels[Label.operatingSystem] = "linux"
        labels[Label.architecture] = machine.type.architecture
        var taints = (machine.registration?.taints ?? []).map { taint -> JSON in
            var json: JSON = ["key": .string(taint.key), "effect": .string(taint.effect.rawValue)]
            if !taint.value.isEmpty { json["value"] = .string(taint.value) }
            return json
        }
        taints.append(["key": "node.kubernetes.io/not-ready", "effect": "NoSchedule"])
        var node: JSON = ["metadata": ["name": .string(machine.nodeName), "labels": JSON(labels)]]
        node["spec"]["providerID"] = .string("aws:///\(offering.zone)/\(id)")
        node["spec"]["taints"] = .array(taints)
        node["status"] = status(of: machine)
        Conditions.set("Ready", status: false, reason: "KubeletNotReady", in: &node, now: now.milliseconds)
        do {
            _ = try store.create(node, as: .nodes, now: now.milliseconds)
        } catch {
            return
        }
        machineOfNode[machine.nodeName] = id
        schedule(.nodeReady(id), after: .seconds(delays.integer(in: pace.readiness)))
    }

    /// Everything but the accelerators, which their device plugin adds later.
    private func status(of machine: Machine) -> JSON {
        var amounts = machine.type.allocatable
        for name in Resources.acceleratorNames { amounts[name] = .zero }
        var result: JSON = ["capacity": Self.json(amounts), "allocatable": Self.json(amounts)]
        result["addresses"] = [
            ["type": "InternalIP", "address": .string(machine.address)],
            ["type": "Hostname", "address": .string(machine.nodeName)],
        ]
        result["nodeInfo"] = [
            "architecture": .string(machine.type.architecture), "operatingSystem": "linux",
            "kubeletVersion": "v1.31.0", "containerRuntimeVersion": "containerd://1.7.20",
            "osImage": "Amazon Linux 2023",
            "kernelVersion": "6.1.0", "kubeProxyVersion": "", "machineID": "", "systemUUID": "", "bootID": "",
        ]
        return result
    }

    private static func json(_ resources: Resources) -> JSON {
        JSON(resources.amounts.mapValues(\.description))
    }

    func markReady(_ id: InstanceID) {
        guard let machine = machines[id] else { return }
        modify(.nodes, "", machine.nodeName) { node in
            Conditions.set("Ready", status: true, reason: "KubeletReady", in: &node, now: self.now.milliseconds)
            let taints = node["spec"]["taints"].elements.filter {
                $0["key"].string != "node.kubernetes.io/not-ready"
            }
            node["spec"]["taints"] = .array(taints)
        }
        schedule(.devicesReady(id), after: .seconds(delays.integer(in: pace.devices)))
    }

    func offerDevices(_ id: InstanceID) {
        guard let machine = machines[id] else { return }
        modify(.nodes, "", machine.nodeName) { node in
            node["status"]["capacity"] = Self.json(machine.type.allocatable)
            node["status"]["allocatable"] = Self.json(machine.type.allocatable)
        }
    }
}
