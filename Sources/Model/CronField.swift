/// One field of a cron schedule: the numbers that it names.
struct CronField: Hashable, Sendable {
    enum Kind: String {
        case minute
        case hour
        case day = "day of month"
        case month
        case weekday = "day of week"

        var range: ClosedRange<Int64> {
            switch self {
            case .minute: 0...59
            case .hour: 0...23
            case .day: 1...31
            case .month: 1...12
            // 7 is Sunday as well.
            case .weekday: 0...7
            }
        }

        /// Names of numbers, the first of which stands for the range's lower bound.
        var names: [String] {
            switch self {
            case .month: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
            case .weekday: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
            default: []
            }
        }
    }

    /// Whether it is `*` or `?`, which name every number and ask for none.
    private(set) var isFree = false
    private var bits: UInt64 = 0

    init(_ text: String, _ kind: Kind) throws(CronMistake) {
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            try add(String(part), kind)
        }
    }

    func contains(_ number: Int64) -> Bool { bits & (1 << UInt64(number)) != 0 }

    /// Takes in `*`, `5`, `1-5`, and each of them with a step, such as `*/15`.
    private mutating func add(_ part: String, _ kind: Kind) throws(CronMistake) {
        let pieces = part.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let bounds = pieces[0].split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        var step: Int64 = 1
        if pieces.count == 2 {
            guard let number = Self.number(pieces[1]), number > 0, number <= kind.range.upperBound else {
                throw CronMistake("\"\(part)\" has a step that is not between 1 and \(kind.range.upperBound)")
            }
            step = number
        }
        let low: Int64
        let high: Int64
        if pieces[0] == "*" || pieces[0] == "?" {
            (low, high) = (kind.range.lowerBound, kind == .weekday ? 6 : kind.range.upperBound)
            if step == 1 { isFree = true }
        } else {
            low = try Self.value(bounds[0], of: part, kind)
            if bounds.count == 2 {
                high = try Self.value(bounds[1], of: part, kind)
            } else {
                high = pieces.count == 2 ? (kind == .weekday ? 6 : kind.range.upperBound) : low
            }
        }
        guard low <= high else {
            throw CronMistake("the \(kind.rawValue) \"\(part)\" begins after its end")
        }
        for number in stride(from: low, through: high, by: Int64.Stride(step)) {
            bits |= 1 << UInt64(kind == .weekday && number == 7 ? 0 : number)
        }
    }

    private static func value(_ text: String, of part: String, _ kind: Kind) throws(CronMistake) -> Int64 {
        if let index = kind.names.firstIndex(of: text.lowercased()) { return kind.range.lowerBound + Int64(index) }
        guard let number = number(text), kind.range.contains(number) else {
            let names = kind.names.isEmpty ? "" : ", or a name such as \(kind.names[0])"
            let range = "\(kind.range.lowerBound) to \(kind.range.upperBound)"
            throw CronMistake("\"\(part)\" is no \(kind.rawValue): a number from \(range)\(names)")
        }
        return number
    }

    private static func number(_ text: String) -> Int64? {
        guard !text.isEmpty, text.utf8.count <= 4, text.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
        return Int64(text)
    }
}
