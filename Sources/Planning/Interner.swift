/// Gives equal values one small number, in the order in which they are first seen.
struct Interner<Value: Hashable> {
    private(set) var values: [Value] = []
    private var numbers: [Value: Int] = [:]
    private var latest = 0

    var count: Int { values.count }

    mutating func number(of value: Value) -> Int {
        // Equal values often come one after the other, and comparing is cheaper than hashing.
        if latest < values.count, values[latest] == value { return latest }
        if let known = numbers[value] {
            latest = known
            return known
        }
        let number = values.count
        numbers[value] = number
        latest = number
        values.append(value)
        return number
    }
}
