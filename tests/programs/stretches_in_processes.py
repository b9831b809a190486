#!/usr/bin/env python3
"""charlm on stretches of its windows: model.safetensors has the same sha256 for each number of processes of mpirun, the loss is that of whole windows up to
rounding, what makes no sense ends with exit code 2, and a model trained so is used like any other.

  stretches_in_processes.py CHARLM MPIRUN

Exit code 0 if all that holds; 77 where there is no mpirun, and what one process shows held.
"""
import json
import random
import re
import shutil
import signal
import subprocess
import sys
import time

import processes as mpi
from processes import base, check

program, mpirun = sys.argv[1:]
rng = random.Random(1)
words = ["".join(rng.choice("abdegiklmnopst") for _ in range(rng.randint(2, 7))) for _ in range(300)]
(base / "text").write_text(" ".join(rng.choice(words) for _ in range(4000)))
model = ["--data", str(base / "text"), "--width", "16", "--heads", "2", "--layers", "2", "--threads", "1"]
rest = ["--batch", "2", "--accumulate", "2", "--eval-examples", "1", "--steps", "4"]
flags = [*model, "--block", "1024", *rest]


def train(processes, folder, *more, flags=flags):
    words = [program, "train", "--out", str(base / folder), *flags, *more]
    done = subprocess.run(mpi.command(mpirun, processes, words), capture_output=True, text=True, timeout=500)
    return done.returncode, done.stderr, mpi.sha256(base / folder / "model.safetensors")


def log(folder):
    """What the run logged, but for times."""
    return [{name: value for name, value in json.loads(line).items() if name not in ("seconds", "rate")} for line in open(base / folder / "log.jsonl")]


_, text, whole = train(0, "whole")
code, text, found = train(0, "uncut", "--stretches", "1")
check("one stretch is the whole window", code == 0 and whole and found == whole, text)
for stretches in "1", "4":
    code, text, _ = train(0, "first" + stretches, "--stretches", stretches, "--dropout", "0", "--steps", "1", flags=[*flags[:-2], "--overfit-one-batch"])
    check(f"a step on {stretches} stretches", code == 0, text)
first, cut = (log(folder)[0]["loss"] for folder in ("first1", "first4"))
check("the loss of 4 stretches is that of the whole", abs(first - cut) < 1e-5 * first, f"{first} and {cut}")
code, text, one = train(0, "one", "--stretches", "4")
check("four stretches in one process", code == 0 and one and one != whole, text)
for command in ["eval"], ["predict", "--length", "20"]:
    done = subprocess.run([program, *command, "--model", str(base / "one")], capture_output=True, text=True, timeout=500)
    check(f"{command[0]} takes the model", done.returncode == 0 and done.stdout, done.stderr)
for what, wanted, block, words in [
    ("a number of stretches that is no power of two", "--stretches 3; expected a power of two", 1024, ["--stretches", "3"]),
    ("windows that are not cut evenly", "--block 1000 and --stretches 4; expected stretches of 256, 512, 1024", 1000, ["--stretches", "4"]),
    ("stretches that key blocks do not fill", "such as --block 1024", 1536, ["--stretches", "4"]),
    ("shards and stretches", "--shards 2 and --stretches 4; expected one of them", 1024, ["--stretches", "4", "--shards", "2"]),
]:
    code, text, _ = train(0, "refused", *words, flags=[*model, "--block", str(block), *rest])
    check(what, code == 2 and wanted in text and not (base / "refused").exists(), text)
if not shutil.which(mpirun):
    print("not run any further: there is no mpirun")
    shutil.rmtree(base)
    sys.exit(1 if mpi.failures else 77)
for processes in 1, 2, 4:
    code, text, found = train(processes, f"p{processes}", "--stretches", "4")
    check(f"{processes} processes have its bits", code == 0 and found == one, text)
    check("... and its losses and metrics", log(f"p{processes}") == log("one"))
rising = flags[:-2] + ["--stretches", "4", "--warmup", "100000"]  # so that a step's rate does not depend on how many there are
command = [program, "train", "--out", str(base / "stopped"), *rising, "--steps", "90000", "--save-seconds", "0.1"]
process = subprocess.Popen(mpi.command(mpirun, 4, command), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
while not (base / "stopped" / "checkpoint.safetensors").exists() and process.poll() is None:
    time.sleep(0.05)
subprocess.run(["pkill", f"-{signal.SIGTERM.value}", "-P", str(process.pid)])
text = process.communicate(timeout=100)[1]
stopped = re.search(r"stopped after step (\d+); saved", text)
check("4 processes are stopped", process.returncode == 143 and stopped, text)
if stopped:
    steps = ["--steps", str(int(stopped[1]) + 2)]
    code, text, found = train(2, "stopped", "--resume", flags=steps)
    again, more, undisturbed = train(0, "undisturbed", flags=[*rising, *steps])
    check("... and 2 continue to the bits of one that nothing disturbed", code == again == 0 and found == undisturbed, text + more)
code, text, _ = train(3, "three", "--stretches", "4")
check("a number of processes that does not divide the stretches", code == 2 and "cannot share --stretches 4" in text, text)
code, text, _ = train(2, "trial", "--stretches", "4", "--dry-run")
check("a dry run, of the first process alone", code == 0 and not (base / "trial").exists(), text)
mpi.end()
