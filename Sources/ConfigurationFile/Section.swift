import Yams

/// A map of the file. Remembers which keys were asked for: at its end all others are mistakes.
final class Section {
    let value: Value
    /// In the order of the file.
    let values: [(key: String, value: Value)]
    private var known = Set<String>()
    private var missing: [String] = []

    /// Nil, after a mistake is noted, when the value is no map. What is empty counts as a map without keys, so that
    /// all keys of a section may be commented out.
    init?(_ value: Value) {
        self.value = value
        guard let mapping = value.node.mapping else {
            values = []
            guard value.isNull else {
                value.refuse("must be a map of keys and values")
                return nil
            }
            return
        }
        values = mapping.compactMap { key, child in
            guard let name = key.scalar?.string else {
                value.mistakes.add(key.mark, value.path, "a key must be text")
                return nil
            }
            let path = value.path.isEmpty ? name : "\(value.path).\(name)"
            return (name, Value(node: child, path: path, mistakes: value.mistakes))
        }
    }

    /// The value of a key, which is known from now on; nil when it is absent.
    subscript(key: String) -> Value? {
        known.insert(key)
        return values.first { $0.key == key }?.value
    }

    /// The value of a key that must be there.
    func required(_ key: String) -> Value? {
        let value = self[key]
        if value == nil { missing.append(key) }
        return value
    }

    /// Sets what is there and valid.
    func read<Field>(_ key: String, into field: inout Field, _ read: (Value) -> Field?) {
        if let value = self[key], let result = read(value) { field = result }
    }

    func read<Field>(_ key: String, into field: inout Field?, _ read: (Value) -> Field?) {
        if let value = self[key], let result = read(value) { field = result }
    }

    /// Notes the keys that nobody asked for, and those that are missing, unless one is the other misspelt.
    func finish() {
        var meant = Set<String>()
        for key in value.node.mapping.map({ Array($0.keys) }) ?? [] {
            guard let name = key.scalar?.string, !known.contains(name) else { continue }
            let free = known.filter { word in !values.contains { $0.key == word } }
            let suggestion = Suggestion.nearest(to: name, among: free)
            if let suggestion { meant.insert(suggestion) }
            value.mistakes.add(key.mark, path(name), "is not a known key", suggestion: suggestion)
        }
        for key in missing where !meant.contains(key) {
            value.mistakes.add(value.node.mark, path(key), "is missing")
        }
    }

    private func path(_ key: String) -> String { value.path.isEmpty ? key : "\(value.path).\(key)" }
}
