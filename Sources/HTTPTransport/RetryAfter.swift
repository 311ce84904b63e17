import CCurl
import Glibc

/// The Retry-After header: seconds, or a date.
package enum RetryAfter {
    /// How long to wait from now.
    /// - Parameter value: the header's value.
    /// - Returns: nil when it is neither a count of seconds nor an HTTP date.
    package static func duration(_ value: String) -> Duration? {
        if let seconds = Int32(value) { return .seconds(max(0, seconds)) }
        let date = curl_getdate(value, nil)
        return date < 0 ? nil : .seconds(max(0, date - time(nil)))
    }
}
