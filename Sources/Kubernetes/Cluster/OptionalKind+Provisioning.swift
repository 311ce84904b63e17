import Model

extension OptionalKind {
    /// Capacity that is asked for before its pods exist, and what these pods will be.
    static let provisioning = [
        OptionalKind(
            group: ProvisioningRequest.group,
            versions: ["v1", "v1beta1"],
            plural: "provisioningrequests",
            meaning: "and so serves none of them",
            read: { .provisioningRequest(try ProvisioningRequest(json: $0)) }
        ),
        OptionalKind(
            // Every cluster has it; one that has no requests has no use for it.
            resources: [APIResource(prefix: "/api/v1", plural: "podtemplates")],
            meaning: "and so fails every ProvisioningRequest",
            isBuiltIn: false,
            read: { .podTemplate(try PodTemplate(json: $0)) }
        ),
    ]
}
