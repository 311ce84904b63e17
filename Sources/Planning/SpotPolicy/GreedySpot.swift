/// Spot where there is some, else waits, until only on-demand capacity can meet the deadline.
package struct GreedySpot: SpotPolicy {
    package init() {}

    package func choose(_ question: SpotQuestion) -> SpotPlacement {
        LastCall(question).heeded(question.spotOrWaiting, question)
    }
}
