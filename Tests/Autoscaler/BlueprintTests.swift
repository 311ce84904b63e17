import Model
import Testing

@testable import Autoscaler

@Suite("How machines are made, in decisions")
struct BlueprintTests {
    private static func blueprint(zones: [String] = ["us-east-1a"], images: [String: String] = ["amd64": "ami-1"])
        -> PoolBlueprint
    {
        var result = PoolBlueprint(common: NodeBlueprint(imageID: nil, subnetID: "", securityGroupIDs: ["sg-1"]))
        result.images = images
        result.subnets = Dictionary(uniqueKeysWithValues: zones.map { ($0, "subnet-\($0)") })
        result.efaInterfaces = ["p4d.24xlarge": 4]
        return result
    }

    @Test("a launch request carries what its pool's settings came to, and keeps it")
    func request() throws {
        var scene = Scene()
        scene.tell([.blueprintsObserved(["training": Self.blueprint()])])
        let request = try scene.launchGang()
        #expect(
            request.blueprint
                == NodeBlueprint(
                    imageID: "ami-1",
                    subnetID: "subnet-us-east-1a",
                    securityGroupIDs: ["sg-1"],
                    efaInterfaces: 4
                )
        )
        // Settings change while the answer is awaited: what is sent again is what was sent.
        scene.tell([
            .blueprintsObserved(["training": Self.blueprint(images: ["amd64": "ami-2"])]),
            .launchEnded(request.id, .failed(.unanswered, message: "lost")),
        ])
        #expect(scene.tell(after: 5).launches == [request])
        // A restart as well.
        var core = Autoscaler(configuration: Scene.configuration(), identity: "journal", entries: scene.entries)
        let decisions = core.step(
            [.leadership(epoch: 2), .blueprintsObserved(["training": Self.blueprint(images: ["amd64": "ami-2"])])],
            at: scene.now
        )
        #expect(decisions.launches == [request])
    }

    @Test(
        "an offering that the pool's settings cannot launch is closed, and says why",
        arguments: [
            (PoolBlueprint(problem: "no subnet carries the tags a=b"), "no subnet carries the tags a=b"),
            (blueprint(zones: ["us-east-1b"]), "us-east-1a"),
            (blueprint(images: ["arm64": "ami-1"]), "no machine image for amd64"),
        ]
    )
    func obstacles(_ blueprint: PoolBlueprint, _ reason: String) throws {
        var scene = Scene()
        scene.tell([.blueprintsObserved(["training": blueprint])])
        scene.tell(Scene.gangPods.map { .podChanged($0) } + [.jobChanged(Scene.job("llm", parallelism: 2))])
        let choices = try #require(scene.tell(after: 2).plans.first?.input.choices)
        #expect(!choices.isEmpty)
        #expect(choices.allSatisfy { $0.closedBecause?.contains(reason) == true })
    }

    @Test("where nothing is to be looked up, nothing is closed and requests carry nothing")
    func none() throws {
        var scene = Scene()
        scene.tell([.blueprintsObserved([:])])
        #expect(try scene.launchGang().blueprint == nil)
        #expect(scene.tell(after: 7200).sweeps.isEmpty)
    }

    @Test("what launches left is swept every hour, but for those that wait for their answer, and by the leader alone")
    func sweep() throws {
        var scene = Scene()
        let blueprints = Event.blueprintsObserved(["training": Self.blueprint()])
        #expect(scene.tell([blueprints]).sweeps.isEmpty)
        let request = try scene.launchGang()
        #expect(scene.tell(after: 1800).sweeps.isEmpty)
        #expect(scene.tell(after: 1800).sweeps == [[request]])
        #expect(scene.tell(after: 1800).sweeps.isEmpty)
        #expect(scene.tell(after: 1800).sweeps.count == 1)

        var standby = Scene(leads: false)
        standby.tell([blueprints])
        #expect(standby.tell(after: 7200).sweeps.isEmpty)
        var dry = Scene(Scene.configuration { $0.isDryRun = true })
        dry.tell([blueprints])
        dry.tell(after: 7200)
        #expect(dry.tell(after: 7200).sweeps.isEmpty)
    }
}

extension Decisions {
    fileprivate var sweeps: [[LaunchRequest]] {
        commands.compactMap { if case .sweepLaunchResources(let kept) = $0 { kept } else { nil } }
    }
}
