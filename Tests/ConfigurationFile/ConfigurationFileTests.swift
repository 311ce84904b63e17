import ConfigurationFile
import Foundation
import Model
import Testing

@Suite("Configuration file")
struct ConfigurationFileTests {
    private static let head = "apiVersion: gleaner.dev/v1\nkind: GleanerConfiguration\n"
    private static let whole =
        head + "clusterName: demo\npools:\n  - name: a\n    instanceTypes: [g5.xlarge]\n"

    /// What is wrong with a text, one line a mistake.
    private func mistakes(_ text: String) -> [String] {
        do {
            _ = try ConfigurationFile.parse(text: text, file: "f.yaml")
            return []
        } catch {
            return error.mistakes.map(\.description)
        }
    }

    /// What is wrong with a good file to which lines are added; it has six lines of its own.
    private func mistakes(adding lines: String) -> [String] { mistakes(Self.whole + lines) }

    private static var configurationFolder: URL {
        URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "config")
    }

    @Test("what is not written keeps its default")
    func defaults() throws {
        let configuration = try ConfigurationFile.parse(text: Self.whole, file: "f.yaml")
        let pool = Pool(name: "a", shapes: [Pool.ShapeTemplate(name: "g5.xlarge", instanceTypes: ["g5.xlarge"])])
        #expect(configuration == GleanerConfiguration(clusterName: "demo", pools: [pool]))
    }

    @Test("every key can be set")
    func everyKey() throws {
        let text = """
            apiVersion: gleaner.dev/v1
            kind: GleanerConfiguration
            clusterName: c
            paused: true
            dryRun: true
            aws: {region: eu-west-1, interruptionQueue: q, imageID: ami-1, subnetTags: {a: no}, securityGroups: [sg-1],
                  instanceProfile: p}
            spendCap: {perHour: 12.50, perMonth: "1000"}
            teams: [{name: t, namespaces: [n], budgetPerMonth: 0.10}]
            pools:
              - name: p
                shapes: [{name: s, instanceTypes: [g5.xlarge, g6.xlarge]}]
                capacityTypes: [on-demand]
                zones: [eu-west-1a]
                namespaces: [n]
                limits: {nodes: 1, accelerators: 2, spendPerHour: 3}
                labels: {a: "b"}
                taints: [{key: k, value: v, effect: NoExecute}]
                acceptedAnnotations: [deadline, gleaner.dev/do-not-disrupt]
            planningWindow: 500ms
            idleTimeout: 1m
            registrationTimeout: 1h30m
            readinessTimeout: 20m
            impairedTimeout: 3m
            statusRefreshInterval: 30s
            quotaRefreshInterval: 10m
            gangHoldTimeout: 2m
            sweepTime: 3s
            instanceRefreshInterval: 4s
            priceRefreshInterval: 5s
            maximumPriceAge: 6s
            closedOfferingTimeout: 7s
            changeover: {boot: 8s, pull: 9s, restore: 10s}
            defaultExpectedRuntime: 1d
            maximumExpectedRuntime: 2d
            """
        var expected = GleanerConfiguration(
            clusterName: "c",
            pools: [
                Pool(
                    name: "p",
                    shapes: [Pool.ShapeTemplate(name: "s", instanceTypes: ["g5.xlarge", "g6.xlarge"])],
                    capacityTypes: [.onDemand],
                    zones: ["eu-west-1a"],
                    namespaces: ["n"],
                    limits: Pool.Limits(nodes: 1, accelerators: 2, spendPerHour: Money("3")),
                    labels: ["a": "b"],
                    taints: [Taint(key: "k", value: "v", effect: .noExecute)],
                    acceptedAnnotations: ["deadline", "do-not-disrupt"]
                )
            ]
        )
        expected.isPaused = true
        expected.isDryRun = true
        expected.aws.region = "eu-west-1"
        expected.aws.interruptionQueue = "q"
        expected.aws.node.imageID = "ami-1"
        expected.aws.node.subnetTags = ["a": "no"]
        expected.aws.node.securityGroups = ["sg-1"]
        expected.aws.node.instanceProfile = "p"
        expected.pools[0].node = expected.aws.node
        expected.spendCap = GleanerConfiguration.SpendCap(perHour: Money("12.5"), perMonth: Money("1000"))
        expected.teams = [GleanerConfiguration.Team(name: "t", namespaces: ["n"], budgetPerMonth: Money("0.1"))]
        expected.planningWindow = .milliseconds(500)
        expected.idleTimeout = .seconds(60)
        expected.registrationTimeout = .seconds(5400)
        expected.readinessTimeout = .seconds(1200)
        expected.impairedTimeout = .seconds(180)
        expected.statusRefreshInterval = .seconds(30)
        expected.quotaRefreshInterval = .seconds(600)
        expected.gangHoldTimeout = .seconds(120)
        expected.sweepTime = .seconds(3)
        expected.instanceRefreshInterval = .seconds(4)
        expected.priceRefreshInterval = .seconds(5)
        expected.maximumPriceAge = .seconds(6)
        expected.closedOfferingTimeout = .seconds(7)
        expected.changeover = Changeover(bootSeconds: 8, pullSeconds: 9, restoreSeconds: 10)
        expected.defaultExpectedRuntime = .seconds(86_400)
        expected.maximumExpectedRuntime = .seconds(2 * 86_400)
        #expect(try ConfigurationFile.parse(text: text, file: "f.yaml") == expected)
    }

    @Test("the annotated default is what it says: its times are the defaults")
    func annotatedDefault() throws {
        let read = try ConfigurationFile.load(path: Self.configurationFolder.appending(path: "gleaner.yaml").path)
        var expected = GleanerConfiguration(clusterName: "training", pools: read.pools)
        expected.teams = read.teams
        expected.aws = read.aws
        expected.spendCap = read.spendCap
        expected.datasets = read.datasets
        expected.checkpoints.allowedPrefixes = read.checkpoints.allowedPrefixes
        #expect(read == expected)
        #expect(read.pools.map(\.name) == ["single-gpu", "eight-gpu"])
    }

    @Test("the demo's configuration is valid, and its world's document is left alone")
    func demo() throws {
        let path = Self.configurationFolder.appending(path: "demo.yaml").path
        let configuration = try ConfigurationFile.load(path: path)
        #expect(configuration.clusterName == "demo")
        #expect(configuration.team(of: "platform") == "platform")
        let both = try String(contentsOfFile: path, encoding: .utf8) + "---\nkind: WorldConfiguration\nseed: 1\n"
        #expect(try ConfigurationFile.parse(text: both, file: "f.yaml") == configuration)
    }

    @Test("all mistakes are said at once, in the order of the file")
    func allAtOnce() {
        let text = """
            apiVersion: gleaner.dev/v1
            kind: GleanerConfiguration
            clustername: demo
            idleTimeout: 90
            pools:
              - name: A
                capacityTypes: [spot, ondemand]
                limits: {nodes: -1}
            """
        #expect(
            mistakes(text) == [
                "f.yaml:3:1: clustername: is not a known key; did you mean \"clusterName\"?",
                "f.yaml:4:14: idleTimeout: 90 has no unit; write 90s",
                "f.yaml:6:5: pools[0].instanceTypes: is missing",
                "f.yaml:6:11: pools[0].name: \"A\" is not a name of at most 63 lower-case letters, digits and dashes",
                "f.yaml:7:27: pools[0].capacityTypes[1]: \"ondemand\" is not one of spot, on-demand, reserved; "
                    + "did you mean \"on-demand\"?",
                "f.yaml:8:21: pools[0].limits.nodes: must not be negative, is -1",
            ]
        )
    }

    @Test(
        "a wrong line is named with its place and what to do",
        arguments: [
            (
                "idleTimeout: 12:30:00",
                "7:14: idleTimeout: \"12:30:00\" is not a duration; write a whole number with d, h, m, s or ms, such as 90s"
            ),
            (
                "idleTimeout: 90sec",
                "7:14: idleTimeout: \"90sec\" is not a duration; write a whole number with d, h, m, s or ms, such as 90s; did you mean \"90s\"?"
            ),
            (
                "idleTimeout: 1.5h",
                "7:14: idleTimeout: \"1.5h\" is not a duration; write a whole number with d, h, m, s or ms, such as 90s; did you mean \"90m\"?"
            ),
            ("idleTimeout: -5s", "7:14: idleTimeout: must not be negative, is -5s"),
            ("idleTimeout: 99999999d", "7:14: idleTimeout: 99999999d is longer than 3650d"),
            ("sweepTime: 0s", "7:12: sweepTime: must be at least 1s, is 0s"),
            ("idleTimeout:", "7:13: idleTimeout: has no value; give it one or remove the key"),
            ("idleTimeout: [1s]", "7:14: idleTimeout: must be a duration such as 90s, not a list"),
            ("idletimout: 1s", "7:1: idletimout: is not a known key; did you mean \"idleTimeout\"?"),
            ("colour: red", "7:1: colour: is not a known key"),
            ("changeover: {boot: 500ms}", "7:20: changeover.boot: must be whole seconds, is 500ms"),
            ("changeover: 5m", "7:13: changeover: must be a map of keys and values"),
            (
                "maximumPriceAge: 1m",
                "7:18: maximumPriceAge: prices would be too old before they are asked for again: maximumPriceAge (1m) is less than priceRefreshInterval (5m)"
            ),
            (
                "maximumExpectedRuntime: 1h",
                "7:25: maximumExpectedRuntime: maximumExpectedRuntime (1h) is less than defaultExpectedRuntime (8h)"
            ),
            ("paused: yes", "7:9: paused: \"yes\" is not true or false; did you mean \"true\"?"),
            ("dryRun: no", "7:9: dryRun: \"no\" is not true or false; did you mean \"false\"?"),
            (
                "spendCap: {perHour: $50}",
                "7:21: spendCap.perHour: \"$50\" is not an amount of money; write a decimal number such as \"12.50\"; did you mean \"50\"?"
            ),
            (
                "spendCap: {perHour: \"1,000.50\"}",
                "7:21: spendCap.perHour: \"1,000.50\" is not an amount of money; write a decimal number such as \"12.50\"; did you mean \"1000.50\"?"
            ),
            (
                "spendCap: {perHour: 1e3}",
                "7:21: spendCap.perHour: \"1e3\" is not an amount of money; write a decimal number such as \"12.50\""
            ),
            ("spendCap: {perMonth: -1}", "7:22: spendCap.perMonth: must not be negative, is -1"),
            ("aws: {region: us-east-1a}", "7:15: aws.region: \"us-east-1a\" is not a region such as us-east-1"),
            ("aws: {imageID: img}", "7:16: aws.imageID: \"img\" is not an image such as ami-0123456789abcdef0"),
            ("aws: {securityGroups: sg-1}", "7:23: aws.securityGroups: must be a list; did you mean \"[sg-1]\"?"),
            ("teams: [{name: a}]", "7:9: teams[0].namespaces: is missing"),
            ("teams: [{name: a, namespaces: [n, n]}]", "7:35: teams[0].namespaces[1]: \"n\" is listed twice"),
            (
                "teams: [{name: a, namespaces: [n]}, {name: b, namespaces: [n]}]",
                "7:60: teams[1].namespaces[0]: namespace \"n\" belongs to team \"a\" already"
            ),
            (
                "teams: [{name: a, namespaces: [n]}, {name: a, namespaces: [m]}]",
                "7:44: teams[1].name: there are two teams \"a\""
            ),
            ("  - name: a\n    instanceTypes: [g6.xlarge]", "7:11: pools[1].name: there are two pools \"a\""),
            (
                "    limits: {nodes: 010}",
                "7:21: pools[0].limits.nodes: \"010\" is not a whole number; did you mean \"10\"?"
            ),
            (
                "    limits: {accelerators: 1_000}",
                "7:28: pools[0].limits.accelerators: \"1_000\" is not a whole number; did you mean \"1000\"?"
            ),
            (
                "    capacityTypes: [cheap]",
                "7:21: pools[0].capacityTypes[0]: \"cheap\" is not one of spot, on-demand, reserved"
            ),
            ("    capacityTypes: []", "7:20: pools[0].capacityTypes: must list at least one"),
            ("    zones: [eu-west-1a]", "7:13: pools[0].zones[0]: zone \"eu-west-1a\" is not in region us-east-1"),
            (
                "    labels: {gleaner.dev/pool: x}",
                "7:14: pools[0].labels.gleaner.dev/pool: is set for every node by what is bought; remove it"
            ),
            (
                "    taints: [{key: a, effect: NoScheduling}]",
                "7:31: pools[0].taints[0].effect: \"NoScheduling\" is not one of NoSchedule, PreferNoSchedule, NoExecute; did you mean \"NoSchedule\"?"
            ),
            (
                "    acceptedAnnotations: [dedline]",
                "7:27: pools[0].acceptedAnnotations[0]: \"dedline\" is not an annotation that Gleaner reads; did you mean \"deadline\"?"
            ),
            ("    shapes: []", "7:13: pools[0].shapes: give either shapes or instanceTypes, not both"),
            ("clusterName: again", "3:1: clusterName: is written more than once in the same map"),
            ("idleTimeout: [", "8:1: is not YAML: did not find expected node content"),
            ("---\nkind: Other", "8:7: kind: \"Other\" is not one of GleanerConfiguration, WorldConfiguration"),
            ("---\nseed: 1", "8:1: kind: is missing; write kind: GleanerConfiguration"),
        ]
    )
    func message(line: String, expected: String) {
        #expect(mistakes(adding: line + "\n") == ["f.yaml:" + expected])
    }

    @Test("pools are checked within")
    func pools() {
        func inPool(_ text: String) -> [String] { mistakes(Self.head + "clusterName: c\npools: " + text) }
        #expect(inPool("[]") == ["f.yaml:4:8: pools: must list at least one pool"])
        #expect(
            inPool("[{name: a, instanceTypes: [g5]}]")
                == ["f.yaml:4:35: pools[0].instanceTypes[0]: \"g5\" is not an instance type such as g5.xlarge"]
        )
        #expect(
            inPool(
                "[{name: a, shapes: [{name: s, instanceTypes: [g5.xlarge]}, {name: s, instanceTypes: [g5.xlarge]}]}]"
            )
                == [
                    "f.yaml:4:74: pools[0].shapes[1].name: there are two shapes \"s\" in this pool",
                    "f.yaml:4:92: pools[0].shapes[1].instanceTypes: \"g5.xlarge\" is in another shape of this pool already",
                ]
        )
    }

    @Test("the head is checked")
    func head() {
        #expect(mistakes("") == ["f.yaml: holds no GleanerConfiguration"])
        #expect(mistakes("kind: WorldConfiguration") == ["f.yaml: holds no GleanerConfiguration"])
        #expect(mistakes("[]") == ["f.yaml:1:1: must be a map of keys and values"])
        #expect(
            mistakes("kind: GleanerConfig") == [
                "f.yaml:1:7: kind: \"GleanerConfig\" is not one of GleanerConfiguration, WorldConfiguration; "
                    + "did you mean \"GleanerConfiguration\"?"
            ]
        )
        #expect(
            mistakes(Self.whole.replacing("gleaner.dev/v1", with: "gleaner.dev/v2")) == [
                "f.yaml:1:13: apiVersion: \"gleaner.dev/v2\" is not one of gleaner.dev/v1; "
                    + "did you mean \"gleaner.dev/v1\"?"
            ]
        )
        #expect(
            mistakes(Self.whole + "---\n" + Self.whole)
                == ["f.yaml:9:7: kind: a second GleanerConfiguration in one file; keep one"]
        )
    }

    @Test("a file that cannot be read says why")
    func unreadable() throws {
        func message(_ path: String) -> String {
            do {
                _ = try ConfigurationFile.load(path: path)
                return "no error"
            } catch {
                return error.description
            }
        }
        let folder = FileManager.default.temporaryDirectory.appending(path: "gleaner-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        #expect(message("\(folder)/none.yaml") == "\(folder)/none.yaml: there is no such file")
        #expect(message(folder) == "\(folder): is a folder, not a file")
        try Data([0xFF, 0xFE, 0x80]).write(to: URL(filePath: "\(folder)/binary.yaml"))
        #expect(message("\(folder)/binary.yaml") == "\(folder)/binary.yaml: is not UTF-8 text")
        try Data(repeating: 0x23, count: ConfigurationFile.limitBytes + 1).write(
            to: URL(filePath: "\(folder)/big.yaml")
        )
        #expect(message("\(folder)/big.yaml") == "\(folder)/big.yaml: is larger than 1048576 bytes")
    }

    @Test("no change to a file makes the reader trap", arguments: 0..<100)
    func fuzz(seed: UInt64) throws {
        var generator = Generator(state: seed)
        let path = Self.configurationFolder.appending(path: seed % 2 == 0 ? "gleaner.yaml" : "demo.yaml").path
        let original = Array(try Data(contentsOf: URL(filePath: path)))
        let junk = [
            "[", "]", "{", "}", ":", "- ", "&a ", "*a ", "? ", "| ", "!!int ", "\"", "'", "\n", "\t", "#", "---\n", "~",
            "99999999999999999999", "-1", "0x10", "1e999", "\u{0}", "é", "<<: ", "%YAML 9", "9223372036854775807d",
        ]
        for _ in 0..<10 {
            var bytes = original
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                let from = Int.random(in: 0..<bytes.count, using: &generator)
                let length = Int.random(in: 0...min(20, bytes.count - from), using: &generator)
                let piece = Array((junk.randomElement(using: &generator) ?? "").utf8)
                bytes.replaceSubrange(from..<from + length, with: piece)
            }
            _ = try? ConfigurationFile.parse(text: String(decoding: bytes, as: UTF8.self), file: "f.yaml")
        }
        let depth = String(repeating: "[", count: 20_000)
        #expect(throws: ConfigurationError.self) {
            try ConfigurationFile.parse(text: "pools: " + depth, file: "f.yaml")
        }
    }
}

/// SplitMix64: the same numbers from the same seed.
private struct Generator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
