import Model

/// The one call of STS that shows a client whether its credentials are good.
struct STSAPI {
    static let namespace = "https://sts.amazonaws.com/doc/2011-06-15/"

    let front: any CloudFront

    /// - Returns: The answer's XML.
    /// - Throws: `AWSAPIError`.
    func respond(to parameters: QueryParameters, accessKeyID: String, requestID: String) async throws -> String {
        let action = try parameters.required("Action")
        guard action == "GetCallerIdentity" else {
            throw AWSAPIError(code: "InvalidAction", message: "Could not find operation \(action)")
        }
        let account = try await front.withCloud { cloud, _ in cloud.configuration.accountID }
        var xml = XMLWriter()
        xml.element("GetCallerIdentityResponse", namespace: Self.namespace) { xml in
            xml.element("GetCallerIdentityResult") { xml in
                xml.element("Arn", "arn:aws:iam::\(account):user/gleaner")
                xml.element("UserId", accessKeyID)
                xml.element("Account", account)
            }
            xml.element("ResponseMetadata") { $0.element("RequestId", requestID) }
        }
        return xml.document
    }
}
