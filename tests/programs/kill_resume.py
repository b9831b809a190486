#!/usr/bin/env python3
"""Kills a trainer with SIGKILL at random moments, resumes it, and compares the model's sha256 with that of a run in peace.
PROGRAM is pronounce, charlm or translate.

  kill_resume.py PROGRAM [--kills N] [--steps N] [--threads N] [--seed S]

Exit code 0 if every checkpoint could be read and the bytes are the same.
"""
import argparse, hashlib, pathlib, random, subprocess, sys, tempfile, time

arguments = argparse.ArgumentParser()
arguments.add_argument("program")
arguments.add_argument("--kills", type=int, default=10)
arguments.add_argument("--steps", type=int, default=120)
arguments.add_argument("--threads", type=int, nargs="+", default=[1, 2])
arguments.add_argument("--seed", type=int, default=1)
a = arguments.parse_args()
rng = random.Random(a.seed)

with tempfile.TemporaryDirectory() as folder:
    folder = pathlib.Path(folder)
    words = sorted({"".join(rng.choice("abdegiklmnopst") for _ in range(rng.randint(2, 7))) for _ in range(800)})
    inputs = {"--data": "data"}
    if pathlib.Path(a.program).name == "translate":
        lines = [" ".join(rng.choice(words) for _ in range(rng.randint(1, 9))) for _ in range(1000)]
        (folder / "target").write_text("".join(line[::-1] + "\n" for line in lines))
        data = "".join(line + "\n" for line in lines)
        inputs = {"--source": "data", "--target": "target"}
        model = ["--width", "32", "--heads", "2", "--layers", "1", "--hidden", "32", "--vocabulary", "400", "--tokens", "200"]
    elif pathlib.Path(a.program).name == "charlm":
        data = " ".join(rng.choice(words) for _ in range(2000))
        model = ["--width", "32", "--heads", "2", "--layers", "2", "--block", "32", "--batch", "16", "--accumulate", "2", "--on-nan", "rollback"]
    else:
        data = "".join(f"{w} {' '.join(c.upper() * 2 for c in w)}\n" for w in words)
        model = ["--width", "48", "--embedding", "24", "--batch", "32"]
    (folder / "data").write_text(data)
    common = ["--save-seconds", "0.01"]
    options = [part for flag, name in inputs.items() for part in (flag, str(folder / name))] + ["--steps", str(a.steps), *model]

    def sha(name):
        return hashlib.sha256((folder / name / "model.safetensors").read_bytes()).hexdigest()

    def train(name, threads, *more):
        return [a.program, "train", "--out", str(folder / name), "--threads", str(threads), *common, *more]

    started = time.time()
    subprocess.run(train("peace", 1, *options), check=True, capture_output=True)
    whole = time.time() - started
    reference = sha("peace")
    for threads in a.threads:
        name, kills = f"killed-{threads}", 0
        command = train(name, threads, *options)
        while True:
            process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
            try:
                _, error = process.communicate(timeout=rng.uniform(0.05, 0.6) * whole if kills < a.kills else 600)
                if process.returncode != 0:
                    sys.exit(f"the run failed with {process.returncode} after {kills} kills:\n{error}")
                break
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()
                kills += 1
            if (folder / name / "config.json").exists():
                command = train(name, threads, "--resume")
        if sha(name) != reference:
            sys.exit(f"{threads} threads, {kills} kills: another model than the run in peace")
        print(f"{threads} threads: killed {kills} times, the same sha256 {reference[:16]}...")
