import Foundation
import Simulation
import Testing

extension EndToEnd {
    @Suite("What cannot work is said, with its place")
    struct BadInputTests {
        /// Nothing listens on the discard port of loopback.
        static let nowhere = "http://127.0.0.1:9"

        @Test("check-config names the line, and exits with 2")
        func checkConfig() async throws {
            let scene = try Scene()
            let good = try String(contentsOf: Program.package.appending(path: "config/demo.yaml"), encoding: .utf8)
            let key = try scene.write("key.yaml", good.replacing("idleTimeout:", with: "idleTimout:"))
            let unit = try scene.write("unit.yaml", good.replacing("planningWindow: 10s", with: "planningWindow: 10"))
            // The file is looked for beside the configuration.
            let lost = try scene.write(
                "lost.yaml",
                good.replacing("  imageID:", with: "  userDataFile: no-such-boot.sh\n  imageID:")
            )
            for (file, message) in [
                (lost, ": pools[0].node.userDataFile: the user data \(scene.path("no-such-boot.sh")) cannot be read"),
                (key, #": idleTimout: is not a known key; did you mean "idleTimeout"?"#),
                (unit, ": planningWindow: 10 has no unit; write 10s"),
                (scene.path("none.yaml"), "none.yaml: there is no such file"),
            ] {
                let outcome = try await Program.run(["check-config", file], folder: scene.folder)
                #expect(outcome.status == 2)
                #expect(outcome.errors.hasPrefix(file))
                #expect(outcome.errors.contains(message), "\(outcome.errors)")
                #expect(outcome.output.isEmpty)
            }
            let outcome = try await Program.run(["check-config", "config/demo.yaml"], folder: scene.folder)
            #expect(outcome.status == 0, "\(outcome.errors)")
        }

        @Test(
            "serve ends with 2 for a wrong configuration, with 1 for the rest, within seconds",
            .timeLimit(.minutes(2))
        )
        func serve() async throws {
            let scene = try Scene()
            try await scene.startWorld(arrivals: [])
            let world = try scene.world
            let good = try String(contentsOf: Program.package.appending(path: "config/demo.yaml"), encoding: .utf8)
            let kubeconfig = try String(contentsOfFile: world.kubeconfig, encoding: .utf8)
            let credentials = try String(contentsOfFile: world.credentials, encoding: .utf8)
            let wrongKey = try scene.write("key.yaml", good.replacing("teams:", with: "taems:"))
            let otherTypes = try scene.write("types.yaml", good.replacing("xlarge", with: "xlarge9"))
            let noServer = try scene.write(
                "nowhere",
                kubeconfig.replacing(world.kubernetes, with: Self.nowhere)
            )
            let wrongSecret = try scene.write(
                "credentials.wrong",
                credentials.replacing("aws_secret_access_key = ", with: "aws_secret_access_key = x")
            )
            let taken = try #require(URL(string: world.cloud)?.port)

            try await expect(
                scene,
                ["--config": scene.path("none.yaml")],
                status: 2,
                "none.yaml: there is no such file"
            )
            try await expect(scene, ["--config": wrongKey], status: 2, "taems: is not a known key")
            #expect(!FileManager.default.fileExists(atPath: scene.path("journal.sqlite")))
            try await expect(scene, ["--journal": scene.path("none/journal")], status: 1, "none does not exist")
            try await expect(scene, ["--kubeconfig": noServer], status: 1, "the cluster at \(Self.nowhere): ")
            try await expect(scene, ["--kubeconfig": scene.path("none")], status: 1, "none: cannot be read")
            try await expect(scene, ["--clock": Self.nowhere], status: 1, "--clock \(Self.nowhere): ")
            try await expect(scene, ["--listen": "here"], status: 1, "--listen here: must be ADDRESS:PORT")
            #expect(!FileManager.default.fileExists(atPath: scene.path("journal.sqlite")))
            try await expect(scene, ["--listen": "127.0.0.1:\(taken)"], status: 1, "127.0.0.1:\(taken) is in use")
            try await expect(scene, ["--config": otherTypes], status: 1, "g5.xlarge9")
            try await expect(
                scene,
                environment: ["AWS_ENDPOINT_URL": Self.nowhere],
                status: 1,
                "ec2.DescribeInstanceTypes: \(Self.nowhere) refused the connection"
            )
            try await expect(
                scene,
                environment: ["AWS_SHARED_CREDENTIALS_FILE": wrongSecret],
                status: 1,
                "SignatureDoesNotMatch"
            )
            #expect(try await scene.status().launches.isEmpty)
        }

        private func expect(
            _ scene: Scene,
            _ changes: [String: String?] = [:],
            environment: [String: String] = [:],
            status: Int32,
            _ message: String
        ) async throws {
            let outcome = try await Program.run(
                scene.serviceArguments(changes),
                environment: scene.serviceEnvironment.merging(environment) { $1 },
                folder: scene.folder,
                within: 15
            )
            #expect(outcome.status == status, "\(outcome.errors)")
            #expect(outcome.errors.contains(message), "\(outcome.errors)")
            #expect(outcome.output.isEmpty)
        }

        @Test(
            "demo says what is wrong with its files and options before anything starts",
            arguments: [
                (["--world", "none.yaml"], 2, "none.yaml"),
                (["--config", "none.yaml"], 2, "none.yaml: there is no such file"),
                (["--listen", "here"], 1, "--listen here: must be ADDRESS:PORT"),
                (["--trace", "p3.16xlarge"], 2, "--trace p3.16xlarge: must be TYPE/ZONE/CAPACITY-TYPE=FILE"),
                (["--trace", "*/*/spot=none.json"], 2, "--trace none.json: cannot be read"),
                (["--speed", "0"], 1, "--speed 0.0: must be from 1 to 1000000"),
            ] as [([String], Int32, String)]
        )
        func demo(options: [String], status: Int32, message: String) async throws {
            let scene = try Scene()
            let outcome = try await Program.run(["demo", "--once"] + options, folder: scene.folder)
            #expect(outcome.status == status, "\(outcome.errors)")
            #expect(outcome.errors.contains(message), "\(outcome.errors)")
            #expect(outcome.output.isEmpty)
        }

        @Test("a world says which node it cannot take back, and asks for one")
        func interruptions() async throws {
            let scene = try Scene()
            try await scene.startWorld(arrivals: [])
            #expect(try await scene.post(scene.world.interruptions) == 400)
            #expect(try await scene.post("\(scene.world.interruptions)?node=ip-10-0-0-1.ec2.internal") == 404)
        }

        @Test(
            "serve lets no stranger in and no token out; an agent sends none in the clear",
            arguments: [
                (
                    ["serve", "--config", "config/demo.yaml", "--listen", "0.0.0.0:0"],
                    "add --authentication kubernetes"
                ),
                (["serve", "--config", "config/demo.yaml", "--listen", "[::]:0"], "add --authentication kubernetes"),
                (
                    [
                        "serve", "--config", "config/demo.yaml", "--listen", "0.0.0.0:0", "--authentication",
                        "kubernetes",
                    ],
                    "tokens would cross the network in the clear"
                ),
                (["serve", "--config", "config/demo.yaml", "--tls-key", "k"], "belong together"),
                (
                    ["serve", "--config", "config/demo.yaml", "--token-audience", "a"],
                    "add --authentication kubernetes"
                ),
                (
                    [
                        "serve", "--config", "config/demo.yaml", "--tls-certificate", "none.crt", "--tls-key",
                        "none.key",
                    ],
                    "none.crt cannot be used: it cannot be read"
                ),
                (["demo", "--once", "--listen", "0.0.0.0:0"], "the demo asks nobody who they are"),
                (["agent", "--service", "http://gleaner.example"], "give an https:// URL"),
                (["agent", "--service", "gleaner"], "--service gleaner: the URL is not valid"),
                (["agent", "--metadata-endpoint", "here"], "--metadata-endpoint here: the URL is not valid"),
                (["report", "--server", "http://gleaner.example"], "give an https:// URL"),
            ] as [([String], String)]
        )
        func trust(arguments: [String], message: String) async throws {
            let scene = try Scene()
            let outcome = try await Program.run(
                arguments,
                environment: ["GLEANER_TOKEN": "secret-token"],
                folder: scene.folder
            )
            #expect(outcome.status == 1, "\(outcome.errors)")
            #expect(outcome.errors.contains(message), "\(outcome.errors)")
            #expect(!outcome.errors.contains("secret-token"))
        }

        @Test("an agent ends at once when it is asked to")
        func agentEnds() async throws {
            let scene = try Scene()
            let agent = try scene.start(["agent", "--metadata-endpoint", Self.nowhere])
            for _ in 0..<1000 where !agent.errors.contains("not known yet") {
                try await Task.sleep(for: .milliseconds(20))
            }
            #expect(agent.errors.contains("refused the connection"))
            agent.terminate()
            #expect(try await agent.end().status == 0, "\(agent.errors)")
        }

        @Test("report says that nobody answers")
        func report() async throws {
            let scene = try Scene()
            let outcome = try await Program.run(["report", "--server", Self.nowhere], folder: scene.folder)
            #expect(outcome.status == 1)
            #expect(outcome.errors.contains("\(Self.nowhere) refused the connection"), "\(outcome.errors)")
        }
    }
}
