import Kubernetes
import Model

/// What ties it to one place, so that there is little to choose from after an interruption.
extension CheckedWorkload {
    private static let zonalSources: Set<String> = ["awsElasticBlockStore", "gcePersistentDisk", "azureDisk", "cinder"]

    func placeFindings(_ volumes: VolumeKinds) -> [Finding] {
        templates.flatMap { template in
            volumeFindings(template, volumes) + nodeFindings(template)
        } + claimTemplateFindings(volumes)
    }

    private func volumeFindings(_ template: Template, _ volumes: VolumeKinds) -> [Finding] {
        template.spec["volumes"].elements.enumerated().compactMap { index, volume in
            let field = template.field("volumes[\(index)]")
            let name = volume["name"].string ?? ""
            if let claim = volume.at("persistentVolumeClaim", "claimName").string {
                switch volumes.pinsZone(claim: claim, namespace: namespace) {
                case true?: return zoneFinding(field, "volume \(name) (claim \(claim))")
                case false?: return nil
                case nil:
                    return finding(
                        .warning,
                        "volume-zone",
                        field,
                        "volume \(name): if claim \(claim) is a block device (EBS), it pins the workload to one zone",
                        do:
                            "a claim that every zone reaches (EFS, NFS), or checkpoints in object storage; put the claim "
                            + "into the file to have it checked"
                    )
                }
            }
            let ephemeral = volume.at("ephemeral", "volumeClaimTemplate", "spec")
            // It is made anew with each pod, in the zone of its node: nothing is pinned, and nothing is kept.
            if ephemeral.object != nil { return nil }
            if Self.zonalSources.contains(where: { volume[$0].object != nil }) {
                return zoneFinding(field, "volume \(name)")
            }
            if volume["hostPath"].object != nil {
                return finding(
                    .warning,
                    "volume-node",
                    field,
                    "volume \(name) is a folder of the node: what is written there is gone with it",
                    do: "checkpoints on a volume that every zone reaches, or in object storage"
                )
            }
            return nil
        }
    }

    private func claimTemplateFindings(_ volumes: VolumeKinds) -> [Finding] {
        guard kind == "StatefulSet" else { return [] }
        return spec["volumeClaimTemplates"].elements.enumerated().compactMap { index, claim in
            guard volumes.pinsZone(claim["spec"]) != false else { return nil }
            return zoneFinding(
                "spec.volumeClaimTemplates[\(index)]",
                "claim \(claim.at("metadata", "name").string ?? "")"
            )
        }
    }

    private func zoneFinding(_ field: String, _ what: String) -> Finding {
        finding(
            .warning,
            "volume-zone",
            field,
            "\(what) pins the workload to one zone: when its spot capacity is gone, no other zone can take it",
            do: "a volume that every zone reaches (EFS, NFS), or checkpoints in object storage"
        )
    }

    private func nodeFindings(_ template: Template) -> [Finding] {
        let selector = template.spec["nodeSelector"].strings
        var pinned: [(key: String, field: String)] = [Label.zone, Label.hostname].filter { selector[$0] != nil }
            .map { ($0, template.field("nodeSelector")) }
        let terms = template.spec.at(
            "affinity",
            "nodeAffinity",
            "requiredDuringSchedulingIgnoredDuringExecution",
            "nodeSelectorTerms"
        ).elements
        for key in [Label.zone, Label.hostname] {
            let everyTermPins = terms.allSatisfy { term in
                term["matchExpressions"].elements.contains {
                    $0["key"].string == key && $0["operator"] == "In" && $0["values"].elements.count == 1
                }
            }
            if !terms.isEmpty, everyTermPins, terms.count == 1 {
                pinned.append((key, template.field("affinity.nodeAffinity")))
            }
        }
        return pinned.map { key, field in
            let isZone = key == Label.zone
            return finding(
                isZone ? .warning : .error,
                isZone ? "zone" : "node",
                field,
                isZone
                    ? "it runs in one zone only: when its spot capacity is gone, no other zone can take it"
                    : "it runs on one node only: once that is taken back, it never runs again",
                do: isZone ? "leave \(key) out, or name several zones" : "leave \(key) out"
            )
        }
    }
}
