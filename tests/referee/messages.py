#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes messages at random from the UN's text, as un_text.py reads it, and has `comptoirctl edi check` judge them: what
is made by the text must have no error, and with one slip exactly one, with its code and at its place.

    messages.py [--each N] [--seed N] [--keep] COMPTOIRCTL [TEXTS]

Exits 1 where the judge is wrong, 77 where TEXTS is not there."""
import argparse
import json
import random
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import un_text
from directories import ROOT, SETS

# What is no matter of the directory: dates that exist, lists that are kept elsewhere, counts that must be right.
FIXED = {"2380": "20261124", "2379": "102", "6411": "KGM", "6345": "EUR", "3207": "DE", "6069": "5", "1131": None,
         "3055": None, "0081": None}
LONGEST = 400  # segments
# In these one tag stands at several mandatory places side by side: which of them is missing is a guess.
AMBIGUOUS = {"INSPRE", "RECLAM", "RESETT", "RETACC"}

# By the text, only one of these groups is used in a message.
EITHER = {("D96A", "DELFOR"): ("SG4", "SG18")}


class Directory:
    def __init__(self, texts, name):
        base, segments, composites, elements, codes, self.folder, self.ending = SETS[name]
        here = texts / base
        self.name, self.texts = name, here
        self.segments = un_text.segments(un_text.read(here, *segments))[0]
        self.composites = un_text.composites(un_text.read(here, *composites))
        self.formats = un_text.elements(un_text.read(here, *elements))
        self.codes = un_text.codes(un_text.read(here, *codes))

    def messages(self):
        for path in sorted((self.texts / self.folder).iterdir()):
            if path.name.endswith("_" + self.ending):
                text = path.read_text(encoding="cp437").replace("\r", "")
                yield path.name.split("_")[0], un_text.message(text)

    def value(self, chance, element):
        if element in FIXED:
            return FIXED[element] or ""
        form = self.formats[element]
        letters, _, size = form.partition("..")
        if not size:
            letters = form.rstrip("0123456789")
            least = most = int(form[len(letters):])
        else:
            least, most = 1, int(size)
        codes = [code for code in sorted(self.codes.get(element, ())) if least <= len(code) <= most]
        if codes:
            return chance.choice(codes)
        signs = {"n": "123456789", "a": "ABCDEFGH", "an": "ABCDEFGH12345"}[letters]
        return "".join(chance.choice(signs) for _ in range(chance.randint(least, min(most, max(least, 12)))))

    def element(self, chance, name):
        """A position's text, with all that is mandatory in it."""
        if name not in self.composites:
            return [self.value(chance, name)]
        parts = [self.value(chance, component) if mandatory or chance.random() < 0.4 else ""
                 for component, mandatory in self.composites[name]]
        if not any(parts):
            parts = [self.value(chance, component) for component, _ in self.composites[name]]
        return parts

    def segment(self, chance, tag):
        if tag in ("UGH", "UGT"):
            return [["1"]]  # in the texts of the syntax, not of the directory
        return self.positions(chance, tag)

    def positions(self, chance, tag):
        """The positions of a segment, repeats one after the other: lists of components."""
        result = []
        for name, mandatory, repeat in self.segments.get(tag, []):
            for occurrence in range(repeat):
                wanted = occurrence == 0 and (mandatory or chance.random() < 0.5)
                result.append(self.element(chance, name) if wanted or (occurrence == 1 and chance.random() < 0.2) else [])
        return result


class Segment:
    def __init__(self, tag, elements, path):
        self.tag, self.elements, self.path = tag, elements, path

    def text(self):
        parts = [":".join(element).rstrip(":") for element in self.elements]
        return "+".join([self.tag, *parts]).rstrip("+") + "'"


def fill(directory, chance, tree, path, segments, depth=0):
    for index, (name, mandatory, repeat, children) in enumerate(tree):
        if name in ("UNH", "UNT"):
            continue
        often = 1 if mandatory or chance.random() < 0.45 / (1 + depth / 2) else 0
        if often and repeat > 1 and chance.random() < 0.3:
            often = min(repeat, chance.randint(2, 3))
        if not mandatory and len(segments) > LONGEST:
            often = 0
        for _ in range(often):
            place = path + (index,)
            if children is not None:  # none of them: a group that is not used
                fill(directory, chance, children, place, segments, depth + 1)
            elif name == "UNS":
                later = any(entry[0] == "UNS" for entry in tree[index + 1:])
                segments.append(Segment(name, [["D" if later else "S"]], place))
            else:
                segments.append(Segment(name, directory.segment(chance, name), place))


