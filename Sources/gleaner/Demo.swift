import ArgumentParser
import ConfigurationFile
import Foundation
import HTTPTransport
import Model
import Simulation
import UnixSignals

struct Demo: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Runs the whole job on an embedded world: two days of a small research company.",
        discussion: """
            Starts `gleaner world` and the ordinary `gleaner serve` against it, shows progress, and prints a cost report \
            when every workload is complete. Then the service and its page stay up until Ctrl-C, unless --once is given.
            """
    )

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case table
        case json
    }

    @Option(help: "The service's configuration.")
    var config = "config/demo.yaml"

    @Option(help: "The world's configuration.")
    var world = "config/demo-world.yaml"

    @Option(help: "In place of the world file's seed.")
    var seed: UInt64?

    @Option(help: "World seconds a wall second, at most, in place of the world file's.")
    var speed: Double?

    @Option(help: "A capacity trace as TYPE/ZONE/CAPACITY-TYPE=FILE, with * as wildcard; may be given several times.")
    var trace: [String] = []

    @Option(help: "Address and port of the page, on loopback; port 0 takes a free one.")
    var listen = "127.0.0.1:0"

    @Flag(help: "End after the report: exit 0 only if every workload is complete and the books balance.")
    var once = false

    @Option(name: .shortAndLong, help: "table or json.")
    var output: Format = .table

    @Option(help: "Give up after this many wall seconds.")
    var timeout = 900

    func run() async throws {
        try await Console.run {
            // What is wrong with the files is said here, before anything starts.
            _ = try ConfigurationFile.load(path: config)
            var worldConfiguration = try WorldConfiguration(path: world, seed: seed)
            try worldConfiguration.addTraces(trace)
            if let speed { try WorldCommand.check(speed: speed) }
            guard try ListenAddress(listen).isLoopback else {
                throw CommandFailure("--listen \(listen): the demo asks nobody who they are; listen on 127.0.0.1")
            }
            let folder = FileManager.default.temporaryDirectory.appending(path: "gleaner-demo-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: folder) }
            try await endingOnSignal {
                let children = ChildProcesses(folder: folder)
                defer { children.stopAll() }
                try await runDemo(folder: folder, children: children)
            }
        }
    }

    private func runDemo(folder: URL, children: ChildProcesses) async throws {
        let started = ContinuousClock.now
        let http = HTTPClient()
        let addresses = try await startWorld(folder: folder, children: children)
        let service = try await startService(addresses, folder: folder, children: children)
        Console.say("dashboard   \(service)/")
        Console.say("Kubernetes  \(addresses.kubernetes)")
        Console.say("            kubectl --server \(addresses.kubernetes) get pods -A")
        let api = ServiceAPI(url: service, http: http)
        let progress = DemoProgress(api: api, statusURL: addresses.status, http: http, children: children)
        let (status, costs) = try await progress.untilDone(deadline: started + .seconds(timeout))
        let report = DemoReport(
            costs: costs,
            workloads: try await api.workloads(),
            world: status,
            wallSeconds: (ContinuousClock.now - started).inSeconds
        )
        switch output {
        case .json: Console.printData(try report.json())
        case .table:
            Console.printData(report.table)
            let balance = report.totalCost == report.meterCost ? "balance" : "DO NOT balance"
            Console.say("books \(report.totalCost), cloud's bill \(report.meterCost): they \(balance)")
        }
        for failure in report.failures { Console.say("gleaner: \(failure)") }
        if once {
            guard report.failures.isEmpty else { throw ExitCode(1) }
            return
        }
        Console.say("The page stays up at \(service)/ until Ctrl-C.")
        // Told to end, it has nothing left to do; its processes may have heard the same.
        while (try? await Task.sleep(for: .seconds(1))) != nil { try children.check() }
    }

    private func startWorld(folder: URL, children: ChildProcesses) async throws -> WorldServer.Addresses {
        let ready = ReadyFile<WorldServer.Addresses>(path: folder.appending(path: "world.json").path())
        var arguments = ["world", "--config", world, "--state", folder.path(), "--ready-file", ready.path]
        if let seed { arguments += ["--seed", "\(seed)"] }
        if let speed { arguments += ["--speed", "\(speed)"] }
        for text in trace { arguments += ["--trace", text] }
        try children.start("world", arguments)
        return try await children.wait(for: ready)
    }

    private func startService(
        _ addresses: WorldServer.Addresses,
        folder: URL,
        children: ChildProcesses
    ) async throws -> String {
        let ready = ReadyFile<ServiceAddress>(path: folder.appending(path: "service.json").path())
        try children.start(
            "service",
            [
                "serve", "--config", config, "--kubeconfig", addresses.kubeconfig, "--clock", addresses.clock,
                "--journal", folder.appending(path: "journal.sqlite").path(), "--listen", listen, "--ready-file",
                ready.path,
            ],
            environment: [
                "AWS_ENDPOINT_URL": addresses.cloud, "AWS_SHARED_CREDENTIALS_FILE": addresses.credentials,
                "AWS_PROFILE": "default", "AWS_ACCESS_KEY_ID": nil, "AWS_SECRET_ACCESS_KEY": nil,
                "AWS_SESSION_TOKEN": nil, "AWS_ENDPOINT_URL_EC2": nil, "AWS_ENDPOINT_URL_SQS": nil,
                "AWS_ENDPOINT_URL_PRICING": nil, "AWS_ENDPOINT_URL_S3": nil,
            ]
        )
        return try await children.wait(for: ready).url
    }

    /// Runs a body until it ends; Ctrl-C or SIGTERM cancels it. One that does not come to its end then is no success.
    private func endingOnSignal(_ body: @escaping @Sendable () async throws -> Void) async throws {
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                for await _ in signals { return true }
                return false
            }
            group.addTask {
                try await body()
                return false
            }
            defer { group.cancelAll() }
            guard try await group.next() == true else { return }
            group.cancelAll()
            do {
                try await group.waitForAll()
            } catch {
                throw ExitCode(130)
            }
        }
    }
}
