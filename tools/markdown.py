#!/usr/bin/env python3
"""Markdown with one sentence a line, as all of the repository's pages have it. Usage: tools/markdown.py FILE...
Writes each file anew so, changing nothing but where lines end; tools/lint.py asks that nothing is left to do."""
import re
import sys
from pathlib import Path

ITEM = re.compile(r"^\s*(?:[-*+]|\d+\.)\s+")
ABBREVIATION = re.compile(r"(\b(?:e\.g|i\.e|al|cf|vs|Fig|No|approx|etc|[A-Z]))\.$")


def sentences(text):
    """Splits behind `.`, `!` or `?` before a capital, a figure or a mark, but not inside code, links and parentheses."""
    found, start, depth, code = [], 0, 0, False
    for match in re.finditer(r'`+|[()\[\]]|[.!?]["”)*`]*\s+', text):
        if match.group()[0] == "`":
            code = not code
        elif code:
            pass
        elif match.group() in "([":
            depth += 1
        elif match.group() in ")]":
            depth = max(0, depth - 1)
        elif depth == 0 and not ABBREVIATION.search(text[start:match.start() + 1]) and re.match(r'[A-Z`"“*\[(<_0-9~½]', text[match.end():]):
            found.append(text[start:match.end()].strip())
            start = match.end()
    return [s for s in [*found, text[start:].strip()] if s]


def one_a_line(page):
    """Paragraphs and items of lists anew; headings, tables, code and HTML stay as they are."""
    lines, out = page.split("\n"), []
    fenced = lambda line: line.lstrip().startswith("```")
    is_prose = lambda line: line.strip() and not line.startswith(("|", "#", "<", ">", "---", "    ")) and not fenced(line)
    while lines:
        line = lines.pop(0)
        item = ITEM.match(line)
        if fenced(line):
            end = next((i for i, other in enumerate(lines) if fenced(other)), len(lines) - 1) + 1
            out += [line, *lines[:end]]
            del lines[:end]
        elif item or is_prose(line):
            first = item.group() if item else re.match(r"\s*", line).group()
            text = line[len(first):]
            inside = " " * min(len(first), 2) if item else ""
            while lines and lines[0].strip() and not ITEM.match(lines[0]) and not fenced(lines[0]) and (
                    lines[0].startswith(inside) if item else is_prose(lines[0])):
                text += " " + lines.pop(0).strip()
            out += [(" " * len(first) if i else first) + sentence for i, sentence in enumerate(sentences(text))]
        else:
            out.append(line)
    return "\n".join(out)


if __name__ == "__main__":
    for name in sys.argv[1:]:
        before = Path(name).read_text(encoding="utf-8")
        after = one_a_line(before)
        assert before.split() == after.split(), name
        if after != before:
            Path(name).write_text(after, encoding="utf-8")
