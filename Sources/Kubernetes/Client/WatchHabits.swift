/// How long watches last.
package struct WatchHabits: Sendable {
    /// How long the server keeps one watch open; then it is opened anew where it ended.
    package var seconds: Int
    /// Bookmarks come about once a minute; a connection that is silent for longer is taken for dead and opened anew.
    package var longestSilence: Duration

    package init(seconds: Int = 300, longestSilence: Duration = .seconds(90)) {
        self.seconds = seconds
        self.longestSilence = longestSilence
    }
}
