import Foundation
import HTTPTransport
import Simulation
import Testing

/// A folder with a small world in it, the world's process, and services against it. All of it goes with the scene.
final class Scene {
    let folder: URL
    let http = HTTPClient()
    private var programs: [Program] = []
    private var addresses: WorldServer.Addresses?

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "gleaner-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for name in ["catalogues", "demo"] {
            try FileManager.default.createSymbolicLink(
                at: folder.appending(path: name),
                withDestinationURL: Program.package.appending(path: "config/\(name)")
            )
        }
    }

    deinit {
        for program in programs.reversed() { program.kill() }
        try? FileManager.default.removeItem(at: folder)
    }

    func path(_ name: String) -> String { folder.appending(path: name).path() }

    @discardableResult
    func write(_ name: String, _ text: String) throws -> String {
        try Data(text.utf8).write(to: folder.appending(path: name))
        return path(name)
    }

    /// Starts a world with a few hours of work.
    ///
    /// - Parameters:
    ///   - speed: world seconds a second, at most.
    ///   - arrivals: lines of the world's file.
    ///   - interruptions: likewise.
    /// - Throws: when it does not serve.
    func startWorld(speed: Int = 600, arrivals: [String], interruptions: [String] = []) async throws {
        func list(_ key: String, _ items: [String]) -> String {
            items.isEmpty ? "" : "\(key):\n" + items.map { "  - \($0)\n" }.joined()
        }
        let file = try write(
            "world.yaml",
            """
            apiVersion: gleaner.dev/v1
            kind: WorldConfiguration
            seed: 7
            start: 2026-08-03T08:00:00Z
            speed: \(speed)
            catalogue: catalogues/aws-us-east-1.csv
            zones: [us-east-1a, us-east-1b, us-east-1c]
            interruptionsPerDay: 0

            """ + list("interruptions", interruptions) + list("arrivals", arrivals)
        )
        let ready = path("world.json")
        let world = try start(["world", "--config", file, "--state", folder.path(), "--ready-file", ready])
        addresses = try await content(of: ready, by: world)
    }

    var world: WorldServer.Addresses {
        get throws { try #require(addresses, "the world was not started") }
    }

    /// Starts a program that ends with the scene.
    func start(
        _ arguments: [String],
        executable: String = Program.gleaner,
        environment: [String: String] = [:]
    ) throws -> Program {
        let program = try Program(arguments, executable: executable, environment: environment, folder: folder)
        programs.append(program)
        return program
    }

    /// The arguments of a service against this world. `changes` replaces options, or leaves one out.
    func serviceArguments(_ changes: [String: String?] = [:]) throws -> [String] {
        let world = try world
        var options: [String: String] = [
            "--config": "config/demo.yaml", "--kubeconfig": world.kubeconfig, "--clock": world.clock,
            "--journal": path("journal.sqlite"), "--listen": "127.0.0.1:0", "--ready-file": path("service.json"),
        ]
        for (key, value) in changes { options[key] = value }
        return ["serve"] + options.sorted { $0.key < $1.key }.flatMap { [$0.key, $0.value] }
    }

    var serviceEnvironment: [String: String] {
        get throws {
            let world = try world
            return ["AWS_ENDPOINT_URL": world.cloud, "AWS_SHARED_CREDENTIALS_FILE": world.credentials]
        }
    }

    /// Starts a service on the scene's journal.
    func startService(configuration: String = "config/demo.yaml") throws -> Program {
        try? FileManager.default.removeItem(atPath: path("service.json"))
        return try start(serviceArguments(["--config": configuration]), environment: serviceEnvironment)
    }

    /// Where a service answers, once it does.
    func address(of service: Program) async throws -> String {
        struct Ready: Decodable {
            var url: String
        }
        let ready: Ready = try await content(of: path("service.json"), by: service)
        return ready.url
    }

    private func content<Content: Decodable>(of file: String, by program: Program) async throws -> Content {
        for _ in 0..<1500 {
            if let data = FileManager.default.contents(atPath: file),
                let content = try? JSONDecoder().decode(Content.self, from: data)
            {
                return content
            }
            try #require(program.isRunning, "ended early: \(program.errors)")
            try await Task.sleep(for: .milliseconds(20))
        }
        throw Program.Unended(description: "\(file) was not written; the program said: \(program.errors)")
    }

    func status() async throws -> WorldStatus {
        try await json(world.status)
    }

    /// Waits until the world's truth is as it should be.
    func wait(_ seconds: Double = 60, until isSo: (WorldStatus) -> Bool) async throws -> WorldStatus {
        let deadline = ContinuousClock.now + .seconds(seconds)
        while true {
            let status = try await status()
            if isSo(status) { return status }
            guard ContinuousClock.now < deadline else {
                let open = status.workloads.filter { !$0.completed }.map(\.name)
                throw Program.Unended(
                    description: "not in \(seconds) s: at \(status.now) open are \(open), "
                        + "\(status.liveInstances) instances live"
                )
            }
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    func json<Answer: Decodable>(_ url: String) async throws -> Answer {
        let response = try await http.send(HTTPRequest(url: url), maximumBodyBytes: 16 << 20)
        #expect(response.status == 200, "\(url): \(String(decoding: response.body, as: UTF8.self))")
        return try JSONDecoder().decode(Answer.self, from: Data(response.body))
    }

    func post(_ url: String) async throws -> Int {
        try await http.send(HTTPRequest(method: "POST", url: url), maximumBodyBytes: 1 << 20).status
    }

    /// What a service says that everything cost.
    func costs(_ service: String) async throws -> Costs {
        try await json("\(service)/api/v1/costs?window=all&aggregate=team")
    }
}

struct Costs: Decodable {
    struct Total: Decodable {
        var totalCost: String
        var lostWorkSeconds: Int64
    }

    var total: Total
    var isEstimated: Bool
}
