/// Something that a workload's manifest lacks, or that will not do what its owner means.
package struct Finding: Sendable, Hashable {
    package enum Severity: String, Sendable, CaseIterable {
        /// An interruption loses work, uses up the workload's retries or ends it.
        case error
        /// It goes on after an interruption, but later, dearer or only a number of times.
        case warning
        /// What a manifest cannot show.
        case note
    }

    package var severity: Severity
    /// What was looked at, such as `backoff`: stable, for programs.
    package var check: String
    /// The workload: `Job default/training`.
    package var workload: String
    /// The field it is about, such as `spec.template.spec.restartPolicy`.
    package var field: String
    /// The file and, in YAML, the line of the field or of the nearest one around it.
    package var place: String
    package var problem: String
    /// What to write; empty where nothing needs to be written.
    package var remedy: String
}
