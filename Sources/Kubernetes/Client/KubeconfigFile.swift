import Foundation
import HTTPTransport
import Yams

/// One kubeconfig file as YAML, and where in it a value stands.
struct KubeconfigFile {
    /// A value with the name of its field, for messages.
    struct Value {
        fileprivate let node: Node
        let path: String
        let field: String

        /// The value of a key; nil when it is absent, empty or null.
        subscript(key: String) -> Value? {
            guard let child = node.mapping?.first(where: { $0.key.scalar?.string == key })?.value else { return nil }
            if let scalar = child.scalar, scalar.string.isEmpty { return nil }
            if let scalar = child.scalar, scalar.style == .plain, ["null", "~"].contains(scalar.string) { return nil }
            return Value(node: child, path: path, field: field.isEmpty ? key : "\(field).\(key)")
        }

        func text() throws(KubeconfigError) -> String {
            guard let text = node.scalar?.string else {
                throw .invalid(path: path, field: field, problem: "must be text")
            }
            return text
        }

        /// The elements of a list; none when the key is absent.
        func elements(_ key: String) throws(KubeconfigError) -> [Value] {
            guard let list = self[key] else { return [] }
            guard let nodes = list.node.sequence else {
                throw .invalid(path: path, field: list.field, problem: "must be a list")
            }
            return nodes.enumerated().map { Value(node: $1, path: path, field: "\(list.field)[\($0)]") }
        }

        func json() throws(KubeconfigError) -> JSON {
            var allowance = YAMLAllowance(values: 10_000)
            guard let json = JSON(yaml: node, &allowance) else {
                throw .invalid(path: path, field: field, problem: "has too many or too deeply nested values")
            }
            return json
        }

        func flag() throws(KubeconfigError) -> Bool {
            switch node.scalar?.string {
            case "true": return true
            case "false": return false
            default: throw .invalid(path: path, field: field, problem: "must be true or false")
            }
        }

        /// A path; relative ones start where the kubeconfig lies.
        func file() throws(KubeconfigError) -> String {
            let file = try text()
            return file.hasPrefix("/") ? file : (path as NSString).deletingLastPathComponent + "/" + file
        }

        /// PEM from `KEY-data`, base64 in the file itself, else from the file that `KEY` names.
        func pem(_ key: String) throws(KubeconfigError) -> TLSOptions.PEM? {
            if let data = self["\(key)-data"] {
                guard let bytes = Data(base64Encoded: try data.text(), options: .ignoreUnknownCharacters),
                    !bytes.isEmpty
                else { throw .invalid(path: path, field: data.field, problem: "is not base64") }
                return .bytes(Array(bytes))
            }
            guard let named = self[key] else { return nil }
            let file = try named.file()
            guard FileManager.default.isReadableFile(atPath: file) else {
                throw .invalid(path: path, field: named.field, problem: "there is no readable file \(file)")
            }
            return .file(file)
        }

        func refuse(_ key: String, instead: String) throws(KubeconfigError) {
            if let value = self[key] { throw .unsupported(path: path, field: value.field, instead: instead) }
        }
    }

    let root: Value

    init(path: String) throws(KubeconfigError) {
        let absolute = path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
        let text: String
        do {
            let size = try FileManager.default.attributesOfItem(atPath: absolute)[.size] as? Int ?? 0
            guard size <= Kubeconfig.limitBytes else {
                throw KubeconfigError.tooLarge(path: path, limitBytes: Kubeconfig.limitBytes)
            }
            text = try String(contentsOfFile: absolute, encoding: .utf8)
        } catch let error as KubeconfigError {
            throw error
        } catch {
            throw .unreadable(
                path: path,
                reason: FileManager.default.fileExists(atPath: absolute)
                    ? "check its permissions" : "there is no such file"
            )
        }
        do {
            root = Value(node: try Yams.compose(yaml: text) ?? Node([(Node, Node)]()), path: absolute, field: "")
        } catch {
            throw .invalidYAML(path: path, reason: Self.place(of: error))
        }
    }

    /// The names in one of the lists `clusters`, `users`, `contexts`.
    func names(_ list: String) -> [String] {
        (root[list]?.node.sequence.map(Array.init) ?? []).compactMap { $0.mapping?["name"]?.scalar?.string }
    }

    /// What the list of that kind holds under a name.
    func entry(_ kind: String, _ name: String) -> Value? {
        let list = root["\(kind)s"]?.node.sequence.map(Array.init) ?? []
        guard let element = list.first(where: { $0.mapping?["name"]?.scalar?.string == name }) else { return nil }
        return Value(node: element, path: root.path, field: "\(kind)s[\(name)]")[kind]
    }

    /// Line and column only: the parser's own message quotes the line, which may hold a token.
    private static func place(of error: any Error) -> String {
        switch error {
        case YamlError.scanner(_, let problem, let mark, _), YamlError.parser(_, let problem, let mark, _),
            YamlError.composer(_, let problem, let mark, _):
            "\(mark.line):\(mark.column): \(problem)"
        case YamlError.duplicatedKeysInMapping(let keys, let context):
            "\(context.mark.line):\(context.mark.column): written more than once: \(keys.joined(separator: ", "))"
        default:
            " is not YAML"
        }
    }
}
