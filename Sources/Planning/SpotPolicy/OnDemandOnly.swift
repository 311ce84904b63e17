/// Never takes spot capacity: what the others save is reckoned from its cost.
package struct OnDemandOnly: SpotPolicy {
    package init() {}

    package func choose(_ question: SpotQuestion) -> SpotPlacement { .onDemand }
}
