/// An object that, beside pods, nodes and Jobs, has a say in what runs where.
package enum SchedulingObject: Hashable, Sendable {
    case namespace(name: String, labels: [String: String])
    case volumeClaim(PersistentVolumeClaim)
    case volume(PersistentVolume)
    case storageClass(StorageClass)
    case daemonSet(DaemonSet)
    case workload(WorkloadObject)

    case provisioningRequest(ProvisioningRequest)
    case podTemplate(PodTemplate)
}