def interchange(directory, message, segments, count=None):
    version = f"{message}:D:{directory.name[1:]}:UN"
    body = "".join(segment.text() + "\n" for segment in segments)
    count = len(segments) + 2 if count is None else count
    return f"UNB+UNOC:3+A+B+261124:0915+1'\nUNH+1+{version}'\n{body}UNT+{count}+1'\nUNZ+1+1'\n"


def in_version_4(directory, segment):
    """With the mark of repetition, where versions before have positions that follow each other."""
    positions, elements = [], iter(segment.elements)
    for _, _, repeat in directory.segments.get(segment.tag, [("", False, len(segment.elements))]):
        occurrences = [":".join(next(elements, [])).rstrip(":") for _ in range(repeat)]
        positions.append("*".join(occurrences).rstrip("*"))
    return "+".join([segment.tag, *positions]).rstrip("+") + "'"


def frames(directory, message, segments):
    """The same message as others would send it: all of these are without error."""
    plain = interchange(directory, message, segments)
    yield "plain", plain
    yield "one line", plain.replace("\n", "")
    yield "CRLF", plain.replace("\n", "\r\n")
    yield "UNA", "UNA:+.? '" + plain
    yield "other marks", "UNA|^,# ~\n" + plain.translate(str.maketrans(":+'", "|^~"))
    yield "wrapped", "\r\n".join(plain.replace("\n", "")[i:i + 80] for i in range(0, len(plain), 80))
    yield "two", plain + plain
    group = f"UNG+{message}+A+B+261124:0915+7+UN+D:{directory.name[1:]}'\n"
    yield "group", plain.replace("UNH+", group + "UNH+", 1).replace("UNZ+", "UNE+1+7'\nUNZ+")
    body = "".join(in_version_4(directory, segment) + "\n" for segment in segments)
    head, tail = plain.split("\n", 2)[:2], plain.rsplit("\n", 3)[1:]
    yield "version 4", head[0].replace(":3+", ":4+").replace("+26", "+2026") + "\n" + head[1] + "\n" + body + "\n".join(tail)


def slips(directory, chance, message, tree, segments):
    """One slip each: (what, text, code, line, element, component); a place of None is not compared."""
    def made(changed, what, code, line, element=None, component=None, count=None):
        return what, interchange(directory, message, changed, count), code, line, element, component

    def changed_at(index, elements):
        return segments[:index] + [Segment(segments[index].tag, elements, segments[index].path)] + segments[index + 1:]

    yield made(segments, "the count", 29, len(segments) + 3, 1, count=len(segments) + 3)
    index = chance.randrange(len(segments) + 1)
    yield made(segments[:index] + [Segment("QZZ", [["1"]], ())] + segments[index:], "an unknown segment", 15, index + 3)
    order = list(range(len(segments)))
    chance.shuffle(order)
    seen = set()
    for index in order:
        segment = segments[index]
        positions = directory.segments.get(segment.tag)
        if not positions:
            continue
        expanded = [(name, mandatory and k == 0) for name, mandatory, repeat in positions for k in range(repeat)]
        if "surplus" not in seen:
            seen.add("surplus")
            full = segment.elements + [["X"]]
            yield made(changed_at(index, full), "an element too many", 16, index + 3, len(full), 1)
        for number, (name, mandatory) in enumerate(expanded):
            element = segment.elements[number]
            if not element:
                continue
            rest = segment.elements[:number], segment.elements[number + 1:]
            components = directory.composites.get(name, [(name, True)])
            alone = name not in directory.composites
            if mandatory and "element" not in seen:
                seen.add("element")
                yield made(changed_at(index, [*rest[0], [], *rest[1]]), "a mandatory element", 13, index + 3, number + 1, 0)
            if not alone and "component" not in seen:
                seen.add("component")
                padded = element + [""] * (len(components) - len(element)) + ["X"]
                yield made(changed_at(index, [*rest[0], padded, *rest[1]]), "a component too many", 16, index + 3,
                           number + 1, len(components) + 1)
            for k, (component, _) in enumerate(components[:len(element)]):
                form = directory.formats[component]
                if not element[k] or component in FIXED or component in directory.codes or component == "7140":
                    continue
                kind = "number" if form.startswith("n") else "length"
                if kind in seen:
                    continue
                seen.add(kind)
                wrong = "12A" if kind == "number" else "X" * (int(form.lstrip("an.")) + 1)
                parts = element[:k] + [wrong] + element[k + 1:]
                yield made(changed_at(index, [*rest[0], parts, *rest[1]]), "no " + kind, 37 if kind == "number" else 39,
                           index + 3, number + 1, 0 if alone else k + 1)
    # A mandatory segment of the message itself that is no group.
    for place, (name, mandatory, repeat, children) in enumerate(tree):
        here = [i for i, segment in enumerate(segments) if segment.path == (place,)]
        if not mandatory or children is not None or len(here) != 1 or name in ("UNH", "UNT") or message in AMBIGUOUS:
            continue
        without = segments[:here[0]] + segments[here[0] + 1:]
        yield made(without, "a mandatory segment " + name, 13, None)
        if repeat == 1 and name != "UNS":
            again = segments[:here[0]] + [segments[here[0]]] + segments[here[0]:]
            alone = tree[place + 1][0] != name
            if alone and not starts_with(tree[place + 1], name):
                yield made(again, "too many " + name, 35, here[0] + 4)
        break


