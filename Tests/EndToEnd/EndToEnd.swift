import Testing

/// Whole processes, as people start them. One test at a time: each has processes whose time must not run short.
@Suite("From end to end", .serialized)
enum EndToEnd {}
