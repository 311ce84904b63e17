import Kubernetes
import Model

/// Kubelets and what they run.
extension ClusterModel {
    /// Begins to pull images for pods that were bound.
    func startProcesses() {
        for json in store.objects(.pods) {
            guard let uid = json["metadata"]["uid"].string, processes[uid] == nil,
                let node = json["spec"]["nodeName"].string, machineOfNode[node] != nil,
                json["status"]["phase"].string == "Pending", json["metadata"]["deletionTimestamp"].isNull,
                !ProcessDescription.isOutside(json), let pod = decoded(json)
            else { continue }
            let key = joinTraining(pod, json: json)
            processes[uid] = Process(uid: uid, pod: pod.id, node: node, training: key)
            let image = "\(node) \(json["spec"]["containers"][0]["image"].string ?? "")"
            let pull = images.insert(image).inserted ? delays.integer(in: pace.pull) : 2
            schedule(.started(uid: uid), after: .seconds(pull))
        }
    }

    /// The training that a pod works on: its Job's, or when the Job's pods compute apart one of them; a lone pod's own.
    private func joinTraining(_ pod: Pod, json: JSON) -> String {
        let annotations = json["metadata"]["annotations"].strings
        let job = pod.owner.flatMap { $0.kind == "Job" ? store.find(.jobs, in: pod.id.namespace, $0.name) : nil }
        let uid = job?["metadata"]["uid"].string
        let parallelism = Int(job?["spec"]["parallelism"].integer ?? 1)
        let isGang = annotations[Annotation.gang.key] != nil || job?["spec"]["completionMode"].string == "Indexed"
        // Members of several Jobs compute together only where they say so.
        let told = annotations[ProcessDescription.prefix + "members"].flatMap { Int($0) }
        let members = told ?? (job != nil && isGang ? parallelism : 1)
        let isShared = job != nil && (isGang || parallelism == 1)
        let gang = annotations[Annotation.gang.key] ?? ""
        let key =
            told.map { _ in "\(pod.id.namespace)/\(gang)" } ?? uid.map { openTraining(of: $0, isShared: isShared) }
            ?? pod.uid
        let owner = isShared ? PodID(namespace: pod.id.namespace, name: pod.owner?.name ?? "") : pod.id
        var training =
            trainings[key]
            ?? Training(
                description: ProcessDescription(annotations: annotations),
                owner: owner,
                isJob: isShared,
                job: uid,
                members: members
            )
        training.owner = owner
        training.owners.insert(owner)
        training.accelerators =
            annotations[ProcessDescription.prefix + "accelerators"].flatMap { Int64($0) }
            ?? pod.requests.accelerators * Int64(members)
        trainings[key] = training
        return key
    }

    /// The first part of a Job's work that is not done and, when its pods compute apart, that no other works on: what
    /// one pod began, its successor goes on with.
    private func openTraining(of job: String, isShared: Bool) -> String {
        let taken = isShared ? [] : Set(processes.values.map(\.training))
        var number = 0
        while true {
            let key = "\(job)#\(number)"
            if !taken.contains(key), trainings[key]?.isCompleted != true { return key }
            number += 1
        }
    }

    func startContainer(_ uid: String) {
        guard var process = processes[uid], process.phase == .pulling, let training = trainings[process.training] else {
            return
        }
        process.phase = .restoring
        process.startedAt = now
        processes[uid] = process
        let address = machineOfNode[process.node].flatMap { machines[$0]?.address } ?? ""
        modify(.pods, process.pod.namespace, process.pod.name) { pod in
            pod["status"]["phase"] = "Running"
            pod["status"]["startTime"] = .string(self.now.description)
            pod["status"]["hostIP"] = .string(address)
            pod["status"]["podIP"] = .string(address)
            for type in ["Initialized", "PodScheduled"] {
                Conditions.set(type, status: true, in: &pod, now: self.now.milliseconds)
            }
            for type in ["ContainersReady", "Ready"] {
                Conditions.set(type, status: false, in: &pod, now: self.now.milliseconds)
            }
            self.setContainers(of: &pod, ready: false, state: ["running": ["startedAt": .string(self.now.description)]])
        }
        let restore = training.durable > .zero ? training.description.restoreDuration : .seconds(5)
        schedule(.restored(uid: uid), after: restore)
    }

