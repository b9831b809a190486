#!/usr/bin/env python3
"""Kills a trainer with SIGKILL at random moments and resumes it, until it has been killed N times, over as many runs as that takes. At the end of
each run its weights and moments must have the sha256 of an undisturbed run; no checkpoint may be unreadable; and what the run reported as saved
(it is asked by SIGUSR1 again and again) must be there after the kill.
PROGRAM is pronounce, charlm, translate, summarise, patches, frames, answer, detect, speak or paint.

  kill_resume.py PROGRAM [--kills N] [--steps N] [--threads N...] [--seed S]

Exit code 0 if all that holds for each number of threads.
"""
import argparse
import pathlib
import random
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time

import toy

arguments = argparse.ArgumentParser()
arguments.add_argument("program")
arguments.add_argument("--kills", type=int, default=10)
arguments.add_argument("--steps", type=int, default=150)
arguments.add_argument("--threads", type=int, nargs="+", default=[1, 2])
arguments.add_argument("--seed", type=int, default=1)
a = arguments.parse_args()
rng = random.Random(a.seed)


def life(command, seconds, asks):
    """Runs the command for so long, asks it to save now and then, kills it.
    -> its exit code, or None; the last step that it reported as saved; its stderr."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    messages = []
    reader = threading.Thread(target=lambda: messages.extend(process.stderr))
    reader.start()
    end = time.time() + seconds
    while process.poll() is None and time.time() < end:
        time.sleep(min(rng.uniform(0, 0.03), max(0, end - time.time())))
        if asks and messages:  # before the handler is installed the signal would kill, as it should
            process.send_signal(signal.SIGUSR1)
    killed = process.poll() is None or process.returncode == -signal.SIGUSR1
    process.kill()
    process.wait()
    reader.join()
    text = "".join(messages)
    saved = [int(step) for step in re.findall(r"saved after step (\d+)", text)]
    return None if killed else process.returncode, max(saved, default=0), text


with tempfile.TemporaryDirectory() as folder:
    folder = pathlib.Path(folder)
    options = ["--steps", str(a.steps), *toy.train_options(a.program, folder, a.seed)]

    def train(name, threads, *more):
        return [*toy.train_command(a.program), "--out", str(folder / name), "--threads", str(threads), "--save-seconds", "0.01", *more]

    started = time.time()
    subprocess.run(train("peace", 1, *options), check=True, capture_output=True)
    whole = time.time() - started
    reference = toy.checkpoint(folder / "peace/checkpoint.safetensors")
    for threads in a.threads:
        kills = runs = acknowledged = 0
        while kills < a.kills:
            runs += 1
            run = folder / f"{threads}-{runs}"
            while True:
                command = train(run.name, threads, *(["--resume"] if (run / "config.json").exists() else options))
                code, saved, text = life(command, rng.uniform(0.02, 0.5) * whole if kills < a.kills else 600, kills < a.kills)
                where = f"{threads} threads, run {runs}, after {kills} kills"
                if "warning:" in text:
                    sys.exit(f"{where}: the last checkpoint could not be read:\n{text}")
                if saved > 0:
                    acknowledged += 1
                    step = toy.checkpoint(run / "checkpoint.safetensors")[0]
                    if step < saved:
                        sys.exit(f"{where}: step {saved} was reported as saved; the checkpoint is of step {step}")
                if code == 0:
                    break
                if code is not None:
                    sys.exit(f"{where}: the run failed with {code}:\n{text}")
                kills += 1
            if toy.checkpoint(run / "checkpoint.safetensors") != reference:
                sys.exit(f"{threads} threads, run {runs}, {kills} kills: other weights or moments than those of the run in peace")
        print(f"{threads} threads: killed {kills} times in {runs} runs, 0 corrupt, 0 of {acknowledged} acknowledged saves lost, "
              f"the same sha256 {reference[1][:16]}... each time")
