import Foundation
import Testing

@testable import Planning

@Suite("Tables of what actions cost")
struct ActionTableTests {
    private static func lattice(ratios: [Double], waitingPrice: Double = 0) -> ActionLattice {
        let pools = ratios.map { SpotQuestion.Pool(isUp: true, spellAge: 0, priceRatio: $0) }
        var question = SpotQuestion.hours(timeLeft: 60, pools: pools)
        question.waitingPrice = waitingPrice
        return ActionLattice(ActionTerms(question, pools: Array(ratios.indices)))
    }

    private static func place(
        _ grid: ActionGrid,
        work: Double,
        slack: Double,
        first: GridPlace = SpellState.place(isUp: true, age: 1),
        second: GridPlace = GridPlace(index: 0, weight: 0)
    ) -> ActionTable.Place {
        ActionTable.Place(
            work: GridPlace(of: work, on: grid.workKept),
            slack: GridPlace(of: slack, on: grid.slackKept),
            first: first,
            second: second
        )
    }

    private static func only(_ lattice: ActionLattice) throws -> ActionTable {
        let corners = lattice.corners(up: 0.95, down: 1.1)
        #expect(corners.count == 1 && abs(corners[0].weight - 1) < 1e-9)
        return try #require(corners.first).table
    }

    @Test("places on a grid are linear between points, and end where it ends")
    func places() {
        let grid = [0, 1, 3.0]
        for (value, index, weight) in [(-1, 0, 0), (0, 0, 0), (0.25, 0, 0.25), (1, 1, 0), (2, 1, 0.5), (9, 1, 1.0)] {
            let place = GridPlace(of: value, on: grid)
            #expect(place.index == index && abs(place.weight - weight) < 1e-12)
        }
        #expect(GridPlace(of: .infinity, on: grid).weight == 1)
    }

    @Test("a spell lasts or ends, and its states keep all chances and the mean age")
    func steps() {
        let up = SpellHazard(shape: 1.2)
        let down = SpellHazard(shape: 0.7)
        let step = SpellStep(hours: 0.3, up: up, down: down)
        for state in 0..<SpellState.count {
            let weights = step.weights[state]
            #expect(abs(weights.sum() - 1) < 1e-6)
            let age = SpellState.ages[state % SpellState.ages.count]
            let hazard = SpellState.isUp(state) ? up : down
            let lasting = 1 - Double(weights[2])
            #expect(abs(lasting - hazard.survival(fromAge: age, to: age + 0.3)) < 1e-6)
            #expect(SpellState.isUp(Int(step.targets[state][2])) != SpellState.isUp(state))
            guard age + 0.3 < 40 else { continue }
            let ages = (0...1).map { index in
                Double(weights[index]) * SpellState.ages[Int(step.targets[state][index]) % SpellState.ages.count]
            }
            #expect(abs(ages.reduce(0, +) / lasting - age - 0.3) < 1e-4)
        }
    }

    @Test("beside a pool with capacity another one comes back sooner, by whichever of the two it is told")
    func company() {
        let hazard = SpellHazard(shape: 1)
        let two = PoolSteps(hours: 0.5, up: hazard, down: hazard, areTwo: true)
        let fresh = SpellState.fresh(isUp: false)
        let chances = [two.beside(false), two.alone, two.beside(true)].map { $0.weights[fresh][2] }
        #expect(chances[0] < chances[1] && chances[1] < chances[2])
        let running = SpellState.fresh(isUp: true)
        #expect(two.beside(false).weights[running] == two.beside(true).weights[running])
        let one = PoolSteps(hours: 0.5, up: hazard, down: hazard, areTwo: false)
        #expect(one.alone.weights[fresh] == two.alone.weights[fresh])
    }