    private func setContainers(of pod: inout JSON, ready: Bool, state: JSON) {
        pod["status"]["containerStatuses"] = .array(
            pod["spec"]["containers"].elements.map { container in
                [
                    "name": container["name"], "image": container["image"], "imageID": "", "restartCount": 0,
                    "ready": .bool(ready), "started": .bool(ready), "state": state,
                ]
            }
        )
    }

    /// The process has read its checkpoint: when all members have, they compute.
    func markRestored(_ uid: String) {
        guard let process = processes[uid], process.phase == .restoring else { return }
        processes[uid]?.phase = .ready
        modify(.pods, process.pod.namespace, process.pod.name) { pod in
            for type in ["ContainersReady", "Ready"] {
                Conditions.set(type, status: true, in: &pod, now: self.now.milliseconds)
            }
            let started = pod["status"]["containerStatuses"][0]["state"]
            self.setContainers(of: &pod, ready: true, state: started)
        }
        trainings[process.training]?.ready.insert(uid)
        startIfComplete(process.training)
    }

    private func startIfComplete(_ key: String) {
        guard var training = trainings[key], training.canStart else { return }
        training.start(at: now)
        trainings[key] = training
        schedule(.done(key, run: training.run), after: training.description.length - training.durable)
        scheduleSnapshot(key, training)
    }

    private func scheduleSnapshot(_ key: String, _ training: Training) {
        let interval = training.description.checkpointInterval
        guard training.description.kind == .training, interval > .zero else { return }
        schedule(.snapshot(key, run: training.run), after: interval)
    }

    /// Takes a snapshot beside the computing; it is durable once it is written.
    func beginSnapshot(_ key: String, run: Int) {
        guard let training = trainings[key], training.run == run, training.computingSince != nil else { return }
        schedule(
            .durable(key, run: run, work: training.progress(at: now), takenAt: now),
            after: training.description.checkpointDuration
        )
        scheduleSnapshot(key, training)
    }

    func finishSnapshot(_ key: String, run: Int, work: Duration, takenAt: Timestamp) {
        guard var training = trainings[key], training.run == run else { return }
        training.durable = max(training.durable, work)
        training.lastCheckpointAt = takenAt
        trainings[key] = training
        announce(training)
    }

    /// Tells the world outside until when all work is durable: on the Job, or on the pod when it has none.
    private func announce(_ training: Training) {
        guard let at = training.lastCheckpointAt else { return }
        for owner in training.isJob ? training.owners.sorted() : [training.owner] {
            modify(training.isJob ? .jobs : .pods, owner.namespace, owner.name) { object in
                object["metadata"]["annotations"][Annotation.lastCheckpoint.key] = .string(at.description)
            }
        }
    }

    /// The work is done: every member ends well.
    func finishWork(_ key: String, run: Int) {
        guard var training = trainings[key], training.run == run, training.computingSince != nil else { return }
        training.progress = training.description.length
        training.computingSince = nil
        training.run += 1
        training.isCompleted = true
        let members = training.ready
        training.ready = []
        trainings[key] = training
        for process in processes.values.filter({ members.contains($0.uid) }).sorted(by: { $0.pod < $1.pod }) {
            exit(process.uid, code: 0, reason: "Completed")
        }
    }

    /// A pod changed: a deletion with grace is a SIGTERM to its process.
    func observePod(_ change: Change) {
        guard let uid = change.object["metadata"]["uid"].string else { return }
        if change.type == .deleted {
            decodedPods[uid] = nil
            outsideProcesses[uid] = nil
            if let process = processes[uid] { lose(process) }
            return
        }
        if ProcessDescription.isOutside(change.object) {
            let isRunning = change.object["status"]["phase"].string == "Running"
            outsideProcesses[uid] = isRunning ? change.object["spec"]["nodeName"].string : nil
            return
        }
        guard !change.object["metadata"]["deletionTimestamp"].isNull, let process = processes[uid] else { return }
        let grace = change.object["metadata"]["deletionGracePeriodSeconds"].integer ?? 30
        if let given = process.graceSeconds, given <= grace { return }
        processes[uid]?.graceSeconds = grace
        terminate(process, graceSeconds: grace)
    }

