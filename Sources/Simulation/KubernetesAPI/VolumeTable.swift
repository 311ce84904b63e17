import Kubernetes

/// The columns of persistent volumes and their claims.
enum VolumeTable {
    static var claims: Table.Layout {
        let columns = ["Status", "Volume", "Capacity", "Access Modes", "StorageClass", "Age"]
        return Table.Layout(columns: [Table.nameColumn] + columns.map { Table.Column(name: $0) }) { claim, now in
            let isBound = claim["spec"]["volumeName"].string?.isEmpty == false
            return [
                claim["metadata"]["name"], .string(claim["status"]["phase"].string ?? (isBound ? "Bound" : "Pending")),
                text(claim["spec"]["volumeName"]), text(claim["status"]["capacity"]["storage"]),
                modes(claim["spec"]), text(claim["spec"]["storageClassName"]), Table.age(claim, now),
            ]
        }
    }

    static var volumes: Table.Layout {
        let columns = ["Capacity", "Access Modes", "Reclaim Policy", "Status", "Claim", "StorageClass", "Age"]
        return Table.Layout(columns: [Table.nameColumn] + columns.map { Table.Column(name: $0) }) { volume, now in
            let claim = volume["spec"]["claimRef"]
            let name = claim.isNull ? "" : "\(claim["namespace"].string ?? "")/\(claim["name"].string ?? "")"
            return [
                volume["metadata"]["name"], text(volume["spec"]["capacity"]["storage"]), modes(volume["spec"]),
                .string(volume["spec"]["persistentVolumeReclaimPolicy"].string ?? "Retain"),
                .string(volume["status"]["phase"].string ?? (claim.isNull ? "Available" : "Bound")), .string(name),
                text(volume["spec"]["storageClassName"]), Table.age(volume, now),
            ]
        }
    }

    private static func text(_ value: JSON) -> JSON { .string(value.string ?? "") }

    /// As kubectl shortens them: `RWO`, `ROX`, `RWX`, `RWOP`.
    private static func modes(_ spec: JSON) -> JSON {
        let short = [
            "ReadWriteOnce": "RWO", "ReadOnlyMany": "ROX", "ReadWriteMany": "RWX", "ReadWriteOncePod": "RWOP",
        ]
        let modes = spec["accessModes"].elements.compactMap(\.string)
        return .string(modes.map { short[$0] ?? $0 }.joined(separator: ","))
    }
}
