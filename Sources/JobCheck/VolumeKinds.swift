import Kubernetes

/// What a file says of the claims that its workloads mount.
struct VolumeKinds {
    /// Provisioners whose volumes are reached from every zone of the region.
    private static let regional: Set<String> = ["efs.csi.aws.com", "nfs.csi.k8s.io", "s3.csi.aws.com"]
    /// Those whose volumes stay in the zone they were made in.
    private static let zonal: Set<String> = [
        "ebs.csi.aws.com", "fsx.csi.aws.com", "kubernetes.io/aws-ebs", "pd.csi.storage.gke.io", "disk.csi.azure.com",
    ]

    private var claims: [String: JSON] = [:]
    private var provisioners: [String: String] = [:]

    mutating func add(_ object: ManifestObject) {
        let metadata = object.json["metadata"]
        let name = metadata["name"].string ?? ""
        switch object.kind {
        case "PersistentVolumeClaim":
            claims["\(metadata["namespace"].string ?? "default")/\(name)"] = object.json["spec"]
        case "StorageClass": provisioners[name] = object.json["provisioner"].string ?? ""
        default: break
        }
    }

    /// How a claim binds a pod to a zone.
    ///
    /// - Parameters:
    ///   - name: Of the claim.
    ///   - namespace: It is in.
    /// - Returns: True or false where the file says so, nil where it does not.
    func pinsZone(claim name: String, namespace: String) -> Bool? {
        claims["\(namespace)/\(name)"].flatMap(pinsZone)
    }

    /// The same for what a claim's template says.
    func pinsZone(_ spec: JSON) -> Bool? {
        if let name = spec["storageClassName"].string, let provisioner = provisioners[name] {
            if Self.regional.contains(provisioner) { return false }
            if Self.zonal.contains(provisioner) { return true }
        }
        let modes = spec["accessModes"].elements.compactMap(\.string)
        // A block device hangs on one node, and its volume stays in one zone.
        if modes.contains("ReadWriteOncePod") || modes == ["ReadWriteOnce"] { return true }
        return modes.contains("ReadWriteMany") ? false : nil
    }
}
