import ConfigurationFile
import Kubernetes
import Model

/// Whether what it tells Gleaner can be understood.
extension CheckedWorkload {
    func annotationFindings() -> [Finding] {
        var places: [(path: String, annotations: JSON, isPod: Bool)] = []
        if kind != "Pod" {
            places.append(("metadata.annotations", object.json.at("metadata", "annotations"), false))
        }
        for template in templates {
            if let job = template.job, job.path != "spec" {
                // `spec.jobTemplate.spec` belongs to what has `spec.jobTemplate.metadata`.
                let owner = job.path.dropLast(".spec".count)
                places.append(
                    ("\(owner).metadata.annotations", JSON(job.annotations), false)
                )
            }
            places.append((template.annotationPath, template.json.at("metadata", "annotations"), true))
        }
        return places.flatMap { place in
            place.annotations.fields.sorted { $0.key < $1.key }.compactMap { key, value in
                key.hasPrefix(Annotation.prefix) ? finding(key, value, at: place.path, isPod: place.isPod) : nil
            }
        }
    }

    private func finding(_ key: String, _ value: JSON, at path: String, isPod: Bool) -> Finding? {
        let name = String(key.dropFirst(Annotation.prefix.count))
        let field = "\(path).\(key)"
        guard Annotation(rawValue: name) != nil else {
            if name == "queue" {
                return finding(
                    .error,
                    "annotation",
                    field,
                    "is a label, not an annotation",
                    do: "labels: {\(key): ...}"
                )
            }
            let meant = Suggestion.nearest(to: name, among: Annotation.allCases.map(\.rawValue))
            return finding(
                .error,
                "annotation",
                field,
                "is not known" + (meant.map { "; did you mean \"\(Annotation.prefix)\($0)\"?" } ?? "")
            )
        }
        guard let text = value.string else {
            return finding(.error, "annotation", field, "is no string", do: "put quotes around it")
        }
        if let expected = AnnotationRule.expectation(of: name, unmetBy: text) {
            return finding(.error, "annotation", field, "\"\(text.prefix(80))\" is not \(expected)")
        }
        if name == Annotation.gang.rawValue, !isPod, templates.contains(where: { $0.job != nil }) {
            return finding(
                .error,
                "annotation",
                field,
                "counts only on the pods",
                do: "put it under the template's metadata.annotations"
            )
        }
        return nil
    }
}
