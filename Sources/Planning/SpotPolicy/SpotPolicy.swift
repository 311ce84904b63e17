/// Decides, step by step, where one workload runs: on spot capacity, on demand, or nowhere for now.
///
/// A policy may remember what it saw of its workload, and then serves that one only; the standard one remembers nothing,
/// and serves any. It need not mind the deadline: `DeadlineShield` does.
package protocol SpotPolicy: Sendable {
    /// Decides until the next decision.
    /// - Parameter question: what is known now; successive questions are about the same workload, in order.
    /// - Returns: where it is to run.
    mutating func choose(_ question: SpotQuestion) -> SpotPlacement
}
