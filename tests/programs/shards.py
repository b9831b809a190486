#!/usr/bin/env python3
"""The loss of a trainer's batch that is cut into shards, and its gradient, are those of the whole batch, up to rounding: shards are weighted by what
each loss is a mean over, hold the same examples, and augment them alike. The gradient is what the optimiser remembers of it after the first step.

  shards.py PROGRAM
"""
import json
import pathlib
import subprocess
import sys
import tempfile

import toy

program = sys.argv[1]
name = pathlib.Path(program).name


def first_step(folder, task, shards, options):
    words = [*toy.train_command(program, task), "--out", str(folder), "--shards", str(shards), "--steps", "1", "--threads", "1", *options]
    subprocess.run(words, check=True, capture_output=True, timeout=300)
    loss = json.loads((folder / "log.jsonl").read_text().splitlines()[0])["loss"]
    return {"loss": [loss], **toy.floats(folder / "checkpoint.safetensors", "optimizer.")}


def check_same(whole, cut, what):
    if whole.keys() != cut.keys() or len(whole) < 2:
        sys.exit(f"{what}: {whole.keys()}, and {cut.keys()} in shards")
    for key, of_whole in whole.items():
        most, off = max(map(abs, of_whole)), max(abs(a - b) for a, b in zip(of_whole, cut[key]))
        if off > (1e-5 if key == "loss" else 1e-3) * most + 1e-7:
            sys.exit(f"{what}: {key} is off by {off}, of {most}")


for task in toy.tasks(program):
    if task == "flow":  # draws other numbers in each part
        continue
    with tempfile.TemporaryDirectory() as base:
        base = pathlib.Path(base)
        options = toy.train_options(program, base, task=task)
        if "--batch" in options:  # uneven in 4 shards, and in 8 some are empty
            options[options.index("--batch") + 1] = "7"
        if name != "paint":
            options += ["--dropout", "0"]
        if task == "sql":
            options += ["--forget", "0"]
        whole = first_step(base / "whole", task, 1, options)
        for shards in 4, 8:
            check_same(whole, first_step(base / f"in{shards}", task, shards, options), f"{name} {task} in {shards} shards")
