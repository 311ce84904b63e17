import Foundation
import Model
import Testing

@testable import AWS

@Suite("User data")
struct UserDataTests {
    private static let access = NodeSettings.ClusterAccess(
        endpoint: "https://0123.gr7.us-east-1.eks.amazonaws.com",
        certificateAuthority: "Y2VydGlmaWNhdGU=",
        serviceCIDR: "10.100.0.0/16"
    )

    private func data(
        _ bootstrap: NodeSettings.Bootstrap,
        access: NodeSettings.ClusterAccess? = Self.access
    ) -> UserData {
        UserData(
            clusterName: "training",
            labels: ["gleaner.dev/pool": "gpu", "a": "b"],
            taints: [.starting, Taint(key: "nvidia.com/gpu", value: "present", effect: .noSchedule)],
            bootstrap: bootstrap,
            access: access
        )
    }

    private func reread(_ text: String) -> UserData? {
        UserData(base64: Data(text.utf8).base64EncodedString())
    }

    @Test("what a node reads is what was written, in every form", arguments: NodeSettings.Bootstrap.allCases)
    func roundTrip(_ bootstrap: NodeSettings.Bootstrap) throws {
        let own = "#!/bin/sh\nkubelet --node-labels={{labels}} --register-with-taints={{taints}}\n"
        let written = data(bootstrap)
        let read = try #require(reread(try written.text(own: bootstrap == .cloudInit ? own : nil)))
        #expect(read.labels == written.labels)
        #expect(Set(read.taints) == Set(written.taints))
        if bootstrap != .cloudInit { #expect(read.clusterName == "training") }
    }

    @Test("an EKS image on Amazon Linux 2023 gets a NodeConfig")
    func nodeadm() throws {
        let text = try data(.nodeadm).text(own: "#!/bin/bash\nmount /dev/nvme1n1 /data")
        #expect(
            text
                == """
                MIME-Version: 1.0
                Content-Type: multipart/mixed; boundary="//gleaner//"

                --//gleaner//
                Content-Type: text/x-shellscript; charset="us-ascii"

                #!/bin/bash
                mount /dev/nvme1n1 /data
                --//gleaner//
                Content-Type: application/node.eks.aws

                ---
                apiVersion: node.eks.aws/v1alpha1
                kind: NodeConfig
                spec:
                  cluster:
                    name: "training"
                    apiServerEndpoint: "https://0123.gr7.us-east-1.eks.amazonaws.com"
                    certificateAuthority: "Y2VydGlmaWNhdGU="
                    cidr: "10.100.0.0/16"
                  kubelet:
                    flags:
                      - "--node-labels=a=b,gleaner.dev/pool=gpu"
                      - "--register-with-taints=gleaner.dev/starting=:NoSchedule,nvidia.com/gpu=present:NoSchedule"

                --//gleaner//--

                """.replacing("\n\n--//gleaner//--", with: "\n--//gleaner//--")
        )
    }

    @Test("Bottlerocket gets settings, and an operator's own join them")
    func bottlerocket() throws {
        let own = """
            [settings.kubernetes]
            max-pods = 110

            [settings.ntp]
            time-servers = ["169.254.169.123"]
            """
        #expect(
            try data(.bottlerocket).text(own: own) == """
                [settings.kubernetes]
                cluster-name = "training"
                api-server = "https://0123.gr7.us-east-1.eks.amazonaws.com"
                cluster-certificate = "Y2VydGlmaWNhdGU="
                cluster-dns-ip = "10.100.0.10"
                max-pods = 110

                [settings.kubernetes.node-labels]
                "a" = "b"
                "gleaner.dev/pool" = "gpu"

                [settings.kubernetes.node-taints]
                "gleaner.dev/starting" = [":NoSchedule"]
                "nvidia.com/gpu" = ["present:NoSchedule"]

                [settings.ntp]
                time-servers = ["169.254.169.123"]

                """
        )
    }

    @Test("an operator's own text has our values in its places")
    func cloudInit() throws {
        let own = "#cloud-config\nruncmd:\n- join {{cluster}} {{endpoint}} '{{labels}}' '{{taints}}'\n"
        #expect(
            try data(.cloudInit).text(own: own)
                == "#cloud-config\nruncmd:\n- join training \(Self.access.endpoint) 'a=b,gleaner.dev/pool=gpu' "
                + "'gleaner.dev/starting=:NoSchedule,nvidia.com/gpu=present:NoSchedule'\n"
        )
    }

    @Test(
        "user data that cannot work is refused, with the way out and without its text",
        arguments: [
            (.nodeadm, nil, nil, "aws.cluster"),
            (.bottlerocket, nil, nil, "aws.cluster"),
            (.cloudInit, nil, Self.access, "userDataFile"),
            (.cloudInit, "#!/bin/sh secret {{labels}}", Self.access, "{{taints}}"),
            (.cloudInit, "{{labels}} {{taints}} {{endpoint}}", nil, "aws.cluster"),
            (.nodeadm, "secret: what is this", Self.access, "give one of them"),
            (.eksBootstrap, "MIME-Version: 1.0\n#!secret", Self.access, "multipart"),
            (.bottlerocket, "[settings.kubernetes]\ncluster-name = \"secret\"", Self.access, "cluster-name"),
            (.bottlerocket, "[settings.kubernetes.node-labels]\n\"secret\" = \"b\"", Self.access, "node-labels"),
            (.bottlerocket, "motd = \"secret\"", Self.access, "[settings.ntp]"),
            (.eksBootstrap, "#!/bin/sh\n" + String(repeating: "secret", count: 3000), Self.access, "16384"),
        ] as [(NodeSettings.Bootstrap, String?, NodeSettings.ClusterAccess?, String)]
    )
    func refusals(
        _ bootstrap: NodeSettings.Bootstrap,
        _ own: String?,
        _ access: NodeSettings.ClusterAccess?,
        _ wayOut: String
    ) {
        let error = #expect(throws: UserDataError.self) { try data(bootstrap, access: access).text(own: own) }
        let message = error?.description ?? ""
        #expect(message.contains(wayOut))
        #expect(!message.contains("secret"))
    }

    @Test("what is no user data of ours says nothing of labels")
    func foreign() {
        #expect(UserData(base64: "not base64") == nil)
        #expect(reread("#!/bin/sh\necho hello") == nil)
        for length in 0..<40 {
            _ = reread(String("[settings.kubernetes.node-taints]\n\"k\" = [\"v:NoSch".prefix(length)))
        }
    }
}
