#!/usr/bin/env python3
"""A score's lambda that cannot work does not compile, and the error names in one sentence what to do. Usage: score_refusals.py COMPILER [FLAG...]"""
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

HEAD = "#include <heed/ops/attention/score.hpp>\nusing namespace heed;\n"
ACCEPTED = """Score s = score::scaled_dot([](auto s, auto i, auto j) { return select(s > i, s, j); });
Score p = score::pairwise([](auto q, auto k) { return abs(q - k); });"""
REFUSED = [  # code, the sentence
    ("score::dot([](auto s) { if (s > 0) return s; return -s; })", "write select\\(condition, a, b\\)"),
    ("score::dot([](auto s) { return s > 0 ? s : -s; })", "write select\\(condition, a, b\\)"),
    ("score::dot([](auto s, auto i, auto j) { return select(s > 0 && i > j, s, -s); })", "write & for &&"),
    ("score::scaled_dot([](auto s, auto i) { return s - i; })", "takes \\(s\\), \\(s, i, j\\) or \\(s, b, h, i, j\\)"),
    ("score::scaled_dot([](float s) { return 2 * s; })", "each of them auto"),
    ("score::dot([n = 0](auto s) mutable { ++n; return s; })", "is not mutable"),
    ("score::dot([](auto) { return 1.0; })", "not a plain number"),
    ("score::pairwise([](auto q, auto k, auto w) { return w * (q - k); })", "for g\\(q, k, theta\\) write pairwise\\(g, theta\\)"),
    ("score::pairwise([](auto q, auto k) { return q - k; }, Array())", "calls g\\(q, k, theta\\)"),
    ("score::pairwise([](auto, auto) { return 1; })", "not a plain number"),
]


def errors(code):
    run = subprocess.run([*sys.argv[1:], "-std=c++20", "-fsyntax-only", "-x", "c++", "-"], input=HEAD + code, capture_output=True, text=True)
    return run.returncode, [line for line in run.stderr.splitlines() if "error:" in line or "error " in line]


def main():
    bad = 0
    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(errors, [ACCEPTED] + [f"auto s = {code};" for code, _ in REFUSED]))
    if results[0][0] != 0:
        bad += 1
        print("a right score does not compile:", *results[0][1], sep="\n  ")
    for (code, sentence), (status, lines) in zip(REFUSED, results[1:]):
        if status == 0 or not lines or not re.search(sentence, lines[0]):
            bad += 1
            print(f"{code}: expected {sentence!r} first, got", *(lines or ["no error"]), sep="\n  ")
    print(f"{len(results)} scores, {bad} wrong")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
