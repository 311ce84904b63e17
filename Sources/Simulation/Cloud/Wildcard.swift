/// Patterns in which `*` stands for any characters and `?` for one, as in EC2's filters.
package enum Wildcard {
    package static func matches(_ pattern: String, _ text: String) -> Bool {
        let pattern = Array(pattern.utf8)
        let text = Array(text.utf8)
        var position = 0
        var index = 0
        var star: (position: Int, index: Int)?
        while index < text.count {
            if position < pattern.count, pattern[position] == 0x2A {
                star = (position, index)
                position += 1
            } else if position < pattern.count, pattern[position] == 0x3F || pattern[position] == text[index] {
                position += 1
                index += 1
            } else if let last = star {
                position = last.position + 1
                index = last.index + 1
                star = (last.position, index)
            } else {
                return false
            }
        }
        return pattern[position...].allSatisfy { $0 == 0x2A }
    }
}
