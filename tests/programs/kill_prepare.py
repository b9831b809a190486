#!/usr/bin/env python3
"""Kills a trainer with SIGKILL at random moments while it prepares its data, until it has been killed N times. What lies there under the name of
prepared data must always be the file that a run in peace makes, and at the end nothing else may be left.
PROGRAM is pronounce, charlm, translate, summarise, frames or patches.

  kill_prepare.py PROGRAM [--kills N] [--seed S]

Exit code 0 if all that holds.
"""
import argparse
import hashlib
import pathlib
import random
import struct
import subprocess
import sys
import tempfile
import time

import toy

arguments = argparse.ArgumentParser()
arguments.add_argument("program")
arguments.add_argument("--kills", type=int, default=20)
arguments.add_argument("--seed", type=int, default=1)
a = arguments.parse_args()
rng = random.Random(a.seed)


def prepared(folder):
    """The sha256 of each file of prepared data."""
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.glob("*") if p.suffix == ".safetensors"}


def grow(data):
    """Larger, so that preparing takes a while; repeated words of a dictionary are one."""
    if data.is_file():
        data.write_text((data.read_text() + "\n") * 20)
        return
    for clip in list(data.glob("recordings/*_0.wav")):
        for index in range(3, 60):
            clip.with_name(clip.name.replace("_0.", f"_{index}.")).write_bytes(clip.read_bytes())
    for idx in data.glob("*-ubyte"):
        (count,), content = struct.unpack(">I", idx.read_bytes()[4:8]), idx.read_bytes()
        header = 16 if "images" in idx.name else 8
        idx.write_bytes(content[:4] + struct.pack(">I", 200 * count) + content[8:header] + content[header:] * 200)


with tempfile.TemporaryDirectory() as folder:
    folder = pathlib.Path(folder)
    options = toy.train_options(a.program, folder, a.seed)
    data = folder / "data"
    grow(data)

    def train(kept):
        return [a.program, "train", "--dry-run", "--out", str(folder / "run"), "--prepared", str(folder / kept), *options]

    started = time.time()
    subprocess.run(train("peace"), check=True, capture_output=True)
    whole = time.time() - started
    expected = prepared(folder / "peace")
    if len(expected) != 1:
        sys.exit(f"a run in peace prepared {len(expected)} files; expected one")
    kills = runs = 0
    while kills < a.kills:
        runs += 1
        kept = folder / f"kept-{runs}"
        while True:
            process = subprocess.Popen(train(kept.name), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
            try:
                _, text = process.communicate(timeout=rng.uniform(0, whole) if kills < a.kills else None)
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()
                kills += 1
                if prepared(kept) not in ({}, expected):
                    sys.exit(f"run {runs}, after {kills} kills: another file than that of a run in peace")
                continue
            if process.returncode != 0:
                sys.exit(f"run {runs}, after {kills} kills: it failed with {process.returncode}:\n{text}")
            break
        left = {p.name for p in kept.iterdir()}
        if prepared(kept) != expected or left != set(expected):
            sys.exit(f"run {runs}, {kills} kills: left {sorted(left)}; expected {sorted(expected)} as a run in peace made it")
    print(f"killed {kills} times in {runs} runs; the same file each time, and nothing else")
