import Kubernetes

extension ObjectStore {
    /// Fills in what the API server and its admission plugins fill in.
    func applyDefaults(to object: inout JSON, kind: ResourceKind) {
        switch kind {
        case .pods:
            PodDefaults.apply(to: &object["spec"], isPod: true)
            setPriority(of: &object)
            if object["status"].isNull {
                object["status"] = [
                    "phase": "Pending", "qosClass": .string(PodDefaults.qualityOfService(object["spec"])),
                ]
            }
        case .jobs: applyJobDefaults(to: &object)
        case .namespaces:
            let name = object["metadata"]["name"]
            object["metadata"]["labels"]["kubernetes.io/metadata.name"] = name
            object["spec"].setDefault("finalizers", ["kubernetes"])
            object["status"].setDefault("phase", "Active")
        default: break
        }
    }

    private func setPriority(of pod: inout JSON) {
        guard pod["spec"]["priority"].isNull else { return }
        let name = pod["spec"]["priorityClassName"].string
        let priorityClass = name.flatMap { find(.priorityClasses, $0) }
        pod["spec"]["priority"] = .integer(priorityClass?["value"].integer ?? 0)
        pod["spec"]["preemptionPolicy"] =
            priorityClass?["preemptionPolicy"].string.map { .string($0) } ?? "PreemptLowerPriority"
    }

    private func applyJobDefaults(to job: inout JSON) {
        guard job["spec"].object != nil else { return }
        let metadata = job["metadata"]
        if job["spec"]["completions"].isNull, job["spec"]["parallelism"].isNull {
            job["spec"]["completions"] = 1
        }
        job["spec"].setDefault("parallelism", 1)
        job["spec"].setDefault("backoffLimit", 6)
        job["spec"].setDefault("completionMode", "NonIndexed")
        job["spec"].setDefault("suspend", false)
        job["spec"].setDefault("podReplacementPolicy", "TerminatingOrFailed")
        job["spec"].setDefault("manualSelector", false)
        if job["spec"]["manualSelector"].bool != true, let uid = metadata["uid"].string,
            let name = metadata["name"].string
        {
            job["spec"]["selector"].setDefault("matchLabels", ["batch.kubernetes.io/controller-uid": .string(uid)])
            let own = [
                "batch.kubernetes.io/controller-uid": uid, "batch.kubernetes.io/job-name": name, "controller-uid": uid,
                "job-name": name,
            ]
            for (key, value) in own { job["spec"]["template"]["metadata"]["labels"].setDefault(key, .string(value)) }
        }
        if metadata["labels"].isNull, let labels = job["spec"]["template"]["metadata"]["labels"].object {
            // batch/v1 takes over the template's labels when the Job has none of its own.
            job["metadata"]["labels"] = .object(labels)
        }
        PodDefaults.apply(to: &job["spec"]["template"]["spec"], isPod: false)
    }
}

/// The defaults of a pod's spec.
enum PodDefaults {
    static func apply(to spec: inout JSON, isPod: Bool) {
        guard spec.object != nil else { return }
        spec.setDefault("restartPolicy", "Always")
        spec.setDefault("terminationGracePeriodSeconds", 30)
        spec.setDefault("dnsPolicy", "ClusterFirst")
        spec.setDefault("schedulerName", "default-scheduler")
        spec.setDefault("securityContext", .emptyObject)
        for list in ["containers", "initContainers"] {
            guard let containers = spec[list].array else { continue }
            spec[list] = .array(containers.map(container))
        }
        guard isPod else { return }
        spec.setDefault("enableServiceLinks", true)
        spec.setDefault("serviceAccountName", "default")
        for reason in ["not-ready", "unreachable"] { tolerateForFiveMinutes("node.kubernetes.io/\(reason)", &spec) }
    }

    private static func container(_ container: JSON) -> JSON {
        var container = container
        let image = container["image"].string ?? ""
        let name = image.split(separator: "/").last ?? ""
        let isLatest = !image.contains("@") && (!name.contains(":") || name.hasSuffix(":latest"))
        container.setDefault("imagePullPolicy", isLatest ? "Always" : "IfNotPresent")
        container.setDefault("terminationMessagePath", "/dev/termination-log")
        container.setDefault("terminationMessagePolicy", "File")
        container.setDefault("resources", .emptyObject)
        for (resource, limit) in container["resources"]["limits"].fields {
            container["resources"]["requests"].setDefault(resource, limit)
        }
        if let ports = container["ports"].array {
            container["ports"] = .array(
                ports.map {
                    var port = $0
                    port.setDefault("protocol", "TCP")
                    return port
                }
            )
        }
        return container
    }

    /// What the admission plugin DefaultTolerationSeconds adds.
    private static func tolerateForFiveMinutes(_ key: String, _ spec: inout JSON) {
        let present = spec["tolerations"].elements
        let isTolerated = present.contains {
            let effect = $0["effect"].string ?? ""
            let own = $0["key"].string ?? ""
            return (own == key || own.isEmpty) && (effect == "NoExecute" || effect.isEmpty)
        }
        guard !isTolerated else { return }
        spec["tolerations"] = .array(
            present + [
                ["key": .string(key), "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300]
            ]
        )
    }

    static func qualityOfService(_ spec: JSON) -> String {
        var isEmpty = true
        var isGuaranteed = true
        for container in spec["containers"].elements + spec["initContainers"].elements {
            for resource in ["cpu", "memory"] {
                let request = container["resources"]["requests"][resource]
                let limit = container["resources"]["limits"][resource]
                if !request.isNull || !limit.isNull { isEmpty = false }
                if limit.isNull || request != limit { isGuaranteed = false }
            }
        }
        return isEmpty ? "BestEffort" : isGuaranteed ? "Guaranteed" : "Burstable"
    }
}
