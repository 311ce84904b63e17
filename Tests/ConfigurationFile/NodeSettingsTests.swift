import Model
import Testing

@testable import ConfigurationFile

@Suite("How machines are made, in the configuration")
struct NodeSettingsTests {
    private static let head = """
        apiVersion: gleaner.dev/v1
        kind: GleanerConfiguration
        clusterName: demo

        """
    private static let cluster =
        "cluster: {endpoint: https://c, certificateAuthority: Y2VydGlm, serviceCIDR: 10.100.0.0/16}"

    private func parse(_ text: String) throws -> GleanerConfiguration {
        try ConfigurationFile.parse(text: Self.head + text, file: "/etc/gleaner/f.yaml")
    }

    private func mistakes(_ text: String) -> [String] {
        do {
            _ = try parse(text)
            return []
        } catch {
            return (error as? ConfigurationError)?.mistakes.map { "\($0.path): \($0.problem)" } ?? ["\(error)"]
        }
    }

    @Test("every key can be set for all pools, and for one")
    func everyKey() throws {
        let configuration = try parse(
            """
            aws:
              imageParameter: /team/{architecture}/image
              bootstrap: nodeadm
              cluster:
                endpoint: https://0123.eks.amazonaws.com
                certificateAuthority: >-
                  Y2VydGlm
                  aWNhdGU=
                serviceCIDR: fd00::/108
              userDataFile: boot.sh
              subnetTags: {a: b}
              securityGroups: [sg-1]
              securityGroupTags: {c: d}
              instanceProfile: nodes
              rootVolume: {size: 200Gi, type: gp3, iops: 6000, throughput: 500, device: /dev/sda1}
              efa: true
              placementGroups: true
            pools:
              - {name: a, instanceTypes: [g5.xlarge]}
              - name: b
                instanceTypes: [g6.xlarge]
                node: {launchTemplate: {name: mine, version: $Latest}}
              - name: c
                instanceTypes: [g6.xlarge]
                node: {imageID: ami-1, bootstrap: bottlerocket, userDataFile: /run/secret.toml, subnetTags: {}}
            """
        )
        var shared = NodeSettings()
        shared.imageParameter = "/team/{architecture}/image"
        shared.bootstrap = .nodeadm
        shared.cluster = NodeSettings.ClusterAccess(
            endpoint: "https://0123.eks.amazonaws.com",
            certificateAuthority: "Y2VydGlmaWNhdGU=",
            serviceCIDR: "fd00::/108"
        )
        shared.userDataFile = "/etc/gleaner/boot.sh"
        shared.subnetTags = ["a": "b"]
        shared.securityGroups = ["sg-1"]
        shared.securityGroupTags = ["c": "d"]
        shared.instanceProfile = "nodes"
        shared.rootVolume = .init(sizeGiB: 200, type: "gp3", iops: 6000, throughput: 500, device: "/dev/sda1")
        shared.usesEFA = true
        shared.usesPlacementGroups = true
        #expect(configuration.aws.node == shared)
        #expect(configuration.pools[0].node == shared)
        var second = shared
        second.imageParameter = nil
        second.launchTemplate = .init(name: "mine", version: "$Latest")
        #expect(configuration.pools[1].node == second)
        var third = shared
        third.imageParameter = nil
        third.imageID = "ami-1"
        third.bootstrap = .bottlerocket
        third.userDataFile = "/run/secret.toml"
        third.subnetTags = [:]
        #expect(configuration.pools[2].node == third)
    }

    @Test(
        "what cannot be is refused at its place, with the way out",
        arguments: [
            (
                "imageID: ami-1, imageParameter: /p",
                "aws.imageParameter: give either imageID or imageParameter, not both"
            ),
            (
                "launchTemplate: {name: t}, rootVolume: {size: 1Gi}, efa: true",
                "aws.launchTemplate: a launch template says all of rootVolume, efa itself; remove them, or launchTemplate"
            ),
            (
                "bootstrap: nodeadm",
                "aws.bootstrap: bootstrap nodeadm tells nodes where the cluster is: write aws.cluster with endpoint, "
                    + "certificateAuthority and serviceCIDR"
            ),
            (
                "bootstrap: cloud-init",
                "aws.bootstrap: bootstrap cloud-init is a text of your own: name its file in userDataFile"
            ),
            (
                "bootstrap: nodeadmin, \(cluster)",
                "aws.bootstrap: \"nodeadmin\" is not one of eks-bootstrap, nodeadm, bottlerocket, cloud-init"
            ),
            (
                "rootVolume: {size: 200}",
                "aws.rootVolume.size: \"200\" is not a whole number of Gi from 1Gi to 64Ti, such as 200Gi"
            ),
            (
                "rootVolume: {size: 1Gi, type: io2}",
                "aws.rootVolume.type: a volume of type io2 needs iops"
            ),
            (
                "rootVolume: {size: 1Gi, type: gp2, throughput: 200}",
                "aws.rootVolume.throughput: only a volume of type gp3 has a throughput of its own"
            ),
            (
                "launchTemplate: {name: t, version: newest}",
                "aws.launchTemplate.version: \"newest\" is not $Default, $Latest or a number"
            ),
            (
                "cluster: {endpoint: http://c, certificateAuthority: Y2VydGlm, serviceCIDR: 10.100.0.0/16}",
                "aws.cluster.endpoint: \"http://c\" is not a URL such as https://example.eks.amazonaws.com"
            ),
            (
                "cluster: {endpoint: https://c, certificateAuthority: \"-----BEGIN\", serviceCIDR: 10.100.0.0/16}",
                "aws.cluster.certificateAuthority: is not a certificate in base64, as `aws eks describe-cluster` shows it "
                    + "under certificateAuthority.data"
            ),
            ("securityGroupTag: {a: b}", "aws.securityGroupTag: is not a known key"),
        ]
    )
    func mistakes(_ keys: String, _ mistake: String) {
        #expect(mistakes("aws: {\(keys)}\npools: [{name: a, instanceTypes: [g5.xlarge]}]") == [mistake])
        let pool = mistake.replacing(#/^aws\./#, with: "pools[0].node.")
        guard !keys.hasPrefix("cluster"), !keys.contains(Self.cluster) else { return }
        #expect(mistakes("pools: [{name: a, instanceTypes: [g5.xlarge], node: {\(keys)}}]") == [pool])
    }
}
