package import AWS
import HTTPTransport
package import Logging
import Model

/// Watches the metadata service of the machine it runs on, and reports what that announces to the service.
package struct Agent: Sendable {
    /// How often things are done; the defaults are what a node needs.
    package struct Habits: Sendable {
        /// Between two looks at the metadata service. A spot instance has two minutes.
        package var pollInterval: Duration = .seconds(2)
        /// Between two reports without a notice, which show that one would be taken.
        package var proofInterval: Duration = .seconds(600)
        /// Between tries to report: doubled each time, up to the longest.
        package var firstRetry: Duration = .milliseconds(500)
        package var longestRetry: Duration = .seconds(5)

        package init() {}
    }

    private let metadata: InstanceMetadata
    private let reporter: NoticeReporter
    private let habits: Habits
    private let logger: Logger

    /// - Parameters:
    ///   - metadata: Of this machine.
    ///   - service: The URL of `gleaner serve`; https, or on loopback.
    ///   - tokenFile: Holds a token bound to this pod; read for every report.
    ///   - authorities: A PEM file with those that the service's certificate may come from; nil for the system's.
    ///   - habits: How often things are done.
    ///   - logger: Takes what was announced, and what went wrong.
    /// - Throws: `AgentError` when the service's URL cannot be used.
    package init(
        metadata: InstanceMetadata,
        service: String,
        tokenFile: String,
        authorities: String?,
        habits: Habits = Habits(),
        logger: Logger
    ) throws(AgentError) {
        self.metadata = metadata
        reporter = try NoticeReporter(service: service, tokenFile: tokenFile, authorities: authorities)
        self.habits = habits
        self.logger = logger
    }

    /// Runs until it is cancelled.
    package func run() async {
        guard let instance = await instance() else { return }
        logger.notice("watching", metadata: ["instance": "\(instance)"])
        let board = NoticeBoard()
        await withDiscardingTaskGroup { group in
            group.addTask { await watch(board) }
            group.addTask { await report(board, as: instance) }
            group.addTask {
                repeat { board.ring() } while await pause(habits.proofInterval)
            }
        }
    }

    private func instance() async -> InstanceID? {
        var failures = 0
        while !Task.isCancelled {
            do throws(InstanceMetadataError) {
                return try await metadata.instanceID()
            } catch {
                failures += 1
                warn("the instance's id is not known yet", failures, error)
                guard await pause(habits.pollInterval) else { return nil }
            }
        }
        return nil
    }

    // MARK: The metadata service

    private func watch(_ board: NoticeBoard) async {
        var failures: [NoticeReport.Item.Kind: Int] = [:]
        repeat {
            for kind in NoticeReport.Item.Kind.allCases {
                do throws(InstanceMetadataError) {
                    let items = try await announced(kind)
                    failures[kind] = nil
                    if await board.observe(kind, items) {
                        logger.notice("announced", metadata: ["kind": "\(kind)", "items": "\(items.map(\.time))"])
                    }
                } catch {
                    guard !Task.isCancelled else { return }
                    failures[kind, default: 0] += 1
                    warn("the metadata service was not read", failures[kind] ?? 1, error)
                }
            }
        } while await pause(habits.pollInterval)
    }

    private func announced(_ kind: NoticeReport.Item.Kind) async throws(InstanceMetadataError) -> [NoticeReport.Item] {
        switch kind {
        case .interruption:
            guard let action = try await metadata.instanceAction() else { return [] }
            return [NoticeReport.Item(kind: kind, time: action.at.description, action: action.action)]
        case .rebalance:
            guard let at = try await metadata.rebalanceRecommendation() else { return [] }
            return [NoticeReport.Item(kind: kind, time: at.description)]
        case .maintenance:
            return try await metadata.scheduledMaintenance().map { maintenance in
                NoticeReport.Item(
                    kind: kind,
                    time: maintenance.notBefore.description,
                    action: maintenance.code,
                    event: maintenance.id,
                    until: maintenance.notAfter?.description
                )
            }
        }
    }

    // MARK: Reports

    /// At each ring: what is pending, again and again until it is taken; without anything, the proof that it would be.
    private func report(_ board: NoticeBoard, as instance: InstanceID) async {
        for await _ in board.bell {
            var failures = 0
            var isDone = false
            while !isDone, !Task.isCancelled {
                let items = await board.next
                do throws(AgentError) {
                    try await reporter.send(NoticeReport(instance: instance.value, notices: items))
                    await board.acknowledge(items)
                    isDone = await board.pending.isEmpty
                    logger.log(
                        level: items.isEmpty ? .debug : .notice,
                        "reported",
                        metadata: ["notices": "\(items.count)"]
                    )
                } catch {
                    guard !Task.isCancelled else { return }
                    failures += 1
                    warn("not reported", failures, error)
                    let ceiling = min(habits.longestRetry, habits.firstRetry * (1 << min(failures - 1, 20)))
                    // Agents whose service comes back had better not come back together.
                    guard await pause(ceiling * Double.random(in: 0.5...1)) else { return }
                }
            }
        }
    }

    /// Says the first of a row of failures, and then one in twelve.
    private func warn(_ what: String, _ failures: Int, _ error: any Error) {
        guard failures % 12 == 1 else { return }
        logger.warning("\(what)", metadata: ["error": "\(error)", "failures": "\(failures)"])
    }

    /// False when the task was cancelled.
    private func pause(_ length: Duration) async -> Bool {
        (try? await Task.sleep(for: length)) != nil
    }
}
