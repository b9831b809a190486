#!/usr/bin/env python3
"""A trainer that is started under odd conditions damages nothing and reports what is wrong. Usage: odd_starts.py PROGRAM

Without standard input, output or error; where files may not grow; where the name of its data is not UTF-8."""
import json
import os
import pathlib
import resource
import subprocess
import sys
import tempfile

import toy

program = sys.argv[1]


def run(folder, options, prepare=None):
    command = [*toy.train_command(program), "--out", str(folder), "--steps", "3", "--threads", "1", *options]
    done = subprocess.run(command, preexec_fn=prepare, stdin=subprocess.DEVNULL, capture_output=True, timeout=300)
    return done.returncode, done.stderr.decode()


def check(what, good, *seen):
    if not good:
        sys.exit(f"{what}: {' '.join(map(str, seen))}")


def without(folder, options, number):
    what = f"without file {number}"
    code, text = run(folder, options, lambda: os.close(number))
    check(what, code == (74 if number == 1 else 0), code, text)
    check(what, number != 1 or "standard output: write failed" in text, text)  # the results are lost
    check(what, (folder / "lock").stat().st_size == 0, "the lock holds", (folder / "lock").read_bytes()[:200])
    for line in (folder / "log.jsonl").read_text().splitlines():
        json.loads(line)
    json.loads((folder / "config.json").read_text())
    toy.checkpoint(folder / "checkpoint.safetensors")


def with_small_files(folder, options):
    code, text = run(folder, options, lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000)))
    check("with small files", code == 74 and "File too large" in text, code, text)


def with_a_name_of_latin1(folder, options):
    names = [i for i, option in enumerate(options) if option.startswith(str(folder.parent))]
    bad = os.fsencode(options[names[0]]) + b"\xe9"
    os.rename(options[names[0]], bad)
    code, text = run(folder, [bad if i == names[0] else option for i, option in enumerate(options)])
    check("with a name of Latin-1", code == 2 and "\\xe9' is not UTF-8" in text and not folder.exists(), code, text)


with tempfile.TemporaryDirectory() as folder:
    folder = pathlib.Path(folder)
    data = toy.train_options(program, folder)
    for closed in range(3):
        without(folder / f"run-{closed}", data, closed)
    with_small_files(folder / "small", data)
    with_a_name_of_latin1(folder / "latin1", data)
print("3 closed files, files that may not grow and a name of Latin-1: as they should be")
