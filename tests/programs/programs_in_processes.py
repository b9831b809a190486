#!/usr/bin/env python3
"""A trainer on several processes of mpirun: its folder and what it prints are those of one process with as many shards, of each task of the program.
With charlm, which stands for all of them, also where a signal stops the run and another number of processes continues it; and what makes no sense, or is
not the same in all processes, is refused.

  programs_in_processes.py PROGRAM MPIRUN

Exit code 0 if all that holds, 77 where there is no mpirun.
"""
import json
import pathlib
import re
import signal
import subprocess
import sys
import time

import processes as mpi
import toy
from processes import base, check

program, mpirun = sys.argv[1:]
name = pathlib.Path(program).name
mpi.require(mpirun)
usual = ["--shards", "4", "--threads", "1"]


def options(folder, seed=1, task=None):
    (base / folder).mkdir()
    return [*toy.train_options(program, base / folder, seed, task), *usual]


def contents(folder):
    """Of every file of a run that says what the run reached, without times."""
    found = {}
    for path in sorted((base / folder).iterdir()):
        if path.suffix in (".json", ".jsonl"):
            lines = [json.loads(line) for line in (path.read_text().splitlines() if path.suffix == ".jsonl" else [path.read_text()])]
            times = ("seconds", "cpu_seconds", "rate", "peak_rss_mb")
            found[path.name] = [{k: v for k, v in line.items() if k not in times} for line in lines]
        elif path.name.startswith(("best.", "checkpoint.")):
            found[path.name] = toy.checkpoint(path)
        elif not path.name.startswith("events."):
            found[path.name] = mpi.sha256(path)
    return found


def run(processes, folder, task, *words):
    """Trains to the end: what is left in the folder, and what was printed."""
    command = [*toy.train_command(program, task), "--out", str(base / folder), *words, "--steps", "6"]
    done = subprocess.run(mpi.command(mpirun, processes, command), capture_output=True, text=True, timeout=500)
    check(f"{processes} processes train {task}", done.returncode == 0, done.stderr)
    return contents(folder), done.stdout.replace(str(base / folder), "FOLDER")


for task in toy.tasks(program):
    of_task = options(f"data{task}", task=task)
    whole, text = run(0, f"{task}one", task, *of_task)
    for processes in (2, 4) if name in ("charlm", "pronounce", "speak") else (2,):
        found, printed = run(processes, f"{task}p{processes}", task, *of_task)
        check("... to the same names of files", found.keys() == whole.keys(), f"{found.keys()} {whole.keys()}")
        for file in whole.keys() & found.keys():
            check(f"... {file}", found[file] == whole[file], f"{found[file]}\n{whole[file]}")
        check("... and the same text", printed == text, f"{printed}\n{text}")
if name == "answer":
    tasks = [[*toy.train_command(program, task), "--out", str(base / "unlike"), "--data", str(base / "datasql" / "data"), *usual] for task in ("sql", "cloze")]
    done = subprocess.run(mpi.command_of_two(mpirun, *tasks), capture_output=True, text=True, timeout=100)
    wanted = "the kind of run of rank 1 is a fresh one of answer cloze, of rank 0 a fresh one of answer sql"
    check("another task in one process", done.returncode == 1 and wanted in done.stderr, done.stderr)
if name != "charlm":
    mpi.end()
flags = options("data of all")


def start(processes, *words):
    return subprocess.Popen(mpi.command(mpirun, processes, words), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def train(processes, folder, *more):
    process = start(processes, *toy.train_command(program), "--out", str(base / folder), *(more or [*flags, "--steps", "12"]))
    text = process.communicate(timeout=500)[1]
    return process.returncode, text, mpi.sha256(base / folder / "model.safetensors")


def stopped_by(number, folder):
    """A run of two processes, one of which gets this signal as soon as there is a checkpoint: -> the exit code, what was printed."""
    process = start(2, *toy.train_command(program), "--out", str(base / folder), *flags, "--steps", "100000", "--save-seconds", "0.2")
    while not (base / folder / "checkpoint.safetensors").exists() and process.poll() is None:
        time.sleep(0.05)
    pid = subprocess.run(["pgrep", "-P", str(process.pid)], capture_output=True, text=True).stdout.split()[-1]
    subprocess.run(["kill", f"-{number}", pid])
    text = process.communicate(timeout=100)[1]
    return process.returncode, text


code, text = stopped_by(signal.SIGTERM.value, "stopped")
stopped = re.findall(r"stopped after step (\d+); saved", text)
check("SIGTERM to one process stops all, and is reported once", code == 143 and len(stopped) == 1, text)
code, text, model = train(0, "stopped", "--resume", "--steps", str(int(stopped[0]) + 2))
check("one process continues", code == 0 and model, text)
code, text = stopped_by(signal.SIGKILL.value, "killed")
check("kill -9 of one process ends all, and leaves a whole checkpoint", code != 0 and toy.checkpoint(base / "killed" / "checkpoint.safetensors")[0] > 0, text)
for what, wanted, processes, words in [
    ("a number that does not divide the shards", "cannot share --shards 4", 3, [*flags, "--steps", "12"]),
    ("a number of shards that is no power of two", "--shards 6; expected a power of two", 2, ["--shards", "6", *flags[:-4], "--steps", "12"]),
    ("a folder that holds a run", "holds a run already", 2, [*flags, "--steps", "12"]),
]:
    code, text, _ = train(processes, "one", *words)
    check(what, code == 2 and wanted in text, text)
(base / "file").write_text("")
code, text, _ = train(2, "file/run", *flags, "--steps", "12")
check("a folder that cannot be made", code == 74 and "cannot be made" in text, text)
for what, wanted, folder, words in [
    ("other data", "of rank 1 is", "unlike", options("other", seed=2)),
    ("another setting", "the setting 'clip' of rank 1 is 0.5, of rank 0 ", "unlike", [*flags, "--clip", "0.5"]),
    ("a resumed run", "the kind of run of rank 1 is a resumed one of charlm, of rank 0 a fresh one of charlm", "one", ["--resume"]),
]:
    of_both = [*toy.train_command(program), "--out", str(base / folder), "--steps", "12"]
    done = subprocess.run(mpi.command_of_two(mpirun, [*of_both, *flags], [*of_both, *words]), capture_output=True, text=True, timeout=100)
    check(what + " in one process", done.returncode == 1 and wanted in done.stderr, done.stderr)
process = start(2, program, "eval", "--help")
check("--help", process.communicate(timeout=100) and process.returncode == 0)
mpi.end()
