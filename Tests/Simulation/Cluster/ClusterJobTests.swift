import Kubernetes
import Model
import Testing

@testable import Simulation

@Suite("Job controller of the simulated cluster")
struct ClusterJobTests {
    private static let minute = ["world.gleaner.dev/work": "60s"]

    @Test("a plain Job without any annotation of ours is complete in the end")
    func plain() throws {
        let bench = try ClusterBench()
        bench.standMachines("i-1")
        try bench.create(
            [
                "apiVersion": "batch/v1", "kind": "Job", "metadata": ["name": "hello"],
                "spec": [
                    "template": [
                        "spec": [
                            "restartPolicy": "Never", "tolerations": [["operator": "Exists"]],
                            "containers": [["name": "hello", "image": "busybox", "command": ["echo", "hello"]]],
                        ]
                    ]
                ],
            ],
            as: .jobs
        )
        #expect(try bench.jobObject("hello")["status"]["active"].integer == 1)
        bench.run(seconds: 700)
        let job = try bench.jobObject("hello")
        #expect(Conditions.isTrue("Complete", in: job))
        #expect(job["status"]["succeeded"].integer == 1)
        #expect(job["status"]["active"].integer == 0)
        #expect(job["status"]["completionTime"].string != nil)
        #expect(bench.pods.map(\.phase) == [.succeeded])
        let truth = try #require(bench.truth("hello"))
        #expect(truth.completed)
        #expect(truth.attempts == 1)
        #expect(truth.interruptions == 0)
        #expect(truth.lostWorkSeconds == 0)
    }

    @Test("as many pods run at a time as parallelism says, until as many have ended well as completions says")
    func parallelism() throws {
        let bench = try ClusterBench()
        bench.standMachines("i-1")
        try bench.createJob("a", annotations: Self.minute, spec: ["parallelism": 2, "completions": 5])
        for _ in 0..<600 {
            bench.run(seconds: 1)
            #expect(bench.pods.filter { !$0.isFinished }.count <= 2)
        }
        #expect(bench.pods.map(\.phase) == Array(repeating: .succeeded, count: 5))
        #expect(try bench.job("a").completedAt != nil)
        #expect(bench.cluster.truths.map(\.name) == ["a"])
        #expect(bench.truth("a")?.attempts == 5)
    }

    @Test("one pod after the other, when they are not to run side by side")
    func sequence() throws {
        let bench = try ClusterBench()
        bench.standMachines("i-1")
        try bench.createJob("a", annotations: Self.minute, spec: ["parallelism": 1, "completions": 3])
        bench.run(seconds: 600)
        #expect(bench.pods.map(\.phase) == [.succeeded, .succeeded, .succeeded])
        #expect(bench.truth("a")?.completed == true)
    }

    @Test("every index of an indexed Job ends well once, those beyond parallelism in a second round")
    func indexed() throws {
        let bench = try ClusterBench()
        bench.standMachines("i-1")
        let spec: JSON = ["parallelism": 2, "completions": 4, "completionMode": "Indexed"]
        try bench.createJob("a", annotations: Self.minute, spec: spec)
        bench.run(seconds: 600)
        let indexes = bench.podObjects.map {
            $0["metadata"]["annotations"]["batch.kubernetes.io/job-completion-index"].string
        }
        #expect(indexes == ["0", "1", "2", "3"])
        #expect(bench.pods.map(\.phase) == Array(repeating: .succeeded, count: 4))
        #expect(bench.pods.map { String($0.id.name.prefix(4)) } == ["a-0-", "a-1-", "a-2-", "a-3-"])
        #expect(try bench.job("a").completedAt != nil)
    }

    @Test("an evicted member of an indexed Job is replaced under its own index, after its end")
    func replacement() throws {
        let bench = try ClusterBench()
        bench.standMachines("i-1")
        let annotations = [
            "gleaner.dev/checkpoint": "signal", "world.gleaner.dev/work": "1h",
            "world.gleaner.dev/checkpoint-duration": "40s",
        ]
        let spec: JSON = ["parallelism": 2, "completions": 2, "completionMode": "Indexed", "backoffLimit": 0]
        try bench.createJob("a", annotations: annotations, spec: spec)
        _ = bench.runUntilReady()
        let rank = try #require(bench.pods.first { $0.id.name.hasPrefix("a-1-") })
        try bench.evict(rank)
        bench.run(seconds: 39)
        #expect(bench.pods.count == 2)
        #expect(bench.pods.contains { $0.uid == rank.uid })
        bench.run(seconds: 2)
        #expect(bench.pods.map { String($0.id.name.prefix(4)) } == ["a-0-", "a-1-"])
        #expect(!bench.pods.contains { $0.uid == rank.uid })
        #expect(try bench.jobObject("a")["status"]["failed"].integer == 0)
    }

