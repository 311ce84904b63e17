/// Why a kubeconfig cannot be used. Names the file and the entry, never what a secret field holds.
package enum KubeconfigError: Error, Equatable, CustomStringConvertible {
    case notFound(searched: [String])
    case unreadable(path: String, reason: String)
    case tooLarge(path: String, limitBytes: Int)
    case invalidYAML(path: String, reason: String)
    case invalid(path: String, field: String, problem: String)
    case noCurrentContext(path: String, known: [String])
    case unknownEntry(path: String, kind: String, name: String, known: [String])
    case unsupported(path: String, field: String, instead: String)

    package var description: String {
        switch self {
        case .notFound(let searched):
            "no kubeconfig: looked in \(searched.joined(separator: ", ")); give --kubeconfig FILE or set KUBECONFIG"
        case .unreadable(let path, let reason):
            "\(path): cannot be read: \(reason)"
        case .tooLarge(let path, let limit):
            "\(path): larger than \(limit) bytes: is this a kubeconfig?"
        case .invalidYAML(let path, let reason):
            "\(path):\(reason)"
        case .invalid(let path, let field, let problem):
            "\(path): \(field): \(problem)"
        case .noCurrentContext(let path, let known):
            "\(path): no current-context: give --context NAME (\(Self.list(known)))"
        case .unknownEntry(let path, let kind, let name, let known):
            "\(path): there is no \(kind) \"\(name)\" (\(Self.list(known)))"
        case .unsupported(let path, let field, let instead):
            "\(path): \(field) is not supported: \(instead)"
        }
    }

    private static func list(_ names: [String]) -> String {
        names.isEmpty ? "there are none" : "known: \(names.sorted().joined(separator: ", "))"
    }
}
