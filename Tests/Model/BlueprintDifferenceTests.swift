import Model
import Testing

@Suite("Differences between blueprints")
struct BlueprintDifferenceTests {
    private static let made = NodeBlueprint(
        imageID: "ami-1",
        subnetID: "subnet-1",
        securityGroupIDs: ["sg-1", "sg-2"],
        instanceProfile: "node"
    )

    /// A setting that is changed, and a word by which the difference names it.
    struct Change: Sendable {
        var words: String
        var apply: @Sendable (inout NodeBlueprint) -> Void
    }

    private static let changes = [
        Change(words: "ami-2") { $0.imageID = "ami-2" },
        Change(words: "sg-3") { $0.securityGroupIDs = ["sg-1", "sg-3"] },
        Change(words: "instance profile is node") { $0.instanceProfile = nil },
        Change(words: "nodeadm") { $0.bootstrap = .nodeadm },
        Change(words: "root volume") { $0.rootVolume = NodeSettings.RootVolume(sizeGiB: 200) },
        Change(words: "user data") { $0.userDataDigest = "abc" },
        Change(words: "4 now") { $0.efaInterfaces = 4 },
        Change(words: "launch template own in version 7") {
            $0.launchTemplate = NodeSettings.NamedTemplate(name: "own", version: "7")
        },
    ]

    @Test("each setting that counts makes a difference, and says which", arguments: changes)
    func differences(change: Change) {
        var wanted = Self.made
        change.apply(&wanted)
        #expect(Self.made.difference(from: wanted)?.contains(change.words) == true, "\(change.words)")
    }

    @Test("the subnet, the order of groups and an image that is not known make none")
    func none() {
        var wanted = Self.made
        wanted.subnetID = "subnet-2"
        wanted.securityGroupIDs = ["sg-2", "sg-1"]
        wanted.imageID = nil
        #expect(Self.made.difference(from: wanted) == nil)
    }
}
