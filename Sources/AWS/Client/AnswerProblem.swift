/// Why a successful answer cannot be read.
struct AnswerProblem: Error, CustomStringConvertible {
    var reason: String
    /// Whether it ends before it is complete: then the same request may well bring the rest.
    var isBrokenOff: Bool

    var description: String { reason }

    init(_ reason: String, isBrokenOff: Bool = false) {
        self.reason = reason
        self.isBrokenOff = isBrokenOff
    }
}
