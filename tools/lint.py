#!/usr/bin/env python3
"""House rules that a machine can check. Usage: tools/lint.py [BUILD_DIR]; with a build folder the kernels' objects are checked, too.
Prints one line for each finding, then their number; exit status 1 if there are any."""
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from markdown import one_a_line

ROOT = Path(__file__).resolve().parent.parent
CODE = {".hpp", ".cpp"}
OPS = ROOT / "ops/ops.hpp"
LONGEST = 300  # lines of a source file
# The folders of the library in the direction of its includes: each may include itself and those before it.
ROOMS = """core/base core/observe core/io core
    ops/kernel/simd ops/kernel/elementwise ops/kernel/fused ops/kernel/rows ops/kernel/pool ops/kernel/gemm ops/kernel/conv ops/kernel/attention
    ops/define ops/shape ops/index ops/elementwise ops/image ops/mask ops/norm ops/product ops/attention ops/loss ops/recurrent ops/reduce
    nn/data nn/data/text nn/data/text/metrics nn/data/database nn/data/audio nn/data/audio/speech nn/data/image nn/params/rules nn/params nn/decode nn/layers nn/layers/heads nn/generate nn/optim nn/inspect/page nn/inspect
    nn/training/settings nn/training/run nn/training/shards nn/training nn/distributed nn/program""".split()
LAYERS = ["core", "ops", "nn", "examples"]  # the same of the top level
MOST_FILES = 25  # in a folder of sources
WIDTH = 120
TABLE_WIDTH = 150  # between "clang-format off" and "on": cases and other tables, laid out by hand
ALIGNED = ["tests/consumers/program/recall.cpp"]  # a program in a page: laid out by hand
findings = []


def report(path, line, text):
    where = path.relative_to(ROOT) if path.is_absolute() else path
    findings.append(f"{where}:{line}: {text}" if line else f"{where}: {text}")


def repository_files():
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True)
    if listed.returncode == 0:
        names = listed.stdout.decode().split("\0")
    else:  # a tarball
        names = [str(p.relative_to(ROOT)) for p in ROOT.rglob("*") if "build" not in p.relative_to(ROOT).parts[0]]
    return [ROOT / n for n in sorted(set(names)) if n and (ROOT / n).is_file() and not (ROOT / n).is_symlink()]


def under(path, folder):
    return str(path.relative_to(ROOT)).startswith(folder)


def without_comments(text):
    """The code, with comments and the characters of strings blanked, line by line as before."""
    pattern = r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"'
    blank = lambda m: m.group() if m.group()[0] == '"' else re.sub(r"[^\n]", " ", m.group())
    return re.sub(pattern, blank, text, flags=re.S)


def check_text(path, text):
    width = WIDTH
    for number, line in enumerate(text.split("\n"), 1):
        if "// clang-format o" in line:
            width = TABLE_WIDTH if line.endswith("off") else WIDTH
        if path.suffix in CODE and "\t" in line:
            report(path, number, "a tab; indent with four spaces")
        if path.suffix in CODE and len(line) > width:
            report(path, number, f"{len(line)} characters; at most {width}")
        if line != line.rstrip():
            report(path, number, "white space at the end of the line")
        if re.search(r"(?<![\w./~$\"-])/(root|home|work)/\w", line):
            report(path, number, "a path of one machine")
        if path.suffix in CODE and re.search(r"\b(TODO|FIXME|XXX)\b", line):
            report(path, number, "a note to do something; do it or open an issue")
    if path.suffix == ".hpp" and "Private to heed" in text and "\n// Private to heed; not installed.\n" not in text:
        report(path, 1, 'the words "Private to heed; not installed." need a line of their own: CMake looks for it')


def check_length(path, text):
    lines = text.count("\n")
    if lines > LONGEST:
        report(path, 0, f"{lines} lines; at most {LONGEST}")


