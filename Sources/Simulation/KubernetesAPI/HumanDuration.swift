/// Durations as kubectl's columns have them: short, and coarser the longer they are.
enum HumanDuration {
    static func text(milliseconds: Int64) -> String {
        let seconds = milliseconds / 1000
        // A little skew is none; more is a mistake worth showing.
        guard seconds >= -1 else { return "<invalid>" }
        guard seconds >= 120 else { return "\(max(0, seconds))s" }
        let minutes = seconds / 60
        if minutes < 10 { return pair(minutes, "m", seconds % 60, "s") }
        if minutes < 180 { return "\(minutes)m" }
        let hours = seconds / 3600
        if hours < 8 { return pair(hours, "h", minutes % 60, "m") }
        if hours < 48 { return "\(hours)h" }
        let days = hours / 24
        if days < 8 { return pair(days, "d", hours % 24, "h") }
        if days < 730 { return "\(days)d" }
        if days < 2920 { return pair(days / 365, "y", days % 365, "d") }
        return "\(days / 365)y"
    }

    /// The time since then, as text; `<unknown>` for what is no time.
    static func since(_ time: String?, now: Int64) -> String {
        guard let start = time.flatMap(RFC3339.milliseconds) else { return "<unknown>" }
        return text(milliseconds: now - start)
    }

    private static func pair(_ large: Int64, _ largeUnit: String, _ small: Int64, _ smallUnit: String) -> String {
        small == 0 ? "\(large)\(largeUnit)" : "\(large)\(largeUnit)\(small)\(smallUnit)"
    }
}
