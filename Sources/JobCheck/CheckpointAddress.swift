/// Where a pod is asked for a checkpoint: a port of its own and a path, never a host.
struct CheckpointAddress: Equatable {
    var port: Int64
    var path: String

    /// Nil when it is none: `:8080/checkpoint`, or with `http://` or `https://` before it.
    init?(_ text: String) {
        var rest = text[...]
        for scheme in ["http://", "https://"] where rest.hasPrefix(scheme) { rest = rest.dropFirst(scheme.count) }
        guard rest.first == ":" else { return nil }
        rest = rest.dropFirst()
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        let digits = rest[..<slash]
        guard !digits.isEmpty, digits.allSatisfy({ $0.isASCII && $0.isNumber }), let port = Int64(digits),
            (1...65_535).contains(port)
        else { return nil }
        self.port = port
        path = slash == rest.endIndex ? "/" : String(rest[slash...])
        guard !path.contains(where: { $0.isWhitespace || $0 == "#" }) else { return nil }
    }
}
