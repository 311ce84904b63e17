import Testing

/// One after the other: a compaction reaches everybody's versions.
@Suite(
    "Real cluster",
    .serialized,
    .enabled(if: RealCluster.folder != nil, "deploy/test kubernetes starts a control plane and names it")
)
struct RealClusterTests {}
