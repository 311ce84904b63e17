/// A filter of a describe call: the name's value must be one of these.
package struct EC2Filter: Sendable, Equatable {
    package var name: String
    package var values: [String]

    package init(_ name: String, _ values: [String]) {
        self.name = name
        self.values = values
    }
}
