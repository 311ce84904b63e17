import Model
import Yams

extension ConfigurationReader {
    /// Classes of ProvisioningRequests by name, and what is done for each.
    func provisioningClasses(_ value: Value) -> [String: ProvisioningBehaviour]? {
        guard let section = Section(value) else { return nil }
        var result: [String: ProvisioningBehaviour] = [:]
        for (name, value) in section.values {
            if !Words.isProvisioningClass(name) {
                value.refuse("\"\(name)\" is not a name of lower-case letters, digits, dashes and dots")
            }
            if let behaviour = value.choice(ProvisioningBehaviour.self) { result[name] = behaviour }
        }
        return result
    }
}
