#!/usr/bin/env python3
"""Trains on several processes of mpirun, and compares what comes out with one process: the same bits for each number of processes and threads, also
of a run that another number of them continues; refusals and failures end all processes with the same exit code, and leave nothing half-written.

  several_processes.py TRAIN_IN_PROCESSES MPIRUN [narrow]     narrow: the program has one instruction set

Exit code 0 if all that holds, 77 where there is no mpirun.
"""
import json
import os
import platform
import subprocess
import sys

import processes as mpi
from processes import base, check

program, mpirun, *narrow = sys.argv[1:]
mpi.require(mpirun)


def train(folder, processes, optimizer="adamw", shards=4, steps=6, mode="", threads=1):
    """-> the exit code, what was printed, the sha256 of the weights and of their average."""
    words = [program, str(base / folder), optimizer, str(shards), str(steps), *([mode] if mode else [])]
    environment = {**os.environ, "HEED_THREADS": str(threads)}
    done = subprocess.run(mpi.command(mpirun, processes, words), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                          env=environment, timeout=500)
    return done.returncode, done.stderr, mpi.sha256(base / folder / "weights.safetensors")


def check_same(what, folder, expected, *arguments, **named):
    code, text, hash = train(folder, *arguments, **named)
    check(what, code == 0 and hash == expected, text)


def check_refusal(what, folder, wanted, code, *arguments, **named):
    ended, text, hash = train(folder, *arguments, **named)
    check(what, ended == code and wanted in text and not hash and not list(base.glob(f"{folder}/*.heed-tmp")), text)


def tensors(folder):
    """The tensors of the last checkpoint, by name: type, shape and bytes."""
    data = (base / folder / "checkpoint.safetensors").read_bytes()
    size = int.from_bytes(data[:8], "little")
    header = json.loads(data[8:8 + size])
    return {name: (t["dtype"], t["shape"], data[8 + size + t["data_offsets"][0]:8 + size + t["data_offsets"][1]])
            for name, t in header.items() if name != "__metadata__"}


code, text, whole = train("one", 0)
check("one process, without mpirun", code == 0 and whole, text)
for processes, threads in (1, 1), (2, 2), (4, 1):
    check_same(f"{processes} processes of {threads} threads have its bits", f"p{processes}", whole, processes, threads=threads)
for optimizer in "sgd", "muon", "lion", "rmsprop":
    check_same(f"2 processes, {optimizer}", f"{optimizer}2", train(f"{optimizer}1", 0, optimizer, steps=3)[2], 2, optimizer, steps=3)
    check(f"... and its checkpoint does not know of them, {optimizer}", tensors(f"{optimizer}2") == tensors(f"{optimizer}1"))
for mode in "bfloat16", "nan", "rollback":
    check_same(f"2 processes, {mode}", f"{mode}2", train(f"{mode}1", 0, steps=5, mode=mode)[2], 2, steps=5, mode=mode)
code, text, _ = train("skips", 2, steps=4, mode="nan")
check("a NaN in one process is named and skipped", code == 0 and "skipped: step 3: multiply" in text, text)
train("resumed", 4, steps=3)
check_same("4 processes begin, 2 go on", "resumed", whole, 2, mode="resume")
train("rolled", 4, steps=5, mode="rollback")
check("4 processes have the checkpoint of one, with the state that a NaN takes them back to", tensors("rolled") == tensors("rollback1"))
(base / "resumed" / "weights.safetensors").unlink()
check_refusal("a number of processes that does not divide the shards", "p3", "3 processes and shards is 4", 1, 3)
check_refusal("other weights in one process", "other", "the model of rank 1 is", 1, 2, mode="other")
check_refusal("another step in one process", "clip", "what a step does of rank 1 is seed 3, accumulate 2, clip 0.25", 1, 2, mode="clip")
if platform.machine() == "x86_64" and not narrow:
    words = [program, str(base / "isa"), "adamw", "4", "6"]
    both = mpi.command_of_two(mpirun, ["env", "HEED_ISA=avx2", *words], ["env", "HEED_ISA=sse2", *words])
    done = subprocess.run(both, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, timeout=100)
    check("another instruction set in one process", done.returncode == 1 and "the instruction set of rank 1 is sse2, of rank 0 avx2" in done.stderr, done.stderr)
check_refusal("an error in one process", "fails", "no such luck", 74, 2, mode="fails")
unread = ["bash", "-c", 'exec "$@" 2> >(exec true)', "unread", program, str(base / "unread"), "adamw", "4", "6", "fails"]
code = subprocess.run(mpi.command(mpirun, 2, unread), capture_output=True, timeout=100).returncode
check("... that nobody reads", code == 74, str(code))
(base / "file").write_text("")
check_refusal("a folder that cannot be made", "file/run", "cannot be made", 74, 2)
mpi.end()
