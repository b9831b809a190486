"""bench/compare --ops: every op beside PyTorch's same call. bench/compare --kinds: kinds of work beside PyTorch's fastest way of saying them.

  bench/compare --ops|--kinds --torch PYTHON [--heed build/default/heed-bench-ops] [--only PATTERN] [--sizes small,middle,large] [--check]
                [--phases forward,backward,training] [--rounds N] [--seconds S] [--threads N] [--clock cpu|wall] [--json FILE] [--markdown FILE]

PYTHON is an interpreter with torch 2.13 and numpy. heed-bench-ops and bench/ops/torch_side.py run side by side on the same
operands and take turns of S seconds; a program's time is the median of its rounds. `backward` is the forward with the backward;
`training`, of kinds whose result is a loss and that say so, is both and Adam's step of all operands, PyTorch's fused.
Before a row is timed, its results and gradients are compared at that size; --check does nothing else. PyTorch is eager, in
inference mode where nothing is differentiated, its allocator tuned to keep its memory, as heed's does. The clock is the process's
time on the processor with one thread, and the wall's with several.
"""
import argparse
import fnmatch
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

TUNED = "glibc.malloc.mmap_max=0:glibc.malloc.trim_threshold=68719476736:glibc.malloc.top_pad=134217728:glibc.malloc.hugetlb=1"


class Side:
    """One of the two programs."""

    def __init__(self, command, environment={}):
        self.command = command
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, **environment})

    def ask(self, do, **given):
        self.process.stdin.write(json.dumps({"do": do, **given}) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            sys.exit(f"{' '.join(self.command)}: ended at {do} {given}")
        return json.loads(answer)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--ops", action="store_true")
    what.add_argument("--kinds", action="store_true", help="each row has one size")
    parser.add_argument("--heed", default="build/default/heed-bench-ops")
    parser.add_argument("--torch", required=True)
    parser.add_argument("--only", default="*", help="rows of these names, as in a shell: 'sum*', 'softmax/rows'; several with commas")
    parser.add_argument("--sizes", help="of ops: small,middle,large")
    parser.add_argument("--phases", default="forward,backward,training")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=0.02, help="of a turn")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--clock", choices=["cpu", "wall"])
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--json", help="append a line for each row, size and phase to this file")
    parser.add_argument("--markdown", help="write the table to this file, too")
    a = parser.parse_args()
    a.sizes = a.sizes or ("middle" if a.kinds else "small,middle,large")
    a.clock = a.clock or ("cpu" if a.threads == 1 else "wall")
    return a


def prepared(heed, peer, row, size):
    """Draws the operands, hands them to both, and compares what they make of them. Returns which phases the row has, and the comparison.

    `row` is its name, whether it is a kind, and a folder.
    """
    description = heed.ask("prepare", size=size, **row)
    peer.ask("prepare", **row, **description)
    phases = {"forward": True, "backward": description["differentiable"], "training": description["trained"]}
    return phases, peer.ask("results", **heed.ask("results"))


def measured(heed, peer, a, phase):
    """Both programs' medians of a round, in ms, and the ratios of the rounds."""
    turn = {"phase": phase, "seconds": a.seconds, "clock": a.clock}
    ours, theirs = [], []
    for _ in range(a.rounds):
        ours.append(heed.ask("time", **turn)["ms"])
        theirs.append(peer.ask("time", **turn)["ms"])
    ratios = [b / a for a, b in zip(ours, theirs)]
    return {"heed_ms": statistics.median(ours), "torch_ms": statistics.median(theirs), "ratio": statistics.median(theirs) / statistics.median(ours),
            "least": min(ratios), "most": max(ratios)}


def markdown(rows, head):
    lines = [f"| {r['name']} | {r['size']} | {r['phase']} | {r['heed_ms']:.4g} | {r['torch_ms']:.4g} | {r['ratio']:.2f} | {r['least']:.2f} to {r['most']:.2f} |"
             for r in rows]
    return f"{head}\n\n| op | size | phase | heed, ms | PyTorch, ms | ratio | of the rounds |\n|---|---|---|---|---|---|---|\n" + "\n".join(lines) + "\n"


def main():
    a = arguments()
    listed = json.loads(subprocess.run([a.heed, "--list"], check=True, capture_output=True, text=True).stdout)
    heed = Side([a.heed, "--threads", str(a.threads)])
    tuned = {"GLIBC_TUNABLES": TUNED, "OMP_NUM_THREADS": str(a.threads), "MKL_NUM_THREADS": str(a.threads)}
    peer = Side([a.torch, str(Path(__file__).with_name("torch_side.py")), str(a.threads)], tuned)
    of_peer = peer.ask("list")
    group = "kinds" if a.kinds else "rows"
    if set(listed[group]) != set(of_peer[group]):
        sys.exit(f"rows of one side alone: {sorted(set(listed[group]) ^ set(of_peer[group]))}")
    head = (f"heed by {listed['isa']}, PyTorch {of_peer['torch']} by {of_peer['isa']}, {a.threads} thread(s), {a.rounds} rounds, "
            f"{'time on the processor' if a.clock == 'cpu' else 'wall time'}")
    print(head)
    chosen = [name for name in listed[group] if any(fnmatch.fnmatch(name, pattern) for pattern in a.only.split(","))]
    rows, wrong = [], 0
    for number, name in enumerate(chosen):
        print(f"{number + 1} of {len(chosen)}: {name}", end="\x1b[K\r", file=sys.stderr, flush=True)
        for size in a.sizes.split(","):
            with tempfile.TemporaryDirectory() as folder:
                phases, check = prepared(heed, peer, {"name": name, "kinds": a.kinds, "folder": folder}, size)
            if not check["agree"]:
                wrong += 1
                print(f"{name} {size}: {check['where']} differs by {check['difference']:.2g}", flush=True)
                continue
            for phase in [] if a.check else a.phases.split(","):
                if phases[phase]:
                    rows.append({"name": name, "size": size, "phase": phase, **measured(heed, peer, a, phase), "difference": check["difference"]})
                    if a.json:
                        with open(a.json, "a") as file:
                            file.write(json.dumps({**rows[-1], "threads": a.threads, "clock": a.clock}) + "\n")
    for r in sorted(rows, key=lambda r: r["ratio"]):
        print(f"{'*' if r['ratio'] < 1 else ' '} {r['ratio']:6.2f}  [{r['least']:.2f}-{r['most']:.2f}]  {r['heed_ms']:10.4g} ms {r['torch_ms']:10.4g} ms  "
              f"{r['name']} {r['size']} {r['phase']}")
    if a.markdown:
        Path(a.markdown).write_text(markdown(sorted(rows, key=lambda r: r["ratio"]), head))
    print(f"{len(chosen)} {'kinds' if a.kinds else 'ops'}; {sum(r['ratio'] < 1 for r in rows)} of {len(rows)} rows below 1, marked *; {wrong} differ")
    sys.exit(1 if wrong else 0)
