import Kubernetes
import Simulation
import Testing

@Suite("Patches")
struct PatchTests {
    @Test("a merge patch follows RFC 7396")
    func merge() throws {
        let target: JSON = ["title": "Goodbye!", "author": ["given": "John", "family": "Doe"], "tags": ["a", "b"]]
        let patch: JSON = [
            "title": "Hello!", "author": ["family": .null], "tags": ["c"], "phone": ["x": .null, "y": 1],
        ]
        #expect(
            try Patch.merge(patch).applied(to: target)
                == ["title": "Hello!", "author": ["given": "John"], "tags": ["c"], "phone": ["y": 1]]
        )
    }

    @Test("a JSON patch adds, replaces, removes, tests, moves and copies")
    func json() throws {
        let target: JSON = ["a": ["b/c": [1, 2, 3]], "x~y": "z"]
        let patch: JSON = [
            ["op": "test", "path": "/a/b~1c/0", "value": 1], ["op": "add", "path": "/a/b~1c/1", "value": 9],
            ["op": "add", "path": "/a/b~1c/-", "value": 4], ["op": "remove", "path": "/a/b~1c/0"],
            ["op": "replace", "path": "/x~0y", "value": "w"], ["op": "copy", "from": "/x~0y", "path": "/copy"],
            ["op": "move", "from": "/copy", "path": "/moved"],
        ]
        #expect(try Patch.json(patch).applied(to: target) == ["a": ["b/c": [9, 2, 3, 4]], "x~y": "w", "moved": "w"])
    }

    @Test(
        "a JSON patch that does not fit is refused",
        arguments: [
            [["op": "test", "path": "/a", "value": 2]], [["op": "remove", "path": "/b"]],
            [["op": "replace", "path": "/b", "value": 1]], [["op": "add", "path": "/b/c", "value": 1]],
            [["op": "add", "path": "/l/5", "value": 1]], [["op": "add", "path": "/l/01", "value": 1]],
            [["op": "turn", "path": "/a"]], [["op": "add", "path": "a", "value": 1]], ["op": "add"],
        ] as [JSON]
    )
    func refused(patch: JSON) {
        #expect(throws: Patch.Failure.self) { try Patch.json(patch).applied(to: ["a": 1, "l": []]) }
    }

    @Test("a strategic merge patch merges the lists that have keys and replaces the others")
    func strategic() throws {
        let target: JSON = [
            "spec": [
                "containers": [["name": "a", "image": "1", "env": [["name": "X", "value": "1"]]], ["name": "b"]],
                "taints": [["key": "k", "effect": "NoSchedule"]], "tolerations": [["key": "t"]],
            ],
            "metadata": ["finalizers": ["f"]],
        ]
        let patch: JSON = [
            "spec": [
                "$setElementOrder/containers": [["name": "a"], ["name": "c"]],
                "containers": [
                    ["name": "a", "image": "2", "env": [["name": "Y", "value": "2"]]],
                    ["name": "b", "$patch": "delete"], ["name": "c"],
                ],
                "taints": [["$patch": "replace"], ["key": "n", "effect": "NoExecute"]],
                "tolerations": [["key": "u"]],
            ],
            "metadata": ["finalizers": ["g"], "$deleteFromPrimitiveList/finalizers": ["f"]],
        ]
        #expect(
            try Patch.strategic(patch).applied(to: target) == [
                "spec": [
                    "containers": [
                        [
                            "name": "a", "image": "2",
                            "env": [["name": "X", "value": "1"], ["name": "Y", "value": "2"]],
                        ],
                        ["name": "c"],
                    ],
                    "taints": [["key": "n", "effect": "NoExecute"]], "tolerations": [["key": "u"]],
                ],
                "metadata": ["finalizers": ["g"]],
            ]
        )
    }

    @Test("directives for whole maps: replace, delete, retain")
    func directives() throws {
        let target: JSON = ["m": ["a": 1, "b": 2], "n": ["a": 1], "o": ["a": 1, "b": 2]]
        let patch: JSON = [
            "m": ["$patch": "replace", "c": 3], "n": ["$patch": "delete"], "o": ["$retainKeys": ["b", "c"], "c": 3],
        ]
        #expect(try Patch.strategic(patch).applied(to: target) == ["m": ["c": 3], "o": ["b": 2, "c": 3]])
    }
}

@Suite("RFC 3339")
struct RFC3339Tests {
    @Test("times go to text and back, with fractions and offsets")
    func times() {
        #expect(RFC3339.string(0) == "1970-01-01T00:00:00Z")
        #expect(RFC3339.string(951_782_399_000) == "2000-02-28T23:59:59Z")
        #expect(RFC3339.string(951_782_400_000) == "2000-02-29T00:00:00Z")
        #expect(RFC3339.microseconds(1_763_700_000_250) == "2025-11-21T04:40:00.250000Z")
        #expect(RFC3339.milliseconds("2025-11-21T04:40:00.250999Z") == 1_763_700_000_250)
        #expect(RFC3339.milliseconds("2025-11-21T06:40:00+02:00") == 1_763_700_000_000)
        for time in stride(from: Int64(-5_000_000_000_000), to: 9_000_000_000_000, by: 86_400_000 * 37 + 12_345_000) {
            #expect(RFC3339.milliseconds(RFC3339.string(time)) == time)
        }
        for text in ["", "2025-11-21", "2025-11-21T04:40:00", "2025-13-21T04:40:00Z", "2025-11-21T04:40:00.Z"] {
            #expect(RFC3339.milliseconds(text) == nil)
        }
    }
}
