import Model

extension Pod {
    /// What the scheduler reserves for a pod: the larger of what all containers need together and what the init phase
    /// needs at its worst, or what is said for the pod as a whole, plus overhead, and one of `pods`.
    ///
    /// An init container that restarts always is a sidecar: it keeps running beside every later init container and all
    /// containers. https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/#resource-sharing-within-containers
    static func requests(_ reader: ObjectReader) throws -> Resources {
        let isInfeasible = try reader.condition("PodResizePending")?.string("reason") == "Infeasible"
        var running = Resources()
        let statuses = try statuses(reader, "containerStatuses")
        for container in try reader.elements("spec", "containers") {
            running += try containerRequests(container, statuses, isInfeasible: isInfeasible)
        }
        var sidecars = Resources()
        var starting = Resources()
        let initStatuses = try Self.statuses(reader, "initContainerStatuses")
        for container in try reader.elements("spec", "initContainers") {
            guard try container.string("restartPolicy") == "Always" else {
                starting = starting.maximum(try containerRequests(container, [:], isInfeasible: false) + sidecars)
                continue
            }
            sidecars += try containerRequests(container, initStatuses, isInfeasible: isInfeasible)
            starting = starting.maximum(sidecars)
        }
        var total = (running + sidecars).maximum(starting)
        for (name, amount) in try podRequests(reader, containers: total).amounts { total[name] = amount }
        total += try reader.resources("spec", "overhead")
        total[Resources.pods] = Quantity(1)
        return total
    }

    /// What is said for the pod as a whole, which counts instead of the sum of its containers. A limit without a request
    /// stands for one where no container requests anything, and always for huge pages, which cannot be overcommitted.
    /// https://kubernetes.io/docs/tasks/configure-pod-container/assign-pod-level-resources/
    private static func podRequests(_ reader: ObjectReader, containers: Resources) throws -> Resources {
        guard let resources = try reader.object("spec", "resources") else { return Resources() }
        var result = try resources.resources("requests").amounts
        for (name, amount) in try resources.resources("limits").amounts
        where result[name] == nil && (containers[name] == .zero || name.hasPrefix("hugepages-")) {
            result[name] = amount
        }
        return Resources(
            result.filter { $0.key == Resources.cpu || $0.key == Resources.memory || $0.key.hasPrefix("hugepages-") }
        )
    }

    /// A limit without a request counts as the request, as the API server would have written it. While a container is
    /// being resized, what it was given so far counts where it is more; alone, when what it asks for cannot be had.
    private static func containerRequests(
        _ container: ObjectReader,
        _ statuses: [String: ObjectReader],
        isInfeasible: Bool
    ) throws -> Resources {
        let requests = try container.resources("resources", "requests")
        let limits = try container.resources("resources", "limits")
        let named = Set(container.json.at("resources", "requests").fields.keys)
        let asked = requests + Resources(limits.amounts.filter { !named.contains($0.key) })
        guard let status = statuses[container.json["name"].string ?? ""] else { return asked }
        let given = try status.resources("resources", "requests").maximum(status.resources("allocatedResources"))
        return isInfeasible && !given.amounts.isEmpty ? given : asked.maximum(given)
    }

    /// The statuses that say what a container was given, by its name.
    private static func statuses(_ reader: ObjectReader, _ field: String) throws -> [String: ObjectReader] {
        var result: [String: ObjectReader] = [:]
        for status in try reader.elements("status", field) {
            guard let name = status.json["name"].string,
                status.json["resources"] != .null
                    || status.json["allocatedResources"] != .null
            else { continue }
            result[name] = status
        }
        return result
    }
}
