/// The parameters of a Query API call, in the order they were added.
struct QueryParameters: Equatable {
    private(set) var pairs: [(name: String, value: String)] = []

    init(action: String, version: String = EC2Client.version) {
        add("Action", action)
        add("Version", version)
    }

    mutating func add(_ name: String, _ value: String?) {
        if let value { pairs.append((name, value)) }
    }

    mutating func add(_ name: String, _ value: Int?) {
        add(name, value.map(String.init))
    }

    mutating func add(_ name: String, _ value: Bool?) {
        add(name, value.map { $0 ? "true" : "false" })
    }

    /// A list: `Name.1`, `Name.2` and so on.
    mutating func addList(_ name: String, _ values: [String]) {
        for (index, value) in values.enumerated() { add("\(name).\(index + 1)", value) }
    }

    mutating func addFilters(_ filters: [EC2Filter]) {
        for (index, filter) in filters.enumerated() {
            add("Filter.\(index + 1).Name", filter.name)
            addList("Filter.\(index + 1).Value", filter.values)
        }
    }

    /// Tags sorted by key, so that the same tags are the same request.
    mutating func addTags(_ tags: [String: String], under prefix: String = "") {
        for (index, tag) in tags.sorted(by: { $0.key < $1.key }).enumerated() {
            add("\(prefix)Tag.\(index + 1).Key", tag.key)
            add("\(prefix)Tag.\(index + 1).Value", tag.value)
        }
    }

    mutating func addTagSpecifications(_ tags: [String: [String: String]], under prefix: String = "") {
        for (index, entry) in tags.sorted(by: { $0.key < $1.key }).enumerated() {
            let name = "\(prefix)TagSpecification.\(index + 1)."
            add(name + "ResourceType", entry.key)
            addTags(entry.value, under: name)
        }
    }

    /// As `application/x-www-form-urlencoded`.
    var form: [UInt8] {
        Array(
            pairs.map { "\(PercentEncoding.encode($0.name))=\(PercentEncoding.encode($0.value))" }
                .joined(separator: "&").utf8
        )
    }

    static func == (left: QueryParameters, right: QueryParameters) -> Bool {
        left.pairs.elementsEqual(right.pairs) { $0 == $1 }
    }
}
