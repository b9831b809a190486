#!/usr/bin/env python3
"""Do the quotations in README.md and the pages of docs/ and examples/ agree with the programs that the tests compile?
Usage: tools/check_snippets.py [--update]

A block of code after the line <!-- from tests/snippets/NAME.cpp --> is that whole file; after <!-- from tests/snippets/NAME.cpp#PART -->
it is what stands between the lines `// [PART]` and the next `// [...]`, less its indentation. --update writes the blocks anew.
Prints one line for each difference; exit status 1 if there are any."""
import re
import sys
import textwrap
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
QUOTE = re.compile(r"(<!-- from (?P<file>[^ #]+?)(?:#(?P<part>[\w-]+))? -->\n```\w*\n)(?P<code>.*?)(?P<end>```\n)", re.S)
MARKER = re.compile(r"<!-- from ")
PART = re.compile(r"^ *// \[([\w-]+)\]$")


def part_of(text, part):
    """The lines of a part, or None if there is no such part."""
    lines, inside, found = [], False, False
    for line in text.split("\n"):
        match = PART.match(line)
        if match:
            inside = match[1] == part
            found |= inside
        elif inside:
            lines.append(line)
    return textwrap.dedent("\n".join(lines)).strip("\n") + "\n" if found else None


def source_of(name, part):
    path = ROOT / name
    if not path.is_file():
        return None
    text = path.read_text(encoding="utf-8")
    return text if part is None else part_of(text, part)


def main():
    update = "--update" in sys.argv[1:]
    findings = quotes = 0
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), *sorted((ROOT / "examples").rglob("*.md"))]:
        text = page.read_text(encoding="utf-8")
        name = page.relative_to(ROOT)

        def check(match):
            nonlocal findings, quotes
            quotes += 1
            line = text.count("\n", 0, match.start()) + 1
            what = match["file"] + (f"#{match['part']}" if match["part"] else "")
            wanted = source_of(match["file"], match["part"])
            if wanted is None:
                findings += 1
                print(f"{name}:{line}: there is no {what}")
            elif wanted != match["code"]:
                if update:
                    return match[1] + wanted + match["end"]
                findings += 1
                print(f"{name}:{line}: differs from {what}; tools/check_snippets.py --update copies it")
            return match[0]

        new = QUOTE.sub(check, text)
        if len(MARKER.findall(text)) != len(QUOTE.findall(text)):
            findings += 1
            print(f"{name}: a line '<!-- from ... -->' is not followed by a block of code")
        if new != text:
            page.write_text(new, encoding="utf-8")
    if not quotes:
        findings += 1
        print("no page quotes a program")
    print(f"snippets: {quotes} quoted, {findings} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