def check_layout(files):
    """Every C++ file as clang-format lays it out. Other versions than 14 break lines elsewhere, so they are not asked."""
    tool = next((t for t in ("clang-format-14", "clang-format") if shutil.which(t)), None)
    if tool is None or " 14." not in subprocess.run([tool, "--version"], capture_output=True, text=True).stdout:
        print("lint: without clang-format 14 (Debian 12), so the layout was not checked")
        return
    sources = [str(path) for path in files if path.suffix in CODE and str(path.relative_to(ROOT)) not in ALIGNED]
    errors = subprocess.run([tool, "--dry-run", "--Werror", *sources], capture_output=True, text=True).stderr
    for name in dict.fromkeys(re.findall(r"^(\S+?):\d+:\d+: error", errors, re.M)):
        report(Path(name), 0, f"not laid out by .clang-format; run {tool} -i")


def room_of(name):
    """The folder of a file of the library. The list of all ops belongs to what defines them."""
    return "ops/define" if name == "ops/ops.hpp" else name.rpartition("/")[0]


def check_includes(path, code):
    own = str(path.relative_to(ROOT))
    inside = own.split("/")[0]
    room = room_of(own)
    if inside in LAYERS[:3] and room not in ROOMS:
        report(path, 0, f"{room} is no folder of the library yet; add it to ROOMS in tools/lint.py, at its position in the direction of includes")
    for number, line in enumerate(code.split("\n"), 1):
        match = re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line)
        if not match:
            continue
        quote, name = match.groups()
        if quote == '"' and not under(path, "tests/consumers/"):
            report(path, number, f'include <heed/...>, not "{name}"')
        target = name.split("/")[1] if name.startswith("heed/") else ""
        if inside in LAYERS and target in LAYERS and LAYERS.index(target) > LAYERS.index(inside):
            report(path, number, f"{inside} may not include {target}; the direction is {' <- '.join(LAYERS)}")
        elif room in ROOMS and target in LAYERS and room_of(name[5:]) in ROOMS and ROOMS.index(room_of(name[5:])) > ROOMS.index(room):
            report(path, number, f"{room} may not include {room_of(name[5:])}, which comes after it in the direction of includes")
        if inside in LAYERS and target in ("tests", "bench"):
            report(path, number, f"{inside} may not include {target}")
        if inside in LAYERS[:3] and name == "heed/heed.hpp":
            report(path, number, "the umbrella is for users")
        if name.startswith("xsimd/") and not under(path, "ops/kernel/simd/") and not under(path, "ops/attention/score.hpp"):
            report(path, number, "xsimd belongs in ops/kernel/simd and ops/attention/score.hpp")
        if name.startswith("xtensor/") and not under(path, "core/array.hpp") and not under(path, "core/xt.hpp"):
            report(path, number, "xtensor comes through <heed/core/array.hpp> or, in .cpp files, <heed/core/xt.hpp>")
        if name == "heed/core/xt.hpp" and path.suffix == ".hpp":
            report(path, number, "core/xt.hpp is for .cpp files: it is slow to compile")


def check_code(path, code):
    for number, line in enumerate(code.split("\n"), 1):
        if re.search(r"\bxt::eval\b", line):
            report(path, number, "xt::eval gets the rank wrong under C++20; name the type: Array y = ...")
        if re.search(r"\bauto\s*(const)?&*\s*\w+\s*=\s*xt::", line):
            report(path, number, "an xtensor expression in an auto dangles or is evaluated twice; name the type: Array y = ...")
        if "atomic_thread_fence" in line:
            report(path, number, "the thread sanitizer cannot see fences; order the atomics themselves")
        if under(path, "nn/") and re.search(r"\brecord\(", line):
            report(path, number, "nn writes no backward: a layer that needs one shows a missing op")
    if path.suffix == ".hpp" and not code.lstrip().startswith("#pragma once"):
        report(path, 1, "a header begins with #pragma once")


