import Foundation
import Glibc

/// One run of another program: no terminal, bounded output and bounded time.
///
/// It is over when the program has ended: what it leaves running in the background is neither waited for nor killed,
/// even when that holds its outputs open. One that fails here is killed with all that it started.
package struct ChildCommand: Sendable {
    /// How it ended and what it wrote.
    package struct Result: Sendable, Equatable {
        /// The exit code; 128 and the signal's number when a signal ended it.
        package var code: Int32
        package var output: [UInt8]
        package var errorOutput: [UInt8]
    }

    /// Why there is no result.
    package enum Failure: Error, Equatable {
        case notStarted(String)
        case timedOut
        case tooMuchOutput
    }

    private let path: String
    private let arguments: [String]
    private let environment: [String: String]
    private let timeout: Duration
    private let outputLimitBytes: Int

    /// - Parameters:
    ///   - path: a name to look up in the environment's `PATH`, or a path.
    ///   - arguments: after the program's name.
    ///   - environment: all of it: nothing is inherited.
    ///   - timeout: when it is killed, with all that it started.
    ///   - outputLimitBytes: of each of its two outputs.
    package init(
        path: String,
        arguments: [String],
        environment: [String: String],
        timeout: Duration,
        outputLimitBytes: Int
    ) {
        self.path = path
        self.arguments = arguments
        self.environment = environment
        self.timeout = timeout
        self.outputLimitBytes = outputLimitBytes
    }

    /// Runs the program on a thread of its own and waits for its end.
    /// - Returns: what it wrote, however it ended.
    /// - Throws: `Failure`.
    package func run() async throws(Failure) -> Result {
        let outcome: Swift.Result<Result, Failure> = await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                do throws(Failure) {
                    continuation.resume(returning: .success(try runBlocking()))
                } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
        }
        return try outcome.get()
    }

    private func runBlocking() throws(Failure) -> Result {
        let output = try Pipe()
        let errorOutput = try Pipe()
        let child = try spawn(output: output.write, errorOutput: errorOutput.write)
        output.closeWrite()
        errorOutput.closeWrite()
        var streams = [Stream(output.read), Stream(errorOutput.read)]
        let failure = follow(child, &streams)
        // Nobody of its group stays, nor itself if it went into another.
        if failure != nil {
            kill(-child, SIGKILL)
            kill(child, SIGKILL)
        }
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0, errno == EINTR {}
        if let failure { throw failure }
        let signal = status & 0x7F
        return Result(
            code: signal == 0 ? (status >> 8) & 0xFF : 128 + signal,
            output: streams[0].bytes,
            errorOutput: streams[1].bytes
        )
    }

    // MARK: Starting

    private func spawn(output: Int32, errorOutput: Int32) throws(Failure) -> pid_t {
        let executable = try resolved()
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_adddup2(&actions, errorOutput, 2)
        // Sockets and files of ours are none of its business.
        for name in (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? [] {
            if let descriptor = Int32(name), descriptor > 2 {
                posix_spawn_file_actions_addclose(&actions, descriptor)
            }
        }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var noSignals = sigset_t()
        sigemptyset(&noSignals)
        posix_spawnattr_setsigmask(&attributes, &noSignals)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK))

        let argumentTexts = ([path] + arguments).map { strdup($0) }
        let environmentTexts = environment.map { strdup("\($0.key)=\($0.value)") }
        defer { for text in argumentTexts + environmentTexts { free(text) } }
        var child = pid_t()
        let result = posix_spawn(
            &child,
            executable,
            &actions,
            &attributes,
            argumentTexts + [nil],
            environmentTexts + [nil]
        )
        guard result == 0 else { throw .notStarted(String(cString: strerror(result))) }
        return child
    }

    private func resolved() throws(Failure) -> String {
        if path.contains("/") { return path }
        for folder in (environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin").split(separator: ":") {
            let candidate = "\(folder)/\(path)"
            if access(candidate, X_OK) == 0 { return candidate }
        }
        throw .notStarted("it is not in PATH")
    }

    // MARK: Reading

    private struct Stream {
        let descriptor: Int32
        var bytes = [UInt8]()
        var hasEnded = false

        init(_ descriptor: Int32) {
            self.descriptor = descriptor
        }
    }

    /// How often it is looked whether the program has ended: its outputs do not tell, as it may close them and live
    /// on, or end while others hold them.
    private static let pauseMilliseconds: Int32 = 10

    /// Reads both streams until the program has ended and nothing is left in them.
    private func follow(_ child: pid_t, _ streams: inout [Stream]) -> Failure? {
        let deadline = ContinuousClock.now + timeout
        while true {
            // Before the streams: all that it wrote is in them once it has ended.
            let isOver = Self.hasEnded(child)
            guard ContinuousClock.now < deadline else { return .timedOut }
            var polled = streams.map { pollfd(fd: $0.hasEnded ? -1 : $0.descriptor, events: Int16(POLLIN), revents: 0) }
            let ready = poll(&polled, nfds_t(polled.count), isOver ? 0 : Self.pauseMilliseconds)
            if isOver, ready == 0 { return nil }
            guard ready > 0 else { continue }
            for index in streams.indices where polled[index].revents != 0 {
                var buffer = [UInt8](repeating: 0, count: 65_536)
                let count = read(streams[index].descriptor, &buffer, buffer.count)
                if count > 0 {
                    streams[index].bytes += buffer[..<count]
                    guard streams[index].bytes.count <= outputLimitBytes else { return .tooMuchOutput }
                } else if count == 0 || errno != EINTR {
                    streams[index].hasEnded = true
                }
            }
        }
    }

    /// Whether a child has ended. It stays to be waited for, so that its number is nobody else's yet.
    private static func hasEnded(_ child: pid_t) -> Bool {
        var information = siginfo_t()
        guard waitid(P_PID, id_t(child), &information, WEXITED | WNOHANG | WNOWAIT) == 0 else { return errno != EINTR }
        return information.si_signo != 0
    }

    /// A pipe that closes with its owner.
    private final class Pipe {
        let read: Int32
        private(set) var write: Int32

        init() throws(Failure) {
            var ends: [Int32] = [-1, -1]
            guard pipe(&ends) == 0 else { throw .notStarted(String(cString: strerror(errno))) }
            (read, write) = (ends[0], ends[1])
            for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        }

        deinit {
            closeWrite()
            close(read)
        }

        func closeWrite() {
            guard write >= 0 else { return }
            close(write)
            write = -1
        }
    }
}
