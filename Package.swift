// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]

/// Planning is arithmetic over arrays, many times slower without the optimiser, and most of what tests run is plans.
let optimized: [SwiftSetting] = strict + [.unsafeFlags(["-O"], .when(configuration: .debug))]

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let collections = Target.Dependency.product(name: "Collections", package: "swift-collections")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let hummingbirdTLS = Target.Dependency.product(name: "HummingbirdTLS", package: "hummingbird")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let serviceLifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let unixSignals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")

/// A room of the house and, beside it, its tests.
func room(
    _ name: String,
    _ dependencies: [Target.Dependency] = [],
    tests: [Target.Dependency] = [],
    fixtures: [String] = [],
    settings: [SwiftSetting] = strict
) -> [Target] {
    [
        .target(name: name, dependencies: dependencies, swiftSettings: settings),
        .testTarget(
            name: "\(name)Tests",
            dependencies: [.init(stringLiteral: name)] + dependencies + tests,
            path: "Tests/\(name)",
            exclude: fixtures,
            swiftSettings: strict
        ),
    ]
}

let package = Package(
    name: "gleaner",
    products: [.executable(name: "gleaner", targets: ["gleaner"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .executableTarget(
            name: "gleaner",
            dependencies: [
                "AWS", "Agent", "Autoscaler", "Billing", "ConfigurationFile", "HTTPTransport", "JobCheck", "Journal",
                "Kubernetes",
                "Model", "Planning", "PolicyWorkbench", "Runtime", "Server", "Simulation", argumentParser, logging,
                serviceLifecycle, unixSignals,
            ],
            swiftSettings: strict
        ),
        .executableTarget(
            name: "planning-benchmark",
            dependencies: ["Model", "Planning", "PlanningWorkbench", argumentParser],
            swiftSettings: strict
        ),
        .executableTarget(
            name: "notice-benchmark",
            dependencies: ["NoticeWorkbench", argumentParser],
            swiftSettings: strict
        ),
        .target(
            name: "NoticeWorkbench",
            dependencies: [
                "Model", "AWS", "Autoscaler", "Runtime", "Journal", "Kubernetes", "HTTPTransport", "Loopback",
                "Simulation", logging, serviceLifecycle,
            ],
            swiftSettings: strict
        ),
        .target(name: "Loopback", dependencies: [logging, serviceLifecycle], swiftSettings: strict),
        .target(name: "OtherPrograms", swiftSettings: strict),
        .target(name: "PlanningWorkbench", dependencies: ["Model", "Planning"], swiftSettings: optimized),
        .target(
            name: "TestSupport",
            dependencies: ["Loopback", logging, serviceLifecycle],
            path: "Tests/TestSupport",
            swiftSettings: strict
        ),
        .testTarget(
            name: "EndToEndTests",
            dependencies: [
                "AWS", "Autoscaler", "Billing", "ConfigurationFile", "HTTPTransport", "Journal", "Kubernetes", "Model",
                "NoticeWorkbench", "Planning", "PolicyWorkbench", "Runtime", "Server", "Simulation", "gleaner",
            ],
            path: "Tests/EndToEnd",
            swiftSettings: strict
        ),
        .testTarget(
            name: "RealClusterTests",
            dependencies: ["Autoscaler", "HTTPTransport", "Journal", "Kubernetes", "Model", "Runtime", logging],
            path: "Tests/RealCluster",
            swiftSettings: strict
        ),
    ]
        + room("Model")
        + room("ConfigurationFile", ["Model", yams])
        + room("Planning", ["Model"], tests: ["PlanningWorkbench"], settings: optimized)
        + room("PolicyWorkbench", ["Planning", "Simulation"], settings: optimized)
        + room("Billing", ["Model"])
        + room("Autoscaler", ["Model", "Planning"])
        + room("Runtime", ["Model", "Planning", "Autoscaler", logging])
        + room("Journal", ["Model", "Runtime", grdb])
        + room("HTTPTransport", ["CCurl", logging], tests: ["Loopback"])
        + room(
            "AWS",
            ["Model", "Runtime", "HTTPTransport", "OtherPrograms", "COpenSSL", logging],
            tests: ["Loopback", yams],
            fixtures: ["Fixtures"]
        )
        + room(
            "Agent",
            ["AWS", "HTTPTransport", "Model", logging],
            tests: [
                "Autoscaler", "Billing", "Kubernetes", "Runtime", "Server", "TestSupport", hummingbird,
                serviceLifecycle,
            ]
        )
        + room(
            "Kubernetes",
            ["Model", "Runtime", "HTTPTransport", "OtherPrograms", logging, yams],
            tests: ["Loopback"]
        )
        + room("JobCheck", ["Model", "ConfigurationFile", "Kubernetes"])
        + room(
            "Simulation",
            [
                "Model", "Planning", "Autoscaler", "Runtime", "Billing", "HTTPTransport", "AWS", "Kubernetes",
                hummingbird, collections, logging, serviceLifecycle, yams,
            ],
            tests: ["TestSupport"],
            fixtures: ["Fixtures"]
        )
        + room(
            "Server",
            [
                "Model", "Billing", "Autoscaler", "Runtime", hummingbird, hummingbirdTLS, logging, serviceLifecycle,
            ],
            tests: ["HTTPTransport", "TestSupport"]
        )
)
