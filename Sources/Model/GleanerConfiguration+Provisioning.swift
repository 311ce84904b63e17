extension GleanerConfiguration {
    /// What is done for a ProvisioningRequest; nil for one that is not ours to handle: its class is not configured, or
    /// it names the one of several autoscalers that is to handle it.
    package func behaviour(for request: ProvisioningRequest) -> ProvisioningBehaviour? {
        guard request.parameters["processorInstance"]?.isEmpty ?? true else { return nil }
        return provisioningClasses[request.className]
    }
}