def starts_with(entry, name):
    return entry[3] is not None and entry[3][0][0] == name


def check(program, folder, files):
    maps = ROOT / "edi-maps"
    found = {}
    for start in range(0, len(files), 500):
        run = subprocess.run([program, "edi", "check", "--json", "--quiet", "--partner", "none", "--maps", maps,
                              *files[start:start + 500]],
                             cwd=folder, capture_output=True, text=True, check=False)
        if run.returncode not in (0, 1):
            sys.exit(f"comptoirctl edi check ends with {run.returncode}: {run.stderr[-2000:]}")
        for line in run.stdout.splitlines():
            finding = json.loads(line)
            if "file" in finding:
                found.setdefault(finding["file"], []).append(finding)
    return found


def agrees(findings, code, line, element, component):
    if len(findings) != 1:
        return False
    got = findings[0]
    return (got["code"] == code and (line is None or got["line"] == line)
            and (element is None or got.get("element", 0) == element)
            and (component is None or got.get("component", 0) in (component, 0 if component == 1 else component)))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--each", type=int, default=1, help="messages of each type")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", action="store_true", help="keep the files that were judged wrongly")
    parser.add_argument("program")
    parser.add_argument("texts", nargs="?", type=Path, default=ROOT.parent / "shared/edifact")
    options = parser.parse_args()
    if not options.texts.is_dir():
        print(f"no UN texts in {options.texts}")
        return 77
    chance, expected, wrong = random.Random(options.seed), {}, 0
    folder = Path(tempfile.mkdtemp(prefix="comptoir-referee-"))
    for name in SETS:
        directory = Directory(options.texts, name)
        for message, tree in directory.messages():
            for number in range(options.each):
                segments, unused = [], chance.choice(EITHER.get((name, message), (None,)))
                fill(directory, chance, [[*entry[:3], []] if entry[0] == unused else entry for entry in tree], (), segments)
                base = f"{name}-{message}-{number}"
                for frame, text in frames(directory, message, segments):
                    file = f"{base}-{frame.replace(' ', '-')}.edi"
                    (folder / file).write_text(text, newline="")
                    expected[file] = None
                for i, (what, text, *place) in enumerate(slips(directory, chance, message, tree, segments)):
                    (folder / f"{base}-{i}.edi").write_text(text)
                    expected[f"{base}-{i}.edi"] = (what, place)
    found = check(Path(options.program).resolve(), folder, sorted(expected))
    for file, slip in expected.items():
        findings = found.get(file, [])
        if not findings if slip is None else agrees(findings, *slip[1]):
            continue
        wrong += 1
        said = "; ".join(f"{f['line']} {f.get('segment', '')} {f.get('element', 0)}.{f.get('component', 0)} {f['text']} "
                         f"[{f['code']}]" for f in findings[:4]) or "nothing"
        print(f"{file}: {slip or 'valid'}: got {said}")
        if options.keep:
            shutil.copy(folder / file, "/tmp")
    shutil.rmtree(folder)
    valid = sum(slip is None for slip in expected.values())
    print(f"{valid} messages by the text, {len(expected) - valid} with one slip: {wrong} judged wrongly")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
