import Billing
import Foundation
import Model

extension CostQuery {
    static let windowForms = "24h, 2d, 90m, 1w, today, yesterday, month, all, or FROM,TO as RFC 3339 times"
    static let stepForms = "a length such as 30m, 1h, 1d, at least 1m, that makes at most 2000 steps"
    static let filterForms =
        "one or more of DIMENSION:\"VALUE\",\"VALUE\" joined by +, with DIMENSION one of \(dimensions)"
    static var dimensions: String { CostDimension.allCases.map(\.rawValue).joined(separator: ", ") }

    /// Reads OpenCost's parameters, `filter` in its commonest form.
    ///
    /// - Parameters:
    ///   - parameters: The request's.
    ///   - now: What windows are counted back from.
    ///   - first: Where `all` begins.
    /// - Throws: naming the parameter that cannot be used.
    init(_ parameters: Parameters, now: Timestamp, first: Timestamp?) throws(Problem) {
        let window = try Self.window(parameters["window"] ?? "all", now: now, first: first)
        var step: Duration?
        if let text = parameters["step"] {
            guard let length = Self.length(text), length >= .seconds(60),
                (window.upperBound - window.lowerBound).inSeconds / length.inSeconds <= 2000
            else { throw .badParameter("step", given: text.cut, allowed: Self.stepForms) }
            step = length
        }
        self.init(
            window: window,
            aggregate: try Self.aggregate(parameters["aggregate"] ?? CostDimension.workload.rawValue),
            step: step,
            filter: try Self.filter(parameters["filter"] ?? ""),
            includeIdle: try parameters.flag("includeIdle", default: true),
            shareIdle: try parameters.flag("shareIdle", default: false)
        )
    }

    private static func window(_ text: String, now: Timestamp, first: Timestamp?) throws(Problem) -> Range<Timestamp> {
        let day: Int64 = 86_400_000
        let midnight = Timestamp(milliseconds: now.milliseconds - now.milliseconds % day)
        switch text {
        case "today": return midnight..<max(now, midnight)
        case "yesterday": return (midnight - .milliseconds(day))..<midnight
        case "month": return now.startOfMonth..<now
        case "all": return min(first ?? now, now)..<now
        default: break
        }
        if let length = length(text) { return (now - length)..<now }
        let ends = text.split(separator: ",", omittingEmptySubsequences: false).map { Timestamp(rfc3339: $0) }
        guard ends.count == 2, let from = ends[0], let to = ends[1] else {
            throw .badParameter("window", given: text.cut, allowed: windowForms)
        }
        guard from <= to else {
            throw .badParameter("window", given: text.cut, allowed: "a window that does not end before it begins")
        }
        return from..<to
    }

    /// A whole number and a unit, up to ten years.
    private static func length(_ text: String) -> Duration? {
        let units: [Character: Int64] = ["m": 60, "h": 3600, "d": 86_400, "w": 604_800]
        guard let unit = text.last.flatMap({ units[$0] }), text.dropLast().allSatisfy({ $0.isASCII && $0.isNumber }),
            let count = Int64(text.dropLast()), count > 0, count <= 10 * 366 * 86_400 / unit
        else { return nil }
        return .seconds(count * unit)
    }

    private static func aggregate(_ text: String) throws(Problem) -> [CostDimension] {
        var result: [CostDimension] = []
        for name in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let dimension = CostDimension(rawValue: String(name)), !result.contains(dimension) else {
                let meant = nearest(to: String(name), among: CostDimension.allCases.map(\.rawValue))
                let hint = meant.map { $0 == name ? "" : "; did you mean \($0)?" } ?? ""
                throw .badParameter("aggregate", given: text.cut, allowed: "each once, of \(dimensions)\(hint)")
            }
            result.append(dimension)
        }
        return result
    }

    private static func filter(_ text: String) throws(Problem) -> [CostDimension: Set<String>] {
        let problem = Problem.badParameter("filter", given: text.cut, allowed: filterForms)
        var result: [CostDimension: Set<String>] = [:]
        var rest = Substring(text)
        func take(_ character: Character) -> Bool {
            guard rest.first == character else { return false }
            rest.removeFirst()
            return true
        }
        while !rest.isEmpty {
            let name = rest.prefix { $0.isLetter }
            rest.removeFirst(name.count)
            guard let dimension = CostDimension(rawValue: String(name)), result[dimension] == nil, take(":") else {
                throw problem
            }
            var values: Set<String> = []
            repeat {
                guard take("\"") else { throw problem }
                let value = rest.prefix { $0 != "\"" }
                rest.removeFirst(value.count)
                guard take("\"") else { throw problem }
                values.insert(String(value))
            } while take(",")
            result[dimension] = values
            // A form-encoding client writes the plus sign as a blank.
            guard rest.isEmpty || ((take("+") || take(" ")) && !rest.isEmpty) else { throw problem }
        }
        return result
    }
}
