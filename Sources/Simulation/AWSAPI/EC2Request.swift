import AWS
import Model

/// A request of EC2's Query API, version 2016-11-15.
struct EC2Request: Sendable {
    /// A condition on what is described: any of its values must match, with `*` and `?` as wildcards.
    struct Filter: Hashable, Sendable {
        var name: String
        var values: [String]
    }

    let action: String
    let parameters: QueryParameters
    let requestID: String
    let filters: [Filter]

    init(form: String, requestID: String) throws {
        parameters = try QueryParameters(form: form)
        self.requestID = requestID
        action = try parameters.required("Action")
        guard let version = parameters["Version"], version == "2016-11-15" else {
            throw AWSAPIError(
                code: "InvalidAction",
                message: "The action \(action) is known in version 2016-11-15 of this web service only."
            )
        }
        let parameters = parameters
        filters = try parameters.prefixes("Filter").map { prefix in
            Filter(name: try parameters.required("\(prefix).Name"), values: parameters.list("\(prefix).Value"))
        }
        guard !parameters.flag("DryRun") else {
            throw AWSAPIError(
                status: 412,
                code: "DryRunOperation",
                message: "Request would have succeeded, but DryRun flag is set."
            )
        }
    }

    /// Whether a thing passes all filters.
    /// - Parameter attributes: Its values under a filter's name; nil when there is no such filter.
    /// - Returns: True when every filter is met by one of its values.
    /// - Throws: InvalidParameterValue for a filter that there is not.
    func passes(_ attributes: (String) -> [String]?) throws -> Bool {
        try filters.allSatisfy { filter in
            guard let values = attributes(filter.name) else {
                throw AWSAPIError(
                    code: "InvalidParameterValue",
                    message: "The filter '\(filter.name)' is invalid"
                )
            }
            return values.contains { value in filter.values.contains { Wildcard.matches($0, value) } }
        }
    }

    /// The values that tags have under the filters `tag:KEY` and `tag-key`; nil for other filters.
    static func tagValues(_ tags: [String: String], filter: String) -> [String]? {
        if filter == "tag-key" { return tags.keys.sorted() }
        guard filter.hasPrefix("tag:") else { return nil }
        return tags[String(filter.dropFirst(4))].map { [$0] } ?? []
    }

    func page(default position: Int64 = 0, anchor: Int64 = 0) throws -> Page {
        guard let token = parameters["NextToken"], !token.isEmpty else {
            return Page(position: position, anchor: anchor)
        }
        return try Page(token: token)
    }

    func time(_ name: String) throws -> Timestamp? {
        guard let text = parameters[name] else { return nil }
        guard let milliseconds = AWSTime.parse(text) else {
            throw AWSAPIError(
                code: "InvalidParameterValue",
                message:
                    "Value (\(text)) for parameter \(name) is invalid. Expecting a time such as 2026-07-20T00:00:00Z"
            )
        }
        return Timestamp(milliseconds: milliseconds)
    }
}
