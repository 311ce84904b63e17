/// An object that, beside nodes and other pods, has a say in where pods run.
package enum SchedulingObject: Hashable, Sendable {
    case namespace(name: String, labels: [String: String])
    case volumeClaim(PersistentVolumeClaim)
    case volume(PersistentVolume)
    case storageClass(StorageClass)
    case daemonSet(DaemonSet)

    case provisioningRequest(ProvisioningRequest)
    case podTemplate(PodTemplate)
}
