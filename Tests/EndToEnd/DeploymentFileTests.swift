import Foundation
import Kubernetes
import Testing

extension EndToEnd {
    @Suite("Deployment files")
    struct DeploymentFileTests {
        private static let folder = Program.package.appending(path: "deploy/kubernetes")

        private func objects(_ file: String) throws -> [JSON] {
            var result: [JSON] = []
            try Manifests.read(path: Self.folder.appending(path: file).path()) { result.append($0.json) }
            return result
        }

        private func podSpec(_ file: String, _ kind: String) throws -> JSON {
            let object = try #require(try objects(file).first { $0["kind"].string == kind })
            return object.at("spec", "template", "spec")
        }

        /// What the profile "restricted" refuses: https://kubernetes.io/docs/concepts/security/pod-security-standards/
        private func violations(_ spec: JSON) -> [String] {
            var result: [String] = []
            let pod = spec["securityContext"]
            if pod["runAsNonRoot"].bool != true { result.append("runAsNonRoot") }
            if pod["runAsUser"].integer ?? 0 == 0 { result.append("runAsUser") }
            if pod.at("seccompProfile", "type") != "RuntimeDefault" { result.append("seccompProfile") }
            for name in ["hostNetwork", "hostPID", "hostIPC"] where spec[name].bool == true { result.append(name) }
            let allowed: Set = [
                "configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected",
                "secret",
            ]
            for volume in spec["volumes"].elements {
                result += volume.fields.keys.filter { $0 != "name" && !allowed.contains($0) }.sorted()
            }
            for container in spec["initContainers"].elements + spec["containers"].elements {
                let context = container["securityContext"]
                if context["allowPrivilegeEscalation"].bool != false { result.append("allowPrivilegeEscalation") }
                if context.at("capabilities", "drop") != ["ALL"] { result.append("capabilities") }
                if !context.at("capabilities", "add").isNull { result.append("added capabilities") }
                if context["privileged"].bool == true { result.append("privileged") }
                if context["readOnlyRootFilesystem"].bool != true { result.append("readOnlyRootFilesystem") }
                if container["ports"].elements.contains(where: { !$0["hostPort"].isNull }) { result.append("hostPort") }
            }
            return result
        }

        @Test("the service keeps to the restricted profile, the agent but for its node's network")
        func security() throws {
            #expect(try violations(podSpec("deployment.yaml", "Deployment")) == [])
            #expect(try violations(podSpec("agent/agent.yaml", "DaemonSet")) == ["hostNetwork"])
            var loose = try podSpec("deployment.yaml", "Deployment")
            loose["securityContext"]["runAsNonRoot"] = false
            #expect(violations(loose) == ["runAsNonRoot"])
            let namespace = try #require(try objects("rbac.yaml").first { $0["kind"] == "Namespace" })
            #expect(namespace.at("metadata", "labels", "pod-security.kubernetes.io/enforce") == "restricted")
        }

        @Test("one pod has the journal: it is gone before the next one starts")
        func journal() throws {
            let deployment = try #require(try objects("deployment.yaml").first)
            #expect(deployment.at("spec", "replicas") == 1)
            #expect(deployment.at("spec", "strategy", "type") == "Recreate")
            let claim = try #require(try objects("journal.yaml").first)
            let volumes = deployment.at("spec", "template", "spec", "volumes").elements
            #expect(volumes.contains { $0.at("persistentVolumeClaim", "claimName") == claim.at("metadata", "name") })
        }

        @Test("the options that they name are known", arguments: ["deployment.yaml", "agent/agent.yaml"])
        func options(file: String) async throws {
            let kind = file.hasPrefix("agent") ? "DaemonSet" : "Deployment"
            let words = try podSpec(file, kind)["containers"][0]["args"].elements.compactMap(\.string)
            let scene = try Scene()
            let help = try await Program.run([words[0], "--help"], folder: scene.folder)
            #expect(help.status == 0)
            for option in words.dropFirst() {
                let name = option.prefix { $0 != "=" }
                #expect(help.output.contains("\(name) <"), "\(words[0]) has no \(name)")
            }
        }

        @Test("the configuration to begin with is good, and buys nothing")
        func configuration() async throws {
            let scene = try Scene()
            let path = Self.folder.appending(path: "gleaner.yaml").path()
            let outcome = try await Program.run(["check-config", path], folder: scene.folder)
            #expect(outcome.status == 0, "\(outcome.errors)")
            #expect(try String(contentsOfFile: path, encoding: .utf8).contains("\ndryRun: true\n"))
        }

        @Test("the first workload keeps the contract, in its manifest and when it is run")
        func firstJob() async throws {
            let scene = try Scene()
            let outcome = try await Program.run(
                ["check-job", "-f", "deploy/kubernetes/first-job.yaml", "--run-command", "--after", "1s"],
                folder: scene.folder,
                within: 120
            )
            #expect(outcome.status == 0, "\(outcome.output)\(outcome.errors)")
            #expect(outcome.output.contains("Job default/first: nothing is missing"))
            #expect(outcome.output.contains("exited with 143"))
        }

        @Test("image, user and ports are the same everywhere")
        func agreement() throws {
            let container = try String(
                contentsOf: Program.package.appending(path: "deploy/Containerfile"),
                encoding: .utf8
            )
            let service = try podSpec("deployment.yaml", "Deployment")
            let agent = try podSpec("agent/agent.yaml", "DaemonSet")
            for spec in [service, agent] {
                let user = try #require(spec.at("securityContext", "runAsUser").integer)
                #expect(container.contains("USER \(user):\(user)\n"))
                #expect(spec["containers"][0]["image"] == "gleaner")
            }
            let port = try #require(try objects("service.yaml").first).at("spec", "ports")[0]["port"]
            #expect(service["containers"][0]["ports"][0]["containerPort"] == port)
            let arguments = agent["containers"][0]["args"].elements
            #expect(arguments.contains("--service=https://gleaner.gleaner.svc:\(port)"))
            let images = try ["kustomization.yaml", "agent/kustomization.yaml"].map {
                try String(contentsOf: Self.folder.appending(path: $0), encoding: .utf8)
                    .split(separator: "images:").last ?? ""
            }
            #expect(images[0] == images[1])
        }
    }
}