    @Test("two pools at the same price are worth the same, whichever of them is in whichever state")
    func symmetry() throws {
        let lattice = Self.lattice(ratios: [0.3, 0.3])
        let table = try Self.only(lattice)
        let states = [(false, 0.2), (false, 5), (true, 0), (true, 3)].map(SpellState.place)
        let twins: [(ActionTable.Action, ActionTable.Action)] = [
            (.first, .second), (.wait, .wait), (.onDemand, .onDemand),
        ]
        for work in [2.0, 12, 40] {
            for slack in [0.5, 2, 12.0] {
                for one in states {
                    for other in states {
                        let here = Self.place(lattice.grid, work: work, slack: slack, first: one, second: other)
                        let there = Self.place(lattice.grid, work: work, slack: slack, first: other, second: one)
                        for (action, twin) in twins {
                            let value = table.value(of: action, at: here)
                            #expect(abs(value - table.value(of: twin, at: there)) <= 0.01 * value)
                        }
                    }
                }
            }
        }
    }

    @Test("without slack it runs through on demand, and what is left costs itself")
    func noSlack() throws {
        let lattice = Self.lattice(ratios: [0.3])
        let table = try Self.only(lattice)
        for work in [1.0, 5, 20, 48] {
            let place = Self.place(lattice.grid, work: work, slack: 0)
            #expect(abs(table.value(of: .onDemand, at: place) - work) < 0.03 * work)
            #expect(table.value(of: .wait, at: place) > 1e6)
        }
    }

    @Test("less work, more slack and an older spell of capacity never cost more")
    func monotone() throws {
        let lattice = Self.lattice(ratios: [0.3])
        let table = try Self.only(lattice)
        func value(_ work: Double, _ slack: Double, _ age: Double) -> Double {
            table.value(
                of: .first,
                at: Self.place(
                    lattice.grid,
                    work: work,
                    slack: slack,
                    first: SpellState.place(isUp: true, age: age)
                )
            )
        }
        for work in [0.5, 2, 8, 24, 47] {
            for slack in [0.3, 0.6, 1, 3, 10, 40] {
                for age in [0, 0.3, 2, 10, 40.0] {
                    let cost = value(work, slack, age)
                    #expect(cost >= 0.3 * work - 0.01 && cost <= work + 0.01)
                    #expect(value(work * 0.9, slack, age) <= cost + 1e-3)
                    #expect(value(work, slack * 1.2, age) <= cost + 1e-3)
                    #expect(value(work, slack, age * 1.5 + 0.2) <= cost + 1e-3)
                }
            }
        }
    }

    @Test("a second pool that has no capacity for a long time to come changes next to nothing, and one at hand helps")
    func second() throws {
        let one = Self.lattice(ratios: [0.3])
        let two = Self.lattice(ratios: [0.3, 0.35])
        let (single, pair) = (try Self.only(one), try Self.only(two))
        for work in [4.0, 16, 40] {
            for slack in [1.0, 4, 16] {
                let alone = single.value(of: .first, at: Self.place(one.grid, work: work, slack: slack))
                func beside(_ second: GridPlace) -> Double {
                    pair.value(of: .first, at: Self.place(two.grid, work: work, slack: slack, second: second))
                }
                let gone = beside(SpellState.place(isUp: false, age: 40))
                #expect(gone <= alone + 0.05 * work && gone >= 0.8 * alone)
                #expect(beside(SpellState.place(isUp: true, age: 16)) < gone)
            }
        }
    }

    @Test("two pools that are alike can change places")
    func symmetric() throws {
        let lattice = Self.lattice(ratios: [0.3, 0.3])
        let table = try Self.only(lattice)
        let young = SpellState.place(isUp: true, age: 0.2)
        let old = SpellState.place(isUp: true, age: 5)
        for slack in [0.5, 2, 12] {
            let place = Self.place(lattice.grid, work: 20, slack: slack, first: young, second: old)
            let turned = Self.place(lattice.grid, work: 20, slack: slack, first: old, second: young)
            // The order in which starts are tried is all that differs.
            #expect(abs(table.value(of: .first, at: place) - table.value(of: .second, at: turned)) < 0.02)
            #expect(abs(table.value(of: .wait, at: place) - table.value(of: .wait, at: turned)) < 0.02)
        }
    }

