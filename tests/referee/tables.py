# SPDX-License-Identifier: Apache-2.0
"""Reads edi-maps/directories/NAME.dir, by the description in docs/edifact-directories.md."""
import re


def part(word):
    name, _, repeat = word.partition("*")
    return name.rstrip("!"), name.endswith("!"), int(repeat or 1)


def tree(words):
    """[name, mandatory, repeat, children or None] up to ')' or 'end'."""
    result = []
    for word in words:
        if word in (")", "end"):
            break
        if word == "(":
            result[-1][3] = tree(words)
        else:
            result.append([*part(word), None])
    return result


def read(path):
    table = {"elements": {}, "codes": {}, "composites": {}, "segments": {}, "messages": {}}
    lines = iter(path.read_text().split("\n"))
    for line in lines:
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        kind, name, rest = words[0], words[1], words[2:]
        if kind == "element":
            table["elements"][name] = rest[0]
        elif kind == "codes":
            table["codes"].setdefault(name, set()).update(rest)
        elif kind == "composite":
            table["composites"][name] = [part(word)[:2] for word in rest]
        elif kind == "segment":
            table["segments"][name] = [part(word) for word in rest]
        elif kind == "message":
            text = []
            for inner in lines:
                text += re.sub(r"([()])", r" \1 ", inner).split()
                if inner.strip() == "end":
                    break
            table["messages"][name] = tree(iter(text))
    return table