    private func terminate(_ process: Process, graceSeconds: Int64) {
        if process.phase == .ready {
            processes[process.uid]?.phase = .stopping
            stopComputing(process.training)
            trainings[process.training]?.ready.remove(process.uid)
        }
        let training = trainings[process.training]
        guard training?.unsaved?.contains(process.uid) == true else {
            exit(process.uid, code: training?.description.kind == .notebook ? 0 : 143, reason: "Error")
            return
        }
        schedule(.killed(uid: process.uid), after: .seconds(graceSeconds))
    }

    /// One member was told to stop: with it stop all, and save what they have.
    private func stopComputing(_ key: String) {
        guard let training = trainings[key] else { return }
        let reclaimed = isReclaimed(training)
        for member in (trainings[key]?.stop(at: now, becauseOfReclaim: reclaimed) ?? []).sorted() {
            let run = trainings[key]?.run ?? 0
            schedule(.saved(uid: member, run: run), after: training.description.checkpointDuration)
        }
    }

    /// Whether the cloud takes, or has taken, a machine under one of the members.
    private func isReclaimed(_ training: Training) -> Bool {
        processes.values.contains { process in
            training.ready.contains(process.uid)
                && machineOfNode[process.node].flatMap { machines[$0]?.isWarned } ?? false
        }
    }

    /// A member has saved its part: one that was told to stop ends, another waits for the rest.
    func finishSaving(_ uid: String, run: Int) {
        guard let process = processes[uid], trainings[process.training]?.run == run else { return }
        if trainings[process.training]?.saved(uid, at: now) == true, let training = trainings[process.training] {
            announce(training)
        }
        if process.phase == .stopping { exit(uid, code: 143, reason: "Error") }
        startIfComplete(process.training)
    }

    /// The container has ended by itself or was killed: the kubelet says so, and lets go of the pod if it is deleted.
    func exit(_ uid: String, code: Int64, reason: String) {
        guard let process = processes.removeValue(forKey: uid) else { return }
        forget(process)
        modify(.pods, process.pod.namespace, process.pod.name) { pod in
            pod["status"]["phase"] = code == 0 ? "Succeeded" : "Failed"
            for type in ["ContainersReady", "Ready"] {
                Conditions.set(type, status: false, reason: "PodCompleted", in: &pod, now: self.now.milliseconds)
            }
            let terminated: JSON = [
                "exitCode": .integer(code), "reason": .string(reason), "finishedAt": .string(self.now.description),
                "startedAt": .string((process.startedAt ?? self.now).description),
            ]
            self.setContainers(of: &pod, ready: false, state: ["terminated": terminated])
        }
        settle()
        if let seconds = pace.finishedPods,
            store.find(.pods, in: process.pod.namespace, process.pod.name)?["metadata"]["ownerReferences"].isNull
                == true
        {
            let place = process.pod
            schedule(
                .expired(.pods, namespace: place.namespace, name: place.name, uid: uid),
                after: .seconds(seconds)
            )
        }
        guard let pod = store.find(.pods, in: process.pod.namespace, process.pod.name),
            !pod["metadata"]["deletionTimestamp"].isNull, pod["metadata"]["uid"].string == uid
        else { return }
        _ = store.finalizeDelete(.pods, in: process.pod.namespace, process.pod.name, now: now.milliseconds)
    }

    /// The process is gone without a word.
    func lose(_ process: Process) {
        processes[process.uid] = nil
        forget(process)
    }

    /// A member that has not saved takes what was not durable with it.
    private func forget(_ process: Process) {
        guard var training = trainings[process.training] else { return }
        if training.ready.contains(process.uid) {
            _ = training.stop(at: now, becauseOfReclaim: isReclaimed(training) || isWarned(process))
            training.ready.remove(process.uid)
        }
        if training.unsaved?.contains(process.uid) == true { training.giveUp() }
        trainings[process.training] = training
        startIfComplete(process.training)
    }

    /// Whether a process that could save runs on a machine that is about to be taken back, and nobody has told it yet.
    package var hasUntoldProcess: Bool {
        processes.values.contains { $0.phase == .ready && isWarned($0) }
    }

    /// Whether a kubelet outside still runs a pod on a machine that is about to be taken back: its process needs real
    /// seconds to save, however fast the world runs.
    package var hasOutsideProcessAtRisk: Bool {
        outsideProcesses.values.contains { isWarned(node: $0) }
    }

    private func isWarned(_ process: Process) -> Bool { isWarned(node: process.node) }

    private func isWarned(node: String) -> Bool {
        machineOfNode[node].flatMap { machines[$0]?.isWarned } ?? false
    }
}
