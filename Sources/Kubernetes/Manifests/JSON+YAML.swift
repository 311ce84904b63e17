import Yams

/// How much a file's YAML may come to once its aliases are written out.
struct YAMLAllowance {
    var values = 4_000_000
    let depth = 128
}

extension JSON {
    /// The value of a YAML node. Plain scalars are read as JSON reads them, so that `no` stays a word and `12:30:00` a
    /// text. Nil when it is nested too deeply, or comes to more values than are left.
    init?(yaml node: Yams.Node, _ allowance: inout YAMLAllowance, depth: Int = 0) {
        guard allowance.values > 0, depth < allowance.depth else { return nil }
        allowance.values -= 1
        switch node {
        case .mapping(let mapping):
            var fields = [String: JSON](minimumCapacity: mapping.count)
            for (key, value) in mapping {
                guard let json = JSON(yaml: value, &allowance, depth: depth + 1) else { return nil }
                fields[key.string ?? ""] = json
            }
            self = .object(fields)
        case .sequence(let sequence):
            var elements: [JSON] = []
            for value in sequence {
                guard let json = JSON(yaml: value, &allowance, depth: depth + 1) else { return nil }
                elements.append(json)
            }
            self = .array(elements)
        case .scalar(let scalar):
            self = JSON(scalar)
        case .alias:
            self = .null
        }
    }

    private init(_ scalar: Yams.Node.Scalar) {
        self = .string(scalar.string)
        guard scalar.style == .plain || scalar.style == .any else { return }
        switch scalar.string {
        case "", "~", "null": self = .null
        case "true": self = .bool(true)
        case "false": self = .bool(false)
        default:
            if let integer = Int64(scalar.string) {
                self = .integer(integer)
                return
            }
            let isNumber = scalar.string.allSatisfy { $0.isASCII && ($0.isNumber || "+-.eE".contains($0)) }
            if isNumber, scalar.string.contains(where: \.isNumber), let number = Double(scalar.string) {
                self = .number(number)
            }
        }
    }
}