    @Test("what waiting costs is paid for every hour until the work is done")
    func waitingPrice() throws {
        let free = Self.lattice(ratios: [0.3])
        let priced = Self.lattice(ratios: [0.3], waitingPrice: 0.5)
        let place = Self.place(free.grid, work: 20, slack: 0)
        let more =
            try Self.only(priced).value(of: .onDemand, at: place) / Self.only(free).value(of: .onDemand, at: place)
        #expect(abs(more - 1.5) < 0.01)
    }

    @Test("shapes between those of tables are interpolated, those beyond count as the last")
    func corners() {
        let lattice = Self.lattice(ratios: [0.3])
        for (up, down, count) in [(0.8, 1.3, 4), (0.95, 1.3, 2), (0.01, 99, 1)] {
            let corners = lattice.corners(up: up, down: down)
            #expect(corners.count == count)
            #expect(abs(corners.map(\.weight).reduce(0, +) - 1) < 1e-9)
        }
    }

    @Test("terms that hardly differ share their tables")
    func terms() {
        func terms(_ changeover: Double, _ ratio: Double, _ largest: Double) -> ActionTerms {
            var question = SpotQuestion.hours(timeLeft: 60, changeover: changeover, pools: [.up(0, ratio: ratio)])
            question.largestChangeover = largest * 3600
            return ActionTerms(question, pools: [0])
        }
        #expect(terms(0.19, 0.3, 0.19) == terms(0.195, 0.304, 0.195))
        #expect(terms(0.2, 0.3, 0.2) != terms(0.25, 0.3, 0.25))
        #expect(terms(0.2, 0.3, 0.2) != terms(0.2, 0.35, 0.2))
        #expect(terms(0.2, 0.3, 0.2) != terms(0.2, 0.3, 0.3))
        #expect(terms(0, 0, 0).changeover > 0)
    }
}

@Suite("Tables that policies share")
struct ActionTablesTests {
    private func terms(_ changeover: Double) -> ActionTerms {
        ActionTerms(.hours(timeLeft: 60, changeover: changeover, pools: [.up()]), pools: [0])
    }

    @Test("what was asked for last is remembered, what was not for long is forgotten, and all that was reckoned counts")
    func memory() {
        let tables = ActionTables()
        let first = tables.lattice(terms(0.1))
        let second = tables.lattice(terms(0.2))
        _ = first.corners(up: 0.95, down: 1.1)
        _ = second.corners(up: 0.7, down: 1.1)
        #expect(tables.reckoned == 3)
        for index in 1...31 {
            _ = tables.lattice(terms(pow(1.2, Double(index))))
            #expect(tables.lattice(terms(0.1)) === first)
        }
        #expect(tables.lattice(terms(0.2)) !== second)
        #expect(tables.reckoned == 3)
    }

    @Test("two pools have one order, whichever is named first")
    func order() {
        var policy = LeastExpectedCost(sharing: ActionTables())
        let (near, dear) = (SpotQuestion.Pool.up(2, ratio: 0.3), SpotQuestion.Pool.up(9, ratio: 0.4))
        for slack in [1.0, 3, 9, 30] {
            for placement in [SpotPlacement.waiting, .onDemand] {
                func answer(_ pools: [SpotQuestion.Pool]) -> SpotPlacement {
                    policy.choose(.hours(timeLeft: 48 + slack, placement: placement, pools: pools))
                }
                let (one, other) = (answer([near, dear]), answer([dear, near]))
                let turned: [SpotPlacement: SpotPlacement] = [
                    .spot(pool: 0): .spot(pool: 1), .spot(pool: 1): .spot(pool: 0),
                ]
                #expect(turned[one] ?? one == other)
            }
        }
    }
}
