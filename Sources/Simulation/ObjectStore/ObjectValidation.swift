import Kubernetes

/// The checks of the API server that people run into.
enum ObjectValidation {
    static func check(_ object: JSON, kind: ResourceKind) throws(APIError) {
        let name = object["metadata"]["name"].string ?? ""
        var causes = nameCauses(name) + labelCauses(object["metadata"]["labels"])
        switch kind {
        case .pods: causes += podSpecCauses(object["spec"], at: "spec")
        case .jobs: causes += jobCauses(object["spec"])
        case .podDisruptionBudgets:
            if !object["spec"]["minAvailable"].isNull, !object["spec"]["maxUnavailable"].isNull {
                causes.append(
                    .init(field: "spec", message: "Invalid value: minAvailable and maxUnavailable cannot be both set")
                )
            }
        default: break
        }
        guard causes.isEmpty else { throw .invalid(kind, name: name, causes: causes) }
    }

    /// What may not change once an object is there.
    static func checkChange(from present: JSON, to object: JSON, kind: ResourceKind) throws(APIError) {
        let name = object["metadata"]["name"].string ?? ""
        switch kind {
        case .pods where mutablePart(removedFrom: present["spec"]) != mutablePart(removedFrom: object["spec"]):
            let message =
                "Forbidden: pod updates may not change fields other than `spec.containers[*].image`, "
                + "`spec.initContainers[*].image`, `spec.activeDeadlineSeconds`, `spec.tolerations`, "
                + "`spec.schedulingGates` and `spec.terminationGracePeriodSeconds`"
            throw .invalid(
                kind,
                name: name,
                causes: [.init(field: "spec", message: message, reason: "FieldValueForbidden")]
            )
        case .jobs:
            var fields = ["selector", "completionMode"]
            // A suspended Job that has not started may have its template's scheduling changed.
            if present["spec"]["suspend"].bool != true { fields.append("template") }
            if present["spec"]["completionMode"].string != "Indexed" { fields.append("completions") }
            let changed = fields.filter { present["spec"][$0] != object["spec"][$0] }
            guard changed.isEmpty else {
                throw .invalid(
                    kind,
                    name: name,
                    causes: changed.map { .init(field: "spec.\($0)", message: "Invalid value: field is immutable") }
                )
            }
        default: break
        }
    }

    private static func mutablePart(removedFrom spec: JSON) -> JSON {
        var spec = spec
        for field in ["activeDeadlineSeconds", "tolerations", "schedulingGates", "terminationGracePeriodSeconds"] {
            spec[field] = .null
        }
        for list in ["containers", "initContainers"] {
            guard let containers = spec[list].array else { continue }
            spec[list] = .array(
                containers.map {
                    var container = $0
                    container["image"] = .null
                    return container
                }
            )
        }
        return spec
    }

    /// A DNS subdomain (RFC 1123) of at most 253 characters, the strictest of the rules for names that we serve.
    private static func nameCauses(_ name: String) -> [APIError.Cause] {
        guard !name.isEmpty else {
            return [
                .init(
                    field: "metadata.name",
                    message: "Required value: name or generateName is required",
                    reason: "FieldValueRequired"
                )
            ]
        }
        let labels = name.split(separator: ".", omittingEmptySubsequences: false)
        let isValid =
            name.utf8.count <= 253
            && labels.allSatisfy { label in
                guard let first = label.utf8.first, let last = label.utf8.last else { return false }
                return isAlphanumeric(first) && isAlphanumeric(last)
                    && label.utf8.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "-") }
            }
        guard !isValid else { return [] }
        let message =
            "Invalid value: \"\(name)\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric "
            + "characters, '-' or '.', and must start and end with an alphanumeric character"
        return [.init(field: "metadata.name", message: message)]
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    private static func labelCauses(_ labels: JSON) -> [APIError.Cause] {
        guard !labels.isNull else { return [] }
        let wrong = labels.fields.filter { !$0.key.isEmpty && $0.value.string.map { $0.utf8.count > 63 } ?? true }
        guard labels.object != nil, wrong.isEmpty else {
            let message = "Invalid value: labels are strings of at most 63 characters: \(wrong.keys.sorted())"
            return [.init(field: "metadata.labels", message: message)]
        }
        return []
    }

    private static func jobCauses(_ spec: JSON) -> [APIError.Cause] {
        let template = spec["template"]["spec"]
        var causes = podSpecCauses(template, at: "spec.template.spec")
        let policy = template["restartPolicy"].string ?? "Always"
        if template.object != nil, policy != "Never", policy != "OnFailure" {
            causes.append(
                .init(
                    field: "spec.template.spec.restartPolicy",
                    message: "Required value: valid values: \"OnFailure\", \"Never\"",
                    reason: "FieldValueRequired"
                )
            )
        }
        for field in ["parallelism", "completions", "backoffLimit"] {
            if let value = spec[field].integer, value >= 0 { continue }
            if spec[field].isNull { continue }
            causes.append(
                .init(field: "spec.\(field)", message: "Invalid value: must be an integer greater than or equal to 0")
            )
        }
        if spec["completionMode"].string == "Indexed", spec["completions"].isNull {
            causes.append(
                .init(
                    field: "spec.completions",
                    message: "Required value: when completion mode is Indexed",
                    reason: "FieldValueRequired"
                )
            )
        }
        return causes
    }

    private static func podSpecCauses(_ spec: JSON, at path: String) -> [APIError.Cause] {
        var causes = [APIError.Cause]()
        let containers = spec["containers"].elements
        if containers.isEmpty {
            causes.append(
                .init(field: "\(path).containers", message: "Required value", reason: "FieldValueRequired")
            )
        }
        var names = Set<String>()
        for (index, container) in containers.enumerated() {
            for field in ["name", "image"] where (container[field].string ?? "").isEmpty {
                causes.append(
                    .init(
                        field: "\(path).containers[\(index)].\(field)",
                        message: "Required value",
                        reason: "FieldValueRequired"
                    )
                )
            }
            if let name = container["name"].string, !names.insert(name).inserted {
                causes.append(
                    .init(
                        field: "\(path).containers[\(index)].name",
                        message: "Duplicate value: \"\(name)\"",
                        reason: "FieldValueDuplicate"
                    )
                )
            }
        }
        return causes
    }
}
