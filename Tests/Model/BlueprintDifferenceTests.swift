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

    @Test(
        "each setting that counts makes a difference, and says which",
        arguments: [
            ("ami-2", { $0.imageID = "ami-2" }), ("sg-3", { $0.securityGroupIDs = ["sg-1", "sg-3"] }),
            ("instance profile is node", { $0.instanceProfile = nil }),
            ("nodeadm", { $0.bootstrap = .nodeadm }),
            ("root volume", { $0.rootVolume = NodeSettings.RootVolume(sizeGiB: 200) }),
            ("user data", { $0.userDataDigest = "abc" }), ("4 now", { $0.efaInterfaces = 4 }),
            (
                "launch template own in version 7",
                { $0.launchTemplate = NodeSettings.NamedTemplate(name: "own", version: "7") }
            ),
        ] as [(String, @Sendable (inout NodeBlueprint) -> Void)]
    )
    func differences(words: String, change: @Sendable (inout NodeBlueprint) -> Void) {
        var wanted = Self.made
        change(&wanted)
        #expect(Self.made.difference(from: wanted)?.contains(words) == true)
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
