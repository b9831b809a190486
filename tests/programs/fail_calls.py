#!/usr/bin/env python3
"""Lets the n-th call of each kind (open, write, fsync, rename, close) on files of a run's folder fail, n = 1, 2, ... to the last call of the run,
in a fresh run and in a resumed one, and lets the disk be full from the n-th write on. Each time the trainer must end with exit code 74 and name a
file of the folder, and must afterwards continue to the sha256 of an undisturbed run, without having lost its last checkpoint.
PROGRAM is pronounce, charlm, patches or frames; LIBRARY is failing_calls.cpp, compiled.

  fail_calls.py PROGRAM LIBRARY [--stride N]     every N-th write only (default 1)

Exit code 0 if all that holds.
"""
import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import toy

arguments = argparse.ArgumentParser()
arguments.add_argument("program")
arguments.add_argument("library")
arguments.add_argument("--stride", type=int, default=1)
a = arguments.parse_args()

KINDS = ["open", "write", "fsync", "rename", "close"]

with tempfile.TemporaryDirectory() as top:
    top = pathlib.Path(top)
    run = top / "run"
    options = ["--steps", "3", *toy.train_options(a.program, top)]
    tried = 0

    def train(resume, fault=None):
        """-> exit code, stderr, the number of calls of each kind"""
        counts = top / "counts"
        environment = dict(os.environ, LD_PRELOAD=a.library, HEED_FAULT_FOLDER=str(run), HEED_FAULT_COUNTS=str(counts))
        if fault:
            environment["HEED_FAULT"] = fault
        command = [a.program, "train", "--out", str(run), "--threads", "1", "--save-seconds", "1e-9", *(["--resume"] if resume else options)]
        done = subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        return done.returncode, done.stderr, dict((k, int(n)) for k, n in (line.split() for line in counts.read_text().splitlines()))

    def begin(start):
        shutil.rmtree(run, ignore_errors=True)
        if start:
            shutil.copytree(start, run)

    def fail(text):
        global tried
        sys.exit(f"{text}\n({tried} faults before this one did no harm)")

    code, text, counts_of_fresh = train(False)
    if code != 0:
        fail(f"the run without faults failed with {code}:\n{text}")
    reference = toy.checkpoint(run / "checkpoint.safetensors")

    def try_fault(fault, start):
        global tried
        begin(start)
        before = toy.checkpoint(run / "checkpoint.safetensors")[0] if start else 0
        code, text, _ = train(bool(start), fault)
        where = f"{a.program}: '{fault}' in a {'resumed' if start else 'fresh'} run"
        if code != 74 or f"error: {run}" not in text:
            fail(f"{where}: exit code {code}; expected 74 and an error that names a file in {run}:\n{text}")
        last = run / "checkpoint.safetensors"
        if last.exists() and toy.checkpoint(last)[0] < before:
            fail(f"{where}: the checkpoint of step {before} is lost")
        code, text, _ = train((run / "config.json").exists())
        if code != 0 or "warning:" in text:
            fail(f"{where}: continued afterwards: exit code {code}; expected 0 and no warning:\n{text}")
        if toy.checkpoint(last) != reference:
            fail(f"{where}: gone on, the run ends with other weights or moments than without the fault")
        tried += 1

    stopped = top / "stopped"  # a run that a fault has ended after its second save
    begin(None)
    train(False, f"rename {counts_of_fresh['rename'] - 4}")
    shutil.copytree(run, stopped)
    _, _, counts_of_resumed = train(True)

    for start, counts in ((None, counts_of_fresh), (stopped, counts_of_resumed)):
        for kind in KINDS:
            stride = a.stride if kind == "write" else 1
            for n in range(1, counts[kind] + 1, stride):
                try_fault(f"{kind} {n}", start)
        for n in range(1, counts["write"] + 1, 7 * a.stride):
            try_fault(f"write {n} on", start)
    print(f"{a.program}: {tried} faults: exit code 74 and the last checkpoint valid each time; calls of a fresh run: {counts_of_fresh}")
