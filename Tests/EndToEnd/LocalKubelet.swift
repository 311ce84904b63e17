import Foundation
import HTTPTransport
import Kubernetes
import Model
import Simulation
import Testing

/// The kubelets of a world's nodes for pods that the world leaves to others (`world.gleaner.dev/kind: outside`): the
/// command of a pod's container runs as a process of this machine, with its environment and its volumes; its status is
/// written as a kubelet writes it. Grace periods are real seconds.
actor LocalKubelet {
    /// One container, from its start.
    struct Run: Sendable {
        var pod: PodID
        var uid: String
        var node: String
        /// What it says, both streams.
        var log: String
        var startedAt: Timestamp
        var endedAt: Timestamp?
        /// 128 and the signal's number when a signal ended it.
        var exitCode: Int32?
        /// Its grace period was over, or its pod was gone.
        var wasKilled = false

        var lines: [String] {
            String(decoding: FileManager.default.contents(atPath: log) ?? Data(), as: UTF8.self)
                .split(separator: "\n").map(String.init)
        }
    }

    private struct Container {
        var pod: JSON
        var process: Process?
        var run: Int
        var isDeleted = false
        var isReporting = false
        var hasNews = false
    }

    /// Every container that was started, in order.
    private(set) var runs: [Run] = []
    /// What could not be done, for the test's own report.
    private(set) var problems: [String] = []
    private let client: KubernetesClient
    private let clock: WorldClock
    private let folder: URL
    /// Where programs are looked for: what an image decides elsewhere.
    private let searchPath: String
    /// By pod uid.
    private var containers: [String: Container] = [:]
    private var refused: Set<String> = []

    /// - Parameters:
    ///   - world: whose API server it watches.
    ///   - folder: where logs and volumes are kept.
    ///   - searchPath: the containers' `PATH`.
    /// - Throws: when the world's clock does not answer.
    init(of world: WorldServer.Addresses, folder: URL, searchPath: String) async throws {
        client = KubernetesClient(KubernetesAccess(server: world.kubernetes))
        clock = try await WorldClock(url: world.clock, client: HTTPClient())
        self.folder = folder
        self.searchPath = searchPath
    }

    /// Runs what is bound as long as something else goes on; then nothing of it runs any more.
    nonisolated func run<Value>(while body: () async throws -> Value) async throws -> Value {
        let watching = Task {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await self.clock.follow() }
                group.addTask { await self.watch() }
            }
            await self.killAll()
        }
        do {
            let value = try await body()
            watching.cancel()
            await watching.value
            return value
        } catch {
            watching.cancel()
            await watching.value
            throw error
        }
    }

    private func killAll() {
        for container in containers.values { kill(container) }
    }

    private func watch() async {
        while !Task.isCancelled {
            do {
                let listing = try await client.list(.pods) { $0 }
                let present = Set(listing.items.compactMap { $0.at("metadata", "uid").string })
                for (uid, container) in containers where !present.contains(uid) { lose(uid, container) }
                for pod in listing.items { await take(pod) }
                var version = listing.resourceVersion
                while !Task.isCancelled {
                    version = try await client.watch(.pods, from: version) { changes in
                        for change in changes {
                            switch change {
                            case .changed(let pod): await self.take(pod)
                            case .deleted(let pod): self.forget(pod)
                            }
                        }
                    }
                }
            } catch {
                // Listed anew, whatever it was.
                try? await Task.sleep(for: .milliseconds(100))
            }
        }
    }

    private func take(_ pod: JSON) async {
        guard pod.at("metadata", "annotations", "world.gleaner.dev/kind").string == "outside",
            let uid = pod.at("metadata", "uid").string, let node = pod.at("spec", "nodeName").string, !node.isEmpty,
            !refused.contains(uid)
        else { return }
        let grace =
            pod.at("metadata", "deletionTimestamp").isNull ? nil : pod.at("metadata", "deletionGracePeriodSeconds")
        if containers[uid] == nil {
            guard pod.at("status", "phase").string == "Pending" else { return }
            containers[uid] = Container(pod: pod, process: nil, run: -1)
            if grace == nil {
                do {
                    try await start(uid, pod, node: node)
                } catch {
                    refused.insert(uid)
                    problems.append("\(pod.at("metadata", "name").string ?? uid): \(error)")
                    return
                }
                await report(uid)
            }
        }
        if let grace { await stop(uid, graceSeconds: grace.integer ?? 30) }
    }

    private func forget(_ pod: JSON) {
        guard let uid = pod.at("metadata", "uid").string, let container = containers[uid] else { return }
        lose(uid, container)
    }

    /// The pod is gone, and with its machine whatever still ran of it.
    private func lose(_ uid: String, _ container: Container) {
        kill(container)
        containers[uid] = nil
    }

    private func kill(_ container: Container) {
        guard let process = container.process, process.isRunning else { return }
        runs[container.run].wasKilled = true
        Foundation.kill(process.processIdentifier, SIGKILL)
    }

    // MARK: - A container's life

    private func start(_ uid: String, _ pod: JSON, node: String) async throws {
        let container = pod.at("spec", "containers")[0]
        let mounts = try await mounts(of: container, in: pod)
        func local(_ text: String) -> String {
            let mount = mounts.first { text == $0.inside || text.hasPrefix($0.inside + "/") }
            return mount.map { $0.outside + text.dropFirst($0.inside.count) } ?? text
        }
        let words = (container["command"].elements + container["args"].elements).compactMap(\.string).map(local)
        var environment = ["PATH": searchPath, "HOME": folder.path(), "HOSTNAME": node]
        for variable in container["env"].elements {
            environment[variable["name"].string ?? ""] = local(variable["value"].string ?? "")
        }
        let log = folder.appending(path: "logs/\(uid).log").path()
        try FileManager.default.createDirectory(
            at: folder.appending(path: "logs"),
            withIntermediateDirectories: true
        )
        _ = FileManager.default.createFile(atPath: log, contents: nil)
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = words
        process.environment = environment
        process.currentDirectoryURL = folder
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle(forWritingAtPath: log)
        process.standardError = process.standardOutput
        process.terminationHandler = { process in
            let isSignal = process.terminationReason == .uncaughtSignal
            let code = isSignal ? 128 + process.terminationStatus : process.terminationStatus
            Task { await self.ended(uid, code) }
        }
        let metadata = pod["metadata"]
        containers[uid]?.process = process
        containers[uid]?.run = runs.count
        runs.append(
            Run(
                pod: PodID(namespace: metadata["namespace"].string ?? "", name: metadata["name"].string ?? ""),
                uid: uid,
                node: node,
                log: log,
                startedAt: clock.now
            )
        )
        try Program.launch(process)
    }

    private func stop(_ uid: String, graceSeconds: Int64) async {
        guard let container = containers[uid] else { return }
        let isFirst = !container.isDeleted
        containers[uid]?.isDeleted = true
        guard let process = container.process, process.isRunning else { return await report(uid) }
        if isFirst { Foundation.kill(process.processIdentifier, SIGTERM) }
        // The shorter one of two graces comes to its end first.
        Task {
            try? await Task.sleep(for: .seconds(graceSeconds))
            self.killIfRunning(uid)
        }
    }

    private func killIfRunning(_ uid: String) {
        if let container = containers[uid] { kill(container) }
    }

    private func ended(_ uid: String, _ code: Int32) async {
        guard let index = runs.firstIndex(where: { $0.uid == uid }) else { return }
        runs[index].exitCode = code
        runs[index].endedAt = clock.now
        await report(uid)
    }

    // MARK: - What the API server is told

    /// Writes what is so, one write at a time.
    private func report(_ uid: String) async {
        guard containers[uid] != nil else { return }
        containers[uid]?.hasNews = true
        guard containers[uid]?.isReporting == false else { return }
        containers[uid]?.isReporting = true
        while let container = containers[uid], container.hasNews {
            containers[uid]?.hasNews = false
            do throws(KubernetesError) {
                try await write(uid, container)
            } catch {
                // Somebody else has removed it.
                if error.code != 404, error.code != 409 { problems.append("\(uid): \(error)") }
            }
        }
        containers[uid]?.isReporting = false
    }

    private func write(_ uid: String, _ container: Container) async throws(KubernetesError) {
        let namespace = container.pod.at("metadata", "namespace").string
        let name = container.pod.at("metadata", "name").string ?? ""
        let run = container.run >= 0 ? runs[container.run] : nil
        if let run {
            _ = try await client.patch(
                .pods,
                namespace: namespace,
                name: name,
                subresource: "status",
                ["status": Self.status(of: container.pod, run)],
                as: .strategicMerge
            )
        }
        guard container.isDeleted, run == nil || run?.exitCode != nil else { return }
        try await client.delete(.pods, namespace: namespace, name: name, uid: uid, graceSeconds: 0)
    }

    private static func status(of pod: JSON, _ run: Run) -> JSON {
        var state: JSON = ["running": ["startedAt": .string(run.startedAt.description)]]
        var phase = "Running"
        if let code = run.exitCode {
            phase = code == 0 ? "Succeeded" : "Failed"
            let end: JSON = [
                "exitCode": .integer(Int64(code)), "reason": code == 0 ? "Completed" : "Error",
                "startedAt": .string(run.startedAt.description),
                "finishedAt": .string((run.endedAt ?? run.startedAt).description),
            ]
            state = ["terminated": end]
        }
        let isRunning = run.exitCode == nil
        func condition(_ type: String, _ isTrue: Bool) -> JSON {
            [
                "type": .string(type), "status": isTrue ? "True" : "False",
                "lastTransitionTime": .string((run.endedAt ?? run.startedAt).description),
            ]
        }
        let container = pod.at("spec", "containers")[0]
        return [
            "phase": .string(phase), "startTime": .string(run.startedAt.description),
            "hostIP": "127.0.0.1", "podIP": "127.0.0.1", "podIPs": [["ip": "127.0.0.1"]],
            "conditions": [
                condition("Initialized", true), condition("ContainersReady", isRunning), condition("Ready", isRunning),
            ],
            "containerStatuses": [
                [
                    "name": container["name"], "image": container["image"], "imageID": "", "restartCount": 0,
                    "ready": .bool(isRunning), "started": .bool(isRunning), "state": state,
                ]
            ],
        ]
    }

    // MARK: - Volumes

    /// Where the container's volumes are on this machine: a claim's folder outlives its pods.
    private func mounts(of container: JSON, in pod: JSON) async throws -> [(inside: String, outside: String)] {
        let namespace = pod.at("metadata", "namespace").string ?? ""
        var result: [(inside: String, outside: String)] = []
        for mount in container["volumeMounts"].elements {
            let volume = pod.at("spec", "volumes").elements.first { $0["name"] == mount["name"] } ?? .null
            let place: URL
            if let claim = volume.at("persistentVolumeClaim", "claimName").string {
                place = folder.appending(path: "claims/\(namespace)/\(claim)")
                try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
            } else if let name = volume.at("configMap", "name").string {
                place = folder.appending(path: "maps/\(namespace)/\(name)")
                try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
                let resource = APIResource(prefix: "/api/v1", plural: "configmaps")
                let map = try await client.get(resource, namespace: namespace, name: name)
                for (file, text) in map["data"].strings.sorted(by: { $0.key < $1.key }) {
                    try Data(text.utf8).write(to: place.appending(path: file))
                }
            } else {
                throw Program.Unended(description: "volume \(mount["name"]): only claims and config maps are known")
            }
            result.append((mount["mountPath"].string ?? "", place.path()))
        }
        return result.sorted { $0.inside.count > $1.inside.count }
    }
}
