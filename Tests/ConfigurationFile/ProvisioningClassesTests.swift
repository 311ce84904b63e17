import ConfigurationFile
import Model
import Testing

@Suite("Configuration of provisioning classes")
struct ProvisioningClassesTests {
    /// A good file with these lines from line 7 on.
    private func parse(_ lines: String) throws -> GleanerConfiguration {
        let head = """
            apiVersion: gleaner.dev/v1
            kind: GleanerConfiguration
            clusterName: demo
            pools:
              - name: a
                instanceTypes: [g5.xlarge]

            """
        return try ConfigurationFile.parse(text: head + lines, file: "f.yaml")
    }

    @Test("none is handled unless it is named")
    func classes() throws {
        #expect(try parse("").provisioningClasses.isEmpty)
        #expect(try parse("provisioningClasses: {}").provisioningClasses.isEmpty)
        let read = try parse(
            """
            provisioningClasses:
              check-capacity.autoscaling.x-k8s.io: check-capacity
              atomic.example.com: atomic-scale-up
            """
        )
        #expect(
            read.provisioningClasses == [
                "check-capacity.autoscaling.x-k8s.io": .checkCapacity, "atomic.example.com": .atomicScaleUp,
            ]
        )
    }

    @Test(
        "mistakes are named with their place",
        arguments: [
            (
                "provisioningClasses: {a.b: atomic-scaleup}",
                "f.yaml:7:28: provisioningClasses.a.b: \"atomic-scaleup\" is not one of check-capacity, atomic-scale-up; "
                    + "did you mean \"atomic-scale-up\"?"
            ),
            (
                "provisioningClasses: {A: check-capacity}",
                "f.yaml:7:26: provisioningClasses.A: "
                    + "\"A\" is not a name of lower-case letters, digits, dashes and dots"
            ),
        ]
    )
    func mistakes(lines: String, expected: String) {
        do {
            _ = try parse(lines)
            Issue.record("accepted")
        } catch let error as ConfigurationError {
            #expect(error.mistakes.map(\.description) == [expected])
        } catch {
            Issue.record("\(error)")
        }
    }
}
