import Foundation
import Model
import Testing

@Suite struct ResourcesTests {
    func resources(_ amounts: [String: String]) throws -> Resources {
        Resources(try amounts.mapValues { try #require(Quantity($0)) })
    }

    @Test("what is absent counts as zero, and zero as absent")
    func zero() throws {
        var some = try resources(["cpu": "1", "memory": "0"])
        #expect(some == Resources(["cpu": Quantity(1)]))
        #expect(some["memory"] == .zero)
        some["cpu"] = .zero
        #expect(some == Resources())
        let whole = try resources(["cpu": "2"])
        #expect(whole - whole == Resources())
    }

    @Test("fits when every amount is free")
    func fits() throws {
        let free = try resources(["cpu": "4", "memory": "16Gi", "nvidia.com/gpu": "1"])
        #expect(try resources(["cpu": "4", "nvidia.com/gpu": "1"]).fits(in: free))
        #expect(Resources().fits(in: Resources()))
        let large = try resources(["cpu": "4001m", "memory": "1Gi", "amd.com/gpu": "1"])
        #expect(!large.fits(in: free))
        #expect(large.lacking(in: free) == ["amd.com/gpu", "cpu"])
        #expect(free.lacking(in: free) == [])
    }

    @Test("nothing fits where more is held than there is, except what asks for nothing of it")
    func overcommitted() throws {
        let free = try resources(["cpu": "1"]) - resources(["cpu": "2"])
        #expect(try !resources(["cpu": "1m"]).fits(in: free))
        #expect(Resources().fits(in: free))
    }

    @Test("adds, subtracts and takes the larger name by name")
    func arithmetic() throws {
        let left = try resources(["cpu": "1", "memory": "2"])
        let right = try resources(["cpu": "3", "pods": "1"])
        #expect(try left + right == resources(["cpu": "4", "memory": "2", "pods": "1"]))
        #expect(try left - right == resources(["cpu": "-2", "memory": "2", "pods": "-1"]))
        #expect(try left.maximum(right) == resources(["cpu": "3", "memory": "2", "pods": "1"]))
        var sum = left
        sum += right
        sum -= right
        #expect(sum == left)
    }

    @Test("accelerators of every vendor count")
    func accelerators() throws {
        #expect(try resources(["nvidia.com/gpu": "8", "cpu": "96"]).accelerators == 8)
        #expect(try resources(["amd.com/gpu": "2", "habana.ai/gaudi": "1"]).accelerators == 3)
        #expect(Resources().accelerators == 0)
    }

    @Test("survives JSON")
    func json() throws {
        let some = try resources(["cpu": "1500m", "memory": "16Gi"])
        let data = try JSONEncoder().encode(some)
        #expect(try JSONDecoder().decode(Resources.self, from: data) == some)
    }
}
