#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares each shipped directory with the UN's text of it: segments, composites, elements with their formats,
status and repeats, code lists, and the tree of each message.

    directories.py TEXTS [DIRECTORIES]

TEXTS holds the folders D.96A and D.01B. Prints a line a difference, then what was compared; exits 1 where there is a
difference, 77 where TEXTS is not there."""
import sys
from pathlib import Path

import tables
import un_text

ROOT = Path(__file__).resolve().parents[2]
SETS = {
    "D96A": ("D.96A", ["TRSD.96A"], ["TRCD.96A"], ["TRED.96A"], ["UNCL-1.96A", "UNCL-2.96A"], "TRMD", "D.96A"),
    "D01B": ("D.01B", ["EDSD.01B"], ["EDCD.01B"], ["EDED.01B"], ["UNCL.01B"], "EDMD", "D.01B"),
}


class Comparison:
    def __init__(self, name):
        self.name, self.differences, self.compared = name, 0, {}

    def equal(self, kind, name, want, got):
        self.compared[kind] = self.compared.get(kind, 0) + 1
        if want != got:
            self.differences += 1
            print(f"{self.name} {kind} {name}: the text says {want}, the table {got}")


def codes_differ(want, got):
    return f"missing {sorted(want - got)}, surplus {sorted(got - want)}"


def flatten(tree, path=""):
    for name, mandatory, repeat, children in tree:
        yield (path + name, mandatory, repeat)
        if children is not None:
            yield from flatten(children, path + name + ".")


def compare_message(comparison, name, text, table):
    want, got = list(flatten(un_text.message(text))), list(flatten(table))
    comparison.equal("message", name, len(want), len(got))
    for left, right in zip(want, got):
        comparison.equal("place", name, left, right)


def compare(name, texts, folder):
    base, segment_text, composite_text, element_text, code_text, messages, ending = SETS[name]
    table, here = tables.read(folder / f"{name}.dir"), texts / base
    comparison = Comparison(name)
    segments, below = un_text.segments(un_text.read(here, *segment_text))
    composites = un_text.composites(un_text.read(here, *composite_text))
    elements = un_text.elements(un_text.read(here, *element_text))
    codes = un_text.codes(un_text.read(here, *code_text))
    for tag, positions in table["segments"].items():
        comparison.equal("segment", tag, segments.get(tag), positions)
    for composite, components in table["composites"].items():
        comparison.equal("composite", composite, composites.get(composite), components)
    for element, form in table["elements"].items():
        comparison.equal("element", element, elements.get(element), form)
        want, got = codes.get(element, set()), table["codes"].get(element, set())
        comparison.compared["codes"] = comparison.compared.get("codes", 0) + len(got)
        if want != got:
            comparison.differences += 1
            print(f"{name} codes of {element}: {codes_differ(want, got)}")
    # The segment text repeats each composite with its formats: it must say the same once more.
    for (tag, position), components in below.items():
        if tag not in table["segments"] or position > len(table["segments"][tag]):
            continue
        composite = table["segments"][tag][position - 1][0]
        got = [(n, m, table["elements"].get(n)) for n, m in table["composites"].get(composite, [])]
        comparison.equal("composite in segment", f"{tag} {composite}", components, got)
    for message, tree in table["messages"].items():
        compare_message(comparison, message, un_text.read(here / messages, f"{message}_{ending}"), tree)
    for kind, count in (("segments", segments), ("messages", list((here / messages).iterdir()))):
        print(f"{name}: {len(table[kind])} of {len(count)} {kind} are shipped")
    print(f"{name}: compared " + ", ".join(f"{count} {kind}" for kind, count in comparison.compared.items())
          + f"; {comparison.differences} differences")
    return comparison.differences


def compare_services(texts, folder):
    """The code lists of the service elements, of which D.96A has a text."""
    text = un_text.read(texts / "D.96A", "UNSL.96A")
    formats, codes = un_text.elements(text), un_text.codes(text)
    comparison = Comparison("service")
    for version in "123":
        table = tables.read(folder / f"service-{version}.dir")
        for element, got in table["codes"].items():
            comparison.equal("codes", f"{version} {element}", sorted(codes.get(element, set())), sorted(got))
    for element, form in tables.read(folder / "service-3.dir")["elements"].items():
        if element in formats:
            comparison.equal("element", element, formats[element], form)
    print(f"service: compared {comparison.compared}; {comparison.differences} differences")
    return comparison.differences


def main():
    texts = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT.parent / "shared/edifact"
    folder = Path(sys.argv[2]) if len(sys.argv) > 2 else ROOT / "edi-maps/directories"
    if not all((texts / row[0]).is_dir() for row in SETS.values()):
        print(f"no UN texts in {texts}")
        return 77
    return 1 if sum(compare(name, texts, folder) for name in SETS) + compare_services(texts, folder) else 0


if __name__ == "__main__":
    sys.exit(main())