def declared_ops():
    """(line, name, operands) of every op that ops.hpp declares."""
    words = {"+": "add", "-": "subtract", "*": "multiply", "/": "divide",
             "<": "less", "<=": "less_equal", ">": "greater", ">=": "greater_equal"}
    for number, line in enumerate(without_comments(OPS.read_text()).split("\n"), 1):
        match = re.match(r"(?:HEED_ABI )?(?:Var|Ints|std::vector<Var>|Ordered|LSTMState)\s+(operator\S+?|\w+)\((.*)", line)
        if not match:
            continue
        name, operands = match.groups()
        if name.startswith("operator"):
            sign = name.removeprefix("operator")
            name = "negate" if sign == "-" and operands.count("In ") == 1 else words.get(sign, sign)
        yield number, name, operands


def check_ops_enrolled():
    """Every function that ops.hpp declares has cases of its name in some op file."""
    enrolled = set()
    for path in (ROOT / "ops").rglob("*.cpp"):
        enrolled |= {name.split("/")[0] for name in re.findall(r'\.name\s*=\s*"([^"]+)"', path.read_text())}
        enrolled |= {name.split("/")[0] for name in re.findall(r'HEED_\w*CASE\w*\(\s*"?(\w+)', path.read_text())}
    for number, name, operands in declared_ops():
        differentiable = re.search(r"\bIns? ", operands) and name not in ("argmax", "argmin", "argsort")
        if differentiable and name not in enrolled:
            report(OPS, number, f"no enrolled case is named '{name}/...'; add one to HEED_OP_CASES of its file")


def check_ops_measured():
    """Every op has a row in bench/ops, by its name and on both sides."""
    ours = set().union(*(re.findall(r'(?:\{|add\(all, )"(\w+(?:/[\w ]+)?)"', p.read_text()) for p in (ROOT / "bench/ops").glob("*_rows.cpp")))
    peers = re.findall(r'(?:^ {4}|, |\()"(\w+(?:/[\w ]+)?)"(?::|, lambda|, torch)', (ROOT / "bench/ops/rows.py").read_text(), re.M)
    for name in sorted(ours ^ set(peers)):
        report(ROOT / "bench/ops", 0, f"only one side has a row '{name}'; the other needs one in a *_rows.cpp or in rows.py")
    for number, name, _ in declared_ops():
        if name not in {row.split("/")[0] for row in ours}:
            report(OPS, number, f"no row '{name}' compares its speed with PyTorch's; add one to a *_rows.cpp and to rows.py of bench/ops")


def check_kit_names(files):
    """No type of a data kit or another namespace of nn has the name of one of heed, heed::nn or heed::program: who opens both could not say it."""
    types = {}
    for path in files:
        if path.suffix == ".hpp" and str(path.relative_to(ROOT)).split("/")[0] in LAYERS[:3] and "\n// Private to heed; not installed.\n" not in path.read_text():
            for space, body in re.findall(r"^namespace (heed(?:::\w+)?) \{\n(.*?)^\}  // namespace \1$", path.read_text(), re.S | re.M):
                for name in re.findall(r"^(?:struct|class|enum|enum class|concept|using) (?:HEED_ABI )?(\w+)(?= (?:[:={]|final))", body, re.M):
                    types.setdefault(space, {}).setdefault(name, path)
    for space in sorted(types.keys() - {"heed", "heed::score", "heed::kernel", "heed::detail"}):
        for other in ("heed", "heed::nn", "heed::program"):
            for name in sorted(types[space].keys() & types[other].keys() if space != other else ()):
                report(types[space][name], 0, f"{space}::{name} has the name of {other}::{name}; one of them needs another")


def check_folders(files):
    """No folder has more than MOST_FILES sources."""
    folders = Counter(path.parent for path in files if path.suffix in CODE)
    for folder, count in sorted(folders.items()):
        if count > MOST_FILES:
            report(folder, 0, f"{count} files; at most {MOST_FILES}")


def anchors(text):
    """What GitHub makes of the headings of a page."""
    text = re.sub(r"^```.*?^```", "", text, flags=re.S | re.M)
    return {re.sub(r"[^\w -]", "", h.strip().lower()).replace(" ", "-") for h in re.findall(r"^#+ (.*)", text, flags=re.M)}


