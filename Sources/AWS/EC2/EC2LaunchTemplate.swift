/// A launch template that exists.
package struct EC2LaunchTemplate: Sendable, Equatable {
    package var id: String
    package var name: String
    package var defaultVersion: Int
    package var latestVersion: Int
    /// Since 1970.
    package var createdMilliseconds: Int64
    package var tags: [String: String]

    init(_ item: XMLElement) throws(XMLShapeError) {
        id = try item.required("launchTemplateId")
        name = try item.required("launchTemplateName")
        latestVersion = try item.required("latestVersionNumber") { Int($0) }
        defaultVersion = item.string("defaultVersionNumber").flatMap { Int($0) } ?? latestVersion
        createdMilliseconds = try item.required("createTime") { AWSTime.parse($0) }
        tags = item.tags
    }
}
