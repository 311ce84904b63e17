#!/usr/bin/env python3
"""A small PyTorch training that can be interrupted at any moment and loses nothing.

It keeps a training job's side of Gleaner's contract:

- On SIGTERM it saves at the next step boundary and exits with 143, or with 0 if it was done: 0 tells Kubernetes that
  the Job is finished.
- On POST /checkpoint it saves at the next step boundary and answers {"step": N, "uri": "..."} once that is durable.
- A checkpoint is whole or not there: it is written beside the last one, synced, and renamed over it.
- It holds everything that the next step depends on: weights, optimizer, the order of the data and the place in it, and
  the state of the random numbers. So an interrupted training ends with the very bits of an uninterrupted one.
"""
import argparse
import hashlib
import http.server
import json
import os
import pathlib
import signal
import sys
import threading
import time


class Stop:
    """Whether this pod was told to stop: a flag without a lock, since a signal comes in the midst of anything."""

    asked = False

    @classmethod
    def ask(cls, number, frame):
        cls.asked = True

    @classmethod
    def wait(cls, seconds):
        """Lets time pass, unless it is told to stop."""
        end = time.monotonic() + seconds
        while not cls.asked and (left := end - time.monotonic()) > 0:
            time.sleep(min(left, 0.05))


# Before anything slow: a SIGTERM while libraries are loaded must not end it in any other way.
signal.signal(signal.SIGTERM, Stop.ask)

import torch  # noqa: E402

INTERRUPTED = 128 + signal.SIGTERM


def say(text):
    print(text, flush=True)


class Training:
    """All that a step reads or changes, and nothing else."""

    def __init__(self, seed, batch):
        torch.set_num_threads(1)
        torch.set_num_interop_threads(1)
        torch.use_deterministic_algorithms(True)
        torch.manual_seed(seed)
        self.order_source = torch.Generator().manual_seed(seed)
        self.inputs, self.labels = spirals(1200, torch.Generator().manual_seed(seed))
        self.batch = batch
        self.model = torch.nn.Sequential(
            torch.nn.Linear(2, 64),
            torch.nn.Tanh(),
            torch.nn.Dropout(0.1),
            torch.nn.Linear(64, 64),
            torch.nn.Tanh(),
            torch.nn.Linear(64, 3),
        )
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=0.01)
        self.schedule = torch.optim.lr_scheduler.StepLR(self.optimizer, step_size=200, gamma=0.7)
        self.order = torch.empty(0, dtype=torch.int64)
        self.place = 0
        self.step = 0

    def advance(self):
        if self.place >= len(self.order):
            self.order = torch.randperm(len(self.inputs), generator=self.order_source)
            self.place = 0
        chosen = self.order[self.place : self.place + self.batch]
        self.place += self.batch
        self.optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(self.model(self.inputs[chosen]), self.labels[chosen])
        loss.backward()
        self.optimizer.step()
        self.schedule.step()
        self.step += 1
        return loss.item()

    def state(self):
        # On GPUs torch.cuda.get_rng_state_all() belongs here as well.
        return {
            "step": self.step,
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "schedule": self.schedule.state_dict(),
            "order": self.order,
            "place": self.place,
            "order_source": self.order_source.get_state(),
            "random": torch.get_rng_state(),
        }

    def restore(self, state):
        self.step = state["step"]
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.schedule.load_state_dict(state["schedule"])
        self.order = state["order"]
        self.place = state["place"]
        self.order_source.set_state(state["order_source"])
        torch.set_rng_state(state["random"])

    def digest(self):
        """Of the weights' bytes."""
        sha = hashlib.sha256()
        for name, values in self.model.state_dict().items():
            sha.update(name.encode())
            sha.update(values.numpy().tobytes())
        return sha.hexdigest()


def spirals(count, source):
    """Three arms of a noisy spiral: the points, and which arm each belongs to."""
    labels = torch.arange(count) % 3
    radius = torch.rand(count, generator=source)
    angle = 5 * radius + labels * 2 * torch.pi / 3 + 0.15 * torch.randn(count, generator=source)
    return torch.stack([radius * torch.cos(angle), radius * torch.sin(angle)], dim=1), labels