def check_links(path, text):
    """Relative links of pages, their headings included, and pages that other files name, are there."""
    for number, line in enumerate(text.split("\n"), 1):
        for link in re.findall(r"\]\(([^)\s]+)\)", line) if path.suffix == ".md" else []:
            name, _, heading = link.partition("#")
            target = path.parent / name if name else path
            if re.match(r"[a-z]+:", link):
                continue
            if not target.exists():
                report(path, number, f"a link to {name}, which is not there")
            elif heading and heading not in anchors(target.read_text()):
                report(path, number, f"a link to {link}: there is no such heading")
        for name in re.findall(r"(?<![\w/.])docs/[\w/]+\.md", re.sub(r"\]\([^)]*\)", "", line)):
            if not (ROOT / name).exists():
                report(path, number, f"names {name}, which is not there")


def check_test_names(path, text):
    """The tests that the last column of a table names, as heed_tests takes them, are there."""
    titles = re.findall(r'TEST_CASE\(\s*("[^,]*)', "\n".join(p.read_text() for p in (ROOT / "tests").rglob("test_*.cpp")))
    titles = [re.sub(r'" *HEED_TAG *"|^"', "", title) for title in titles]
    for number, line in enumerate(text.split("\n"), 1):
        for name in re.findall(r"`([^`/=]*)`", line.split("|")[-2]) if line.startswith("|") else []:
            if not any(name.strip("*").split(",")[0] in title for title in titles):
                report(path, number, f"there is no test '{name}'")


def check_sentences(path, text):
    """A page has one sentence a line: then a change of a sentence is a change of a line."""
    for number, (line, wanted) in enumerate(zip(text.split("\n"), one_a_line(text).split("\n")), 1):
        if line != wanted:
            report(path, number, "not one sentence a line; tools/markdown.py FILE makes it so")
            return


def check_objects(build):
    """The linker must not pick AVX code for all machines: AVX objects have no weak function that another set's objects have, too."""
    own = {"avx2": r"heed::kernel::avx2::|xsimd::fma3<xsimd::avx2>", "avx512": r"heed::kernel::avx512::|xsimd::avx512",
           "avx512bf16": r"heed::kernel::avx512bf16::|xsimd::avx512"}
    objects = [p for isa in own for p in build.glob(f"CMakeFiles/heed*_{isa}.dir/**/*.o")]
    if not objects:
        report(build, 0, "no objects of the AVX kernels here; build first")
    for path in objects:
        isa = re.search(r"heed\d*_(\w+)\.dir", str(path)).group(1)
        table = subprocess.run(["nm", "-C", "--defined-only", str(path)], capture_output=True, text=True, check=True).stdout
        for line in table.splitlines():
            match = re.match(r"[0-9a-f]* W (.*)", line)
            if match and not re.search(own[isa], match[1]):
                report(Path(path.name), 0, f"{isa}: weak symbol {match[1][:120]}; an old CPU may be given this copy")


def main():
    files = repository_files()
    for path in files:
        if under(path, "tests/fuzz/corpus/"):
            continue
        try:
            text = path.read_text()
        except UnicodeDecodeError:
            continue
        if path.suffix in CODE or path.name == "CMakeLists.txt" or path.suffix in (".cmake", ".md", ".py", "") and not under(path, "tests/reference"):
            check_text(path, text)
            check_links(path, text)
        if path.suffix == ".md":
            check_sentences(path, text)
        if under(path, "docs/use/same_bits.md"):
            check_test_names(path, text)
        if path.suffix in CODE:
            code = without_comments(text)
            check_length(path, text)
            check_includes(path, code)
            check_code(path, code)
    check_kit_names(files)
    check_folders(files)
    check_layout(files)
    check_ops_enrolled()
    check_ops_measured()
    if len(sys.argv) > 1:
        check_objects(Path(sys.argv[1]))
    for finding in findings:
        print(finding)
    print(f"lint: {len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
