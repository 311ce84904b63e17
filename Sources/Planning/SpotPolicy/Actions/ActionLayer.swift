/// The values of all actions for one amount of work left, by slack and then by the states of the pools.
final class ActionLayer {
    let states: Int
    private let memory: UnsafeMutablePointer<Float>
    private let slacks: Int

    init(slacks: Int, states: Int) {
        self.slacks = slacks
        self.states = states
        memory = .allocate(capacity: 5 * slacks * states)
        memory.initialize(repeating: ActionTable.never, count: 5 * slacks * states)
    }

    deinit { memory.deallocate() }

    /// Of one action at one slack.
    func values(_ action: ActionTable.Action, slack: Int) -> UnsafeMutablePointer<Float> {
        memory + (action.rawValue * slacks + slack) * states
    }

    /// Of who runs nowhere and does what is best then.
    func idle(slack: Int) -> UnsafeMutablePointer<Float> { memory + (4 * slacks + slack) * states }

    /// Makes everything cost the same.
    func fill(with value: Float) { memory.update(repeating: value, count: 5 * slacks * states) }
}
