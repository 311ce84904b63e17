/// Cuts a stream of bytes into lines, whatever the network cut it into.
struct LineSplitter {
    private let limitBytes: Int
    /// The beginning of a line whose end has not come.
    private var rest = [UInt8]()

    init(limitBytes: Int) {
        self.limitBytes = limitBytes
    }

    /// Takes bytes and gives the lines that they complete, without their ends.
    mutating func append(_ chunk: [UInt8], _ place: String) throws(KubernetesError) -> [[UInt8]] {
        var lines = [[UInt8]]()
        var start = chunk.startIndex
        while let end = chunk[start...].firstIndex(of: UInt8(ascii: "\n")) {
            lines.append(rest + chunk[start..<end])
            rest = []
            start = end + 1
        }
        rest += chunk[start...]
        guard rest.count <= limitBytes else {
            throw .invalidAnswer(request: place, problem: "an event of more than \(limitBytes) bytes")
        }
        return lines
    }
}
