#!/usr/bin/env python3
"""Models that earlier versions left must keep working: tests/files/models has a folder for each version that made some, and in it a run of each
program with what it predicted. Opens those of PROGRAM, compares the predictions (words exactly, numbers to within a few units of their last digit:
instruction sets differ), and continues each run for some steps.

  small_models.py PROGRAM                    opens all of them
  small_models.py PROGRAM --make VERSION     trains and writes one, by a program of that version

Exit code 0 if all that holds.
"""
import argparse
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

models = pathlib.Path(__file__).resolve().parent.parent / "files/models"
arguments = argparse.ArgumentParser()
arguments.add_argument("program", type=pathlib.Path)
arguments.add_argument("--make", metavar="VERSION")
a = arguments.parse_args()
program, name = a.program.resolve(), a.program.name

small = ["--heads", "2", "--layers", "1", "--dropout", "0", "--threads", "1"]
train = {
    "charlm": ["--data", "data/rhyme.txt", "--width", "8", "--block", "16", "--batch", "8", "--lr", "0.02", "--steps", "300", *small],
    "pronounce": ["--data", "data/words.dict", "--width", "8", "--embedding", "8", "--batch", "16", "--lr", "0.01", "--steps", "800", *small],
    "translate": ["--source", "data/words.txt", "--target", "data/digits.txt", "--vocabulary", "264", "--width", "8", "--hidden", "8", "--tokens",
                  "200", "--lr", "0.02", "--steps", "300", *small],
    "summarise": ["--source", "data/words.txt", "--target", "data/digits.txt", "--vocabulary", "264", "--width", "8", "--hidden", "8", "--tokens",
                  "200", "--lr", "0.02", "--steps", "300", *small],
    "patches": ["--data", "data/pictures", "--dev", "20", "--dim", "8", "--hidden", "8", "--batch", "16", "--lr", "0.02", "--steps", "200", *small],
    "frames": ["--data", "data/sounds", "--dev-index", "2", "--channels", "4", "--mel-bands", "8", "--dim", "8", "--hidden", "8", "--batch", "10", "--lr",
               "0.02", "--speed", "0", "--stretch", "0", "--tract", "0", "--tilt", "0", "--noise", "0", "--steps", "300", *small],
    "detect": ["--data", "data/pictures", "--scenes", "40", "--dim", "16", "--hidden", "8", "--decoder-layers", "1", "--queries", "8", "--batch", "4",
               "--lr", "0.01", "--steps", "400", *small],
    "speak": ["--data", "data/sounds/recordings", "--transcript", "data/tones.txt", "--mel-bands", "8", "--dim", "8", "--hidden", "8", "--blocks", "1",
              "--batch", "8", "--lr", "0.02", "--ema", "0.95", "--steps", "300", *small],
    "answer": ["--data", "data/questions.tsv", "--embedding", "8", "--width", "8", "--dropout", "0", "--batch", "8", "--lr", "0.02", "--steps", "200",
               "--threads", "1"],
}[name]
uses = {
    "charlm": ["predict", "--prompt", "ganz ", "--temperature", "0", "--length", "60"],
    "pronounce": ["predict", "--plain", "mabo", "skiten", "talia"],
    "translate": ["predict", "eins", "zwei drei", "drei zwei eins"],
    "summarise": ["predict", "data/few.txt"],
    "patches": ["predict", "data/bright.png", "data/dark.png"],
    "frames": ["predict", "data/sounds/recordings/3_low_0.wav", "data/sounds/recordings/8_low_0.wav"],
    "answer": ["predict", "how big is Bonn", "how high is the city New York", "how big is the city York"],
    "detect": ["eval"],  # predict prints whole pixels, and speak's a time
    "speak": ["eval"],
}[name]


train_command = ["sql", "train"] if name == "answer" else ["train"]


def run(*command):
    done = subprocess.run([str(program), *map(str, command)], cwd=models, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{name} {' '.join(map(str, command))}: exit code {done.returncode}\n{done.stderr}")
    return done


def predictions(folder):
    command, *words = uses
    return run(command, "--model", folder, "--threads", "1", *words).stdout


def differences(found, recorded):
    """True if any word differs, or any number by more than 0.3."""
    number = re.compile(r"\d+\.\d+")
    words = number.sub("#", found) != number.sub("#", recorded)
    return words or any(abs(float(x) - float(y)) > 0.3 for x, y in zip(number.findall(found), number.findall(recorded)))


if a.make:
    folder = models / a.make / name
    run(*train_command, "--out", folder, "--save-seconds", "1e9", *train)
    kept = {"config.json", "data.json", "checkpoint.safetensors", "model.safetensors", "result.json"}
    if name in ("frames", "patches"):  # which keep the best weights, also of a run that is made longer
        kept.add("best.safetensors")
    for file in folder.iterdir():
        if file.name not in kept:
            file.unlink()
    (folder / "predictions.txt").write_text(predictions(folder))
    sys.exit(0)

found = sorted(models.glob(f"*/{name}"))
if not found:
    sys.exit(f"{models}: no model of {name}")
for folder in found:
    recorded = (folder / "predictions.txt").read_text()
    if differences(text := predictions(folder), recorded):
        sys.exit(f"{folder}: predicts\n{text}and not\n{recorded}")
    with tempfile.TemporaryDirectory() as copy:
        again = pathlib.Path(copy) / "run"
        shutil.copytree(folder, again)
        files = {file.name: (file.read_bytes(), file.stat().st_mtime_ns) for file in again.iterdir()}
        run(*train_command, "--resume", "--out", again, "--threads", "1")  # it has ended: nothing changes
        if any((again / file).read_bytes() != content or (again / file).stat().st_mtime_ns != time for file, (content, time) in files.items()):
            sys.exit(f"{folder}: resumed after its end, the run was written again")
        steps = json.loads((folder / "config.json").read_text())["steps"] + 10
        messages = run(*train_command, "--resume", "--out", again, "--threads", "1", "--steps", steps).stderr
        if f"{steps} steps in all instead of {steps - 10} steps" not in messages:
            sys.exit(f"{folder}: made longer, the run reports\n{messages}")
        for file, field in (("config.json", "steps"), ("result.json", "steps")):
            if json.loads((again / file).read_text())[field] != steps:
                sys.exit(f"{folder}: made longer, {file} does not report it")
        predictions(again)
    print(f"{folder.parent.name}/{name}: the same predictions, and the run continues")