    @Test("without a failure policy the successor comes while the evicted pod still stops")
    func replacementAtOnce() throws {
        let bench = try ClusterBench()
        bench.standMachines("i-1")
        let annotations = ["gleaner.dev/checkpoint": "signal", "world.gleaner.dev/checkpoint-duration": "40s"]
        try bench.createJob("a", annotations: annotations, spec: ["podFailurePolicy": .null])
        _ = bench.runUntilReady()
        bench.run(seconds: 100)
        try bench.evict(try #require(bench.pods.first))
        #expect(bench.pods.count == 2)
        bench.run(seconds: 800)
        #expect(bench.truth("a")?.completed == true)
        #expect(bench.truth("a")?.attempts == 2)
        #expect(bench.truth("a")?.lostWorkSeconds == 0)
    }

    @Test("failures count up to the back-off limit, those by disruption do not")
    func backoffLimit() throws {
        let bench = try ClusterBench()
        bench.standMachines("i-1")
        try bench.createJob("a", annotations: ["world.gleaner.dev/work": "1h"], spec: ["backoffLimit": 1])
        for _ in 0..<3 {
            _ = bench.runUntilReady()
            try bench.evict(try #require(bench.pods.first))
        }
        #expect(try bench.jobObject("a")["status"]["failed"].integer == 0)
        for _ in 0..<2 {
            #expect(try bench.job("a").failedAt == nil)
            _ = bench.runUntilReady()
            try bench.delete(try #require(bench.pods.first))
        }
        let conditions = try bench.jobObject("a")["status"]["conditions"].elements
        let failed = conditions.first { $0["type"].string == "Failed" }
        #expect(failed?["status"].string == "True")
        #expect(failed?["reason"].string == "BackoffLimitExceeded")
        bench.run(seconds: 300)
        #expect(bench.pods.isEmpty)
        #expect(bench.truth("a")?.completed == false)
    }

    @Test("a Job without the policy to ignore them counts disruptions as failures")
    func noPolicy() throws {
        let bench = try ClusterBench()
        bench.standMachines("i-1")
        try bench.createJob("a", spec: ["backoffLimit": 0, "podFailurePolicy": .null])
        _ = bench.runUntilReady()
        try bench.evict(try #require(bench.pods.first))
        bench.run(seconds: 5)
        #expect(try bench.job("a").failedAt != nil)
        #expect(bench.pods.isEmpty)
    }

    @Test("a suspended Job gives up its pods, and begins again when it is resumed")
    func suspend() throws {
        let bench = try ClusterBench()
        bench.standMachines("i-1")
        try bench.createJob("a", annotations: Self.minute, spec: ["suspend": true, "backoffLimit": 0])
        bench.run(seconds: 2)
        #expect(bench.pods.isEmpty)
        var job = try bench.jobObject("a")
        #expect(Conditions.isTrue("Suspended", in: job))
        #expect(job["status"]["startTime"].isNull)
        try bench.change("a") { $0["spec"]["suspend"] = false }
        #expect(bench.pods.count == 1)
        job = try bench.jobObject("a")
        #expect(!Conditions.isTrue("Suspended", in: job))
        #expect(job["status"]["startTime"].string != nil)
        _ = bench.runUntilReady()
        try bench.change("a") { $0["spec"]["suspend"] = true }
        bench.run(seconds: 2)
        #expect(bench.pods.isEmpty)
        #expect(try bench.jobObject("a")["status"]["active"].integer == 0)
        try bench.change("a") { $0["spec"]["suspend"] = false }
        bench.run(seconds: 300)
        #expect(try bench.job("a").completedAt != nil)
    }

    @Test("a Job that wants fewer pods lets the others go")
    func scaleDown() throws {
        let bench = try ClusterBench()
        bench.standMachines("i-1")
        try bench.createJob("a", spec: ["parallelism": 3, "completions": 6])
        _ = bench.runUntilReady()
        try bench.change("a") { $0["spec"]["parallelism"] = 1 }
        bench.run(seconds: 5)
        #expect(bench.pods.count == 1)
    }

    @Test("a Job that is deleted takes its pods along")
    func deletion() throws {
        let bench = try ClusterBench()
        bench.standMachines("i-1")
        try bench.createJob("a", annotations: ["world.gleaner.dev/work": "1h"])
        _ = bench.runUntilReady()
        try bench.cluster.store.delete(.jobs, in: "vision", "a", now: bench.cluster.now.milliseconds)
        bench.cluster.settle()
        bench.run(seconds: 2)
        #expect(bench.pods.isEmpty)
        #expect(bench.cluster.truths.isEmpty)
    }
}
