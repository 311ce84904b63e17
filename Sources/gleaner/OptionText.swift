import Foundation
import Model
import Simulation

/// Reads what options of `gleaner simulate` say; errors name the option, its value and what would be right.
enum OptionText {
    /// The trace in a file.
    static func trace(_ path: String) throws -> CapacityTrace {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw CommandFailure("--trace \(path): there is no such file, or it cannot be read")
        }
        do {
            return try CapacityTrace(json: data)
        } catch {
            throw CommandFailure("--trace \(path): \(error)")
        }
    }

    /// Values with commas between.
    static func list<Value>(
        _ option: String,
        _ text: String,
        _ read: (String, String) throws -> Value
    ) throws -> [Value] {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        return try parts.map { try read(option, $0.trimmingCharacters(in: .whitespaces)) }
    }

    /// In seconds.
    static func duration(_ option: String, _ text: String) throws -> Int64 {
        guard let duration = Duration(shorthand: text) else {
            throw CommandFailure("\(option) \(text): must be a duration such as 72s, 90m or 52h")
        }
        return duration.components.seconds
    }

    static func tick(_ option: String, _ text: String) throws -> Int {
        guard let tick = Int(text), tick >= 0 else {
            throw CommandFailure("\(option) \(text): must be a tick of the trace, such as 0 or 941")
        }
        return tick
    }

    static func count(_ option: String, _ text: String) throws -> Int64 {
        guard let count = Int64(text) else {
            throw CommandFailure("\(option) \(text): must be a whole number such as 16")
        }
        return count
    }

    static func number(_ option: String, _ text: String) throws -> Double {
        guard let number = Double(text), number.isFinite else {
            throw CommandFailure("\(option) \(text): must be a number such as 0.3")
        }
        return number
    }
}
