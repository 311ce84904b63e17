import Model

/// What a pod takes of its node that is no amount: ports, and the reach of volumes.
extension Pod {
    /// The ports of the node that it takes: those of containers and of sidecars. In the node's own network every port
    /// of a container is one of the node. https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#ports
    static func hostPorts(_ reader: ObjectReader) throws -> [HostPort] {
        let isHostNetwork = try reader.bool("spec", "hostNetwork") ?? false
        var containers = try reader.elements("spec", "containers")
        for container in try reader.elements("spec", "initContainers")
        where try container.string("restartPolicy") == "Always" {
            containers.append(container)
        }
        var result: [HostPort] = []
        for container in containers {
            for port in try container.elements("ports") {
                var number = try port.integer("hostPort") ?? 0
                if number == 0, isHostNetwork { number = try port.integer("containerPort") ?? 0 }
                guard (1...65_535).contains(number) else { continue }
                let proto = try port.string("protocol") ?? ""
                let taken = HostPort(
                    proto: proto.isEmpty ? "TCP" : proto,
                    address: try port.string("hostIP") ?? "",
                    port: Int(number)
                )
                if !result.contains(taken) { result.append(taken) }
            }
        }
        return result
    }

    /// The TCP ports that its containers declare, sidecars included.
    static func containerPorts(_ reader: ObjectReader) throws -> [Int] {
        var result: [Int] = []
        for list in ["containers", "initContainers"] {
            for container in try reader.elements("spec", list) {
                for port in try container.elements("ports") {
                    let proto = try port.string("protocol") ?? ""
                    guard proto.isEmpty || proto == "TCP", let number = try port.integer("containerPort"),
                        (1...65_535).contains(number), !result.contains(Int(number))
                    else { continue }
                    result.append(Int(number))
                }
            }
        }
        return result
    }

    /// The names of the persistent volume claims it uses. An ephemeral volume's claim is named after pod and volume:
    /// https://kubernetes.io/docs/concepts/storage/ephemeral-volumes/#persistentvolumeclaim-naming
    static func volumeClaims(_ reader: ObjectReader, pod: String) throws -> [String] {
        var result: [String] = []
        for volume in try reader.elements("spec", "volumes") {
            if let claim = try volume.object("persistentVolumeClaim") {
                result.append(try claim.required("claimName"))
            } else if try volume.object("ephemeral") != nil {
                result.append("\(pod)-\(try volume.required("name"))")
            }
        }
        return result
    }
}
