#!/usr/bin/env python3
"""The loss of a trainer's batch that is cut into shards is that of the whole batch, up to rounding: they are weighted by what the loss is a mean
over, hold the same examples, and augment them alike.

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


def loss_of(folder, shards, options):
    command = [program, "density", "train"] if name == "paint" else toy.train_command(program)  # flow draws other numbers in each part
    words = [*command, "--out", str(folder), "--shards", str(shards), "--steps", "1", "--threads", "1", *options]
    subprocess.run(words, check=True, capture_output=True, timeout=300)
    return json.loads((folder / "log.jsonl").read_text().splitlines()[0])["loss"]


with tempfile.TemporaryDirectory() as base:
    base = pathlib.Path(base)
    options = toy.train_options(program, base)
    if "--batch" in options:  # uneven in 4 shards, and in 8 some are empty
        options[options.index("--batch") + 1] = "7"
    if name != "paint":
        options += ["--dropout", "0"]
    if name == "answer":
        options += ["--forget", "0"]
    whole = loss_of(base / "whole", 1, options)
    for shards in 4, 8:
        cut = loss_of(base / f"in{shards}", shards, options)
        if abs(cut - whole) > 1e-5 * abs(whole):
            sys.exit(f"{name}: the loss is {whole}, and {cut} in {shards} shards")
