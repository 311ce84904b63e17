/// Gives equal values one small number, in the order in which they are first seen.
struct Interner<Value: Hashable> {
    private(set) var values: [Value] = []
    private var numbers: [Value: Int] = [:]

    var count: Int { values.count }

    mutating func number(of value: Value) -> Int {
        if let known = numbers[value] { return known }
        let number = values.count
        numbers[value] = number
        values.append(value)
        return number
    }
}
