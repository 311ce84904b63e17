import HTTPTransport
import Model

extension AWSCloud {
    /// Makes sure that what a launch names is there.
    func prepare(_ content: LaunchTemplateContent, for request: LaunchRequest) async throws {
        if let group = content.placementGroup { try await preparePlacementGroup(group) }
        guard content.blueprint.launchTemplate == nil else { return }
        let name = content.name
        if !launches.withLock({ $0.templates.keys.contains(name) }) {
            if let data = try templateData(content, pool: request.pool) {
                try await createLaunchTemplate(name, data)
            } else if try await !isThere(template: name) {
                // The file has another text by now, and no template was made of the text of then.
                throw AWSCloudError.userDataChanged(pool: request.pool)
            }
        }
        launches.withLock { $0.templates[name] = now }
    }

    func forget(template name: String) {
        launches.withLock { _ = $0.templates.removeValue(forKey: name) }
    }

    func forget(placementGroup name: String) {
        launches.withLock { _ = $0.placementGroups.removeValue(forKey: name) }
    }

    private func createLaunchTemplate(_ name: String, _ data: EC2LaunchTemplateData) async throws(AWSError) {
        do throws(AWSError) {
            _ = try await ec2.createLaunchTemplate(
                name: name,
                data,
                tags: [Tag.cluster: clusterName],
                clientToken: name
            )
        } catch {
            guard error.code == "InvalidLaunchTemplateName.AlreadyExistsException" else { throw error }
        }
    }

    private func isThere(template name: String) async throws -> Bool {
        do {
            return try await !ec2.describeLaunchTemplates(names: [name]).isEmpty
        } catch  where error.kind == .gone {
            return false
        }
    }

    /// - Returns: What the template says; nil when the operator's user data of then cannot be had any more.
    private func templateData(_ content: LaunchTemplateContent, pool: String) throws -> EC2LaunchTemplateData? {
        guard let digest = content.blueprint.userDataDigest else { return try content.data(own: nil) }
        if let known = launches.withLock({ $0.userData[digest] }) { return try content.data(own: known) }
        guard let path = pools.first(where: { $0.name == pool })?.node.userDataFile else { return nil }
        let text = try UserData.read(path: path)
        return Self.digest(of: text) == digest ? try content.data(own: text) : nil
    }

    static func digest(of userData: Secret) -> String {
        String(Digest.hex(Digest.sha256(Array(userData.value.utf8))).prefix(24))
    }

    private func preparePlacementGroup(_ name: String) async throws(AWSError) {
        if !launches.withLock({ $0.placementGroups.keys.contains(name) }) {
            do throws(AWSError) {
                try await ec2.createPlacementGroup(name: name, tags: [Tag.cluster: clusterName])
            } catch {
                guard error.code == "InvalidPlacementGroup.Duplicate" else { throw error }
            }
        }
        launches.withLock { $0.placementGroups[name] = now }
    }
}

extension AWSError {
    /// AWS's own code of the refusal; nil for what never got an answer.
    var code: String? {
        if case .refused(let refusal) = self { refusal.code } else { nil }
    }
}
