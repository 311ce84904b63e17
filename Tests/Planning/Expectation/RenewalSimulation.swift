import Foundation
import Model

/// SplitMix64, for draws that are the same on every machine.
struct Dice {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    private mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }

    /// Between 0 and 1, exclusive.
    mutating func fraction() -> Double { (Double(next() >> 11) + 0.5) / 9_007_199_254_740_992 }

    mutating func number(_ range: ClosedRange<Double>) -> Double {
        range.lowerBound + fraction() * (range.upperBound - range.lowerBound)
    }

    mutating func seconds(_ range: ClosedRange<Int64>) -> Int64 {
        Int64(number(Double(range.lowerBound)...Double(range.upperBound)))
    }

    /// Until the next event of a Poisson process.
    mutating func wait(rate: Double) -> Double { -log(fraction()) / rate }
}

/// One workload on one spot offering, lived through second by second of a drawn fate: nothing is taken from the formulas.
struct RenewalSimulation {
    struct Course {
        var seconds = 0.0
        var interruptions = 0
        /// Computing that was thrown away, and time that went into saving it.
        var lostSeconds = 0.0
    }

    var start: Double
    var work: Double
    /// Regular checkpoints: after so much work, and for so long.
    var interval: Double?
    var checkpoint = 0.0
    /// When it saves within the notice, how long that takes.
    var saving: Double?
    var ratePerSecond: Double

    func run(_ dice: inout Dice) -> Course {
        var course = Course()
        var durable = 0.0
        while true {
            // A node stands until the cloud takes it.
            let life = dice.wait(rate: ratePerSecond)
            guard life > start else {
                course.seconds += life
                course.interruptions += 1
                continue
            }
            var clock = start
            var done = durable
            var saved = durable
            while done < work {
                let stretch = min(interval ?? .infinity, work - done)
                let isLast = done + stretch >= work
                let step = stretch + (isLast ? 0 : checkpoint)
                if clock + step > life {
                    // Taken within this stretch; with a save within the notice no progress of it is lost.
                    if saving != nil { return resumed(course, clock: clock, life: life, done: done, &dice) }
                    course.lostSeconds += life - clock
                    break
                }
                clock += step
                done += stretch
                // A checkpoint lasts from its end on; the work before the last one is gone without.
                if interval != nil { saved = done } else if done < work { preconditionFailure("no checkpoint") }
            }
            if done >= work {
                course.seconds += clock
                return course
            }
            durable = saved
            course.seconds += life
            course.interruptions += 1
        }
    }

    /// Goes on after an interruption in which everything was saved: what is left starts anew elsewhere.
    private func resumed(_ course: Course, clock: Double, life: Double, done: Double, _ dice: inout Dice) -> Course {
        var rest = self
        // Without regular checkpoints the stretch is all that is left.
        rest.work = work - done - (life - clock)
        var next = rest.run(&dice)
        next.seconds += course.seconds + life + (saving ?? 0)
        next.interruptions += course.interruptions + 1
        next.lostSeconds += course.lostSeconds + (saving ?? 0)
        return next
    }
}
