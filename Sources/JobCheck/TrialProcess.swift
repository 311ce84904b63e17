import Foundation
import Glibc

/// A local process with a group of its own and nothing of ours but standard error.
///
/// Foundation's `Process` hands down the signal mask of the calling thread, and those of Swift's concurrency block
/// SIGTERM: its children would never be asked to stop.
struct TrialProcess {
    private let child: pid_t

    /// Starts a program.
    ///
    /// - Parameters:
    ///   - path: Of the program.
    ///   - words: Its name and arguments.
    ///   - environment: All of it.
    ///   - folder: Where it runs; nil for the caller's.
    /// - Throws: `TrialError.notStarted`.
    init(path: String, words: [String], environment: [String: String], folder: String?) throws(TrialError) {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, 2, 1)
        for name in (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? [] {
            if let descriptor = Int32(name), descriptor > 2 { posix_spawn_file_actions_addclose(&actions, descriptor) }
        }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        var every = sigset_t()
        sigfillset(&every)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &every)
        posix_spawnattr_setpgroup(&attributes, 0)
        let flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF
        posix_spawnattr_setflags(&attributes, Int16(flags))

        // A shell that goes to the folder and then becomes the program.
        let program = folder == nil ? path : "/bin/sh"
        let all = folder.map { ["sh", "-c", #"cd -- "$0" && exec "$@""#, $0, path] + words.dropFirst() } ?? words
        let arguments = all.map { strdup($0) }
        let variables = environment.sorted { $0.key < $1.key }.map { strdup("\($0.key)=\($0.value)") }
        defer { for text in arguments + variables { free(text) } }
        var started = pid_t()
        let result = posix_spawn(&started, program, &actions, &attributes, arguments + [nil], variables + [nil])
        guard result == 0 else {
            throw .notStarted(words.joined(separator: " "), String(cString: strerror(result)))
        }
        child = started
    }

    /// Sends a signal to the process alone, as Kubernetes does to the first of a container.
    func signal(_ number: Int32) {
        kill(child, number)
    }

    /// Kills it and all that it started and left in its group.
    func killGroup() {
        kill(-child, SIGKILL)
    }

    /// How it ended; nil while it runs. Asked again after that, nobody knows.
    func ending() -> TrialOutcome.Ending? {
        var status: Int32 = 0
        guard waitpid(child, &status, WNOHANG) == child else { return nil }
        let signal = status & 0x7F
        return signal == 0 ? .exited(Int((status >> 8) & 0xFF)) : .signalled(Int(signal))
    }

    /// Waits for the end of what was killed, so that nothing of it is left.
    func reap() {
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0, errno == EINTR {}
    }
}
