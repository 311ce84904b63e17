import Glibc

/// One connection, for one thread.
package struct LoopbackSocket: Sendable {
    package let descriptor: Int32

    /// Whether all of it was taken.
    package func write(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { bytes in
            var done = 0
            while done < bytes.count {
                let count = send(
                    descriptor,
                    bytes.baseAddress?.advanced(by: done),
                    bytes.count - done,
                    Int32(MSG_NOSIGNAL)
                )
                guard count > 0 else { return false }
                done += count
            }
            return true
        }
    }

    package func close() {
        Glibc.close(descriptor)
    }
}