class Checkpoints:
    """One checkpoint in a folder that outlives the pod: the last one."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder).resolve()
        self.path = self.folder / "checkpoint.pt"
        self.saved_step = None
        self.folder.mkdir(parents=True, exist_ok=True)

    @property
    def uri(self):
        return self.path.as_uri()

    def load(self, training):
        # One that cannot be read stops the training: beginning anew without a word would throw all work away.
        if self.path.exists():
            training.restore(torch.load(self.path, map_location="cpu"))
            self.saved_step = training.step

    def save(self, training, reason):
        if self.saved_step == training.step:
            return
        part = self.path.with_suffix(".part")
        with open(part, "wb") as file:
            torch.save(training.state(), file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, self.path)
        # The new name is durable only once its folder is.
        folder = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        self.saved_step = training.step
        say(f"saved {training.step} {reason}")


class Request:
    """A checkpoint that somebody waits for."""

    def __init__(self):
        self.answered = threading.Event()
        self.answer = None


class Endpoint(http.server.ThreadingHTTPServer):
    """POST /checkpoint. What is asked waits for the next step boundary."""

    daemon_threads = False

    def __init__(self, port):
        super().__init__(("", port), Handler)
        self.lock = threading.Lock()
        self.waiting = []
        self.has_ended = False
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def ask(self):
        """The answer; none when there is no step to come."""
        request = Request()
        with self.lock:
            if self.has_ended:
                return None
            self.waiting.append(request)
        request.answered.wait()
        return request.answer

    def answer(self, save):
        """Saves for those that wait, and tells them; whether there were any."""
        with self.lock:
            asked, self.waiting = self.waiting, []
        if asked:
            answer = save()
            for request in asked:
                request.answer = answer
                request.answered.set()
        return bool(asked)

    def end(self, save):
        """Takes no more requests, and lets the last answers go out."""
        with self.lock:
            self.has_ended = True
        self.answer(save)
        self.shutdown()
        self.server_close()


class Handler(http.server.BaseHTTPRequestHandler):
    # Seconds that a client may be silent.
    timeout = 5

    def do_POST(self):
        length = self.headers.get("Content-Length") or "0"
        if not length.isdigit() or int(length) > 1 << 16:
            return self.reply(413, {"error": "send no body: nothing in it is read"})
        self.rfile.read(int(length))
        if self.path != "/checkpoint":
            return self.reply(404, {"error": f"{self.path}: there is only /checkpoint"})
        answer = self.server.ask()
        if answer is None:
            return self.reply(503, {"error": "the training has ended"})
        self.reply(200, answer)

    def reply(self, status, body):
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format, *arguments):
        pass


def options():
    parser = argparse.ArgumentParser(description="Trains a small classifier; may be interrupted at any moment.")
    parser.add_argument("--folder", default="checkpoints", help="where the checkpoint is kept (%(default)s)")
    parser.add_argument("--steps", type=int, default=1000, help="until the training is done (%(default)s)")
    parser.add_argument("--batch", type=int, default=32, help="examples a step (%(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of everything random (%(default)s)")
    parser.add_argument("--save-every", type=int, default=200, help="steps (%(default)s)")
    parser.add_argument("--port", type=int, help="serve POST /checkpoint here; by default nowhere")
    parser.add_argument(
        "--hold",
        type=float,
        default=30,
        help="seconds to stand still after a checkpoint over HTTP: whoever asks is about to stop this pod, and what is "
        "computed until then may be lost (%(default)s)",
    )
    parser.add_argument("--step-seconds", type=float, default=0, help="a step takes at least so long (%(default)s)")
    return parser.parse_args()


def train(training, checkpoints, endpoint, chosen):
    """Computes until it is done or told to stop; everything else happens between two steps."""

    def save():
        checkpoints.save(training, "asked")
        return {"step": training.step, "uri": checkpoints.uri}

    resumes_at = time.monotonic()
    while training.step < chosen.steps and not Stop.asked:
        if endpoint and endpoint.answer(save):
            resumes_at = time.monotonic() + chosen.hold
        if time.monotonic() < resumes_at:
            Stop.wait(0.05)
            continue
        started = time.monotonic()
        loss = training.advance()
        say(f"step {training.step} loss {loss:.6f}")
        if training.step % chosen.save_every == 0:
            checkpoints.save(training, "in turn")
        Stop.wait(chosen.step_seconds - (time.monotonic() - started))
    checkpoints.save(training, "told to stop" if training.step < chosen.steps else "done")
    if endpoint:
        endpoint.end(save)


def main():
    chosen = options()
    training = Training(chosen.seed, chosen.batch)
    checkpoints = Checkpoints(chosen.folder)
    checkpoints.load(training)
    say(f"began at {training.step}")
    train(training, checkpoints, Endpoint(chosen.port) if chosen.port is not None else None, chosen)
    if training.step < chosen.steps:
        say(f"stopped at {training.step}")
        return INTERRUPTED
    say(f"done at {training.step} sha256 {training.digest()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
