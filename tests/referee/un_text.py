# SPDX-License-Identifier: Apache-2.0
"""Reads the UN's text of a directory, as a person would: rule lines part the entries, a status M or C ends each
line of a table, and the box at the right margin shows where a segment group opens and closes. It shares nothing
with the directory compiler, which it judges."""
import re
from pathlib import Path

RULE = re.compile(r"^─{20,}\s*$", re.M)
TAIL = re.compile(r"\s(?P<status>[MC])(?:\s+(?P<repeat>\d+))?(?:\s+(?P<format>an?\.{0,2}\d+|n\.{0,2}\d+))?\s*$")
HEAD = re.compile(r"^(?P<position>\d{3})?[\s+*#|X-]*\s(?P<name>[CES]?\d{3,4})\s")
BOX = "│┐┘┴┤├"


def read(folder, *names):
    return "\n".join((Path(folder) / name).read_text(encoding="cp437").replace("\r", "") for name in names)


def parts(text):
    """What stands between two rules, without the marks of change in front of the first line."""
    return [part.strip("\n") for part in RULE.split(text)[1:]]


def without_marks(line):
    return re.sub(r"^[\s+*#|X-]+(?=\s|\d{4})", "", line).strip()


def rows(part):
    """The table of an entry: (position, name, status, repeat, format); names wrap over lines."""
    waiting = None
    for line in part.split("\n"):
        head = HEAD.match(line)
        if head and not re.match(r"\s*(Function|Desc|Note):", line):
            waiting = head
        if not waiting:
            continue
        tail = TAIL.search(line)
        if tail:
            yield (waiting["position"], waiting["name"], tail["status"] == "M", int(tail["repeat"] or 1), tail["format"])
            waiting = None


def segments(text):
    """Tag: its positions, each (name, mandatory, repeat); and what stands below each composite there."""
    result, composites = {}, {}
    for part in parts(text):
        title = re.search(r"^[\s+*#|X-]*\s([A-Z]{3})\s{2,}\S", part, re.M)
        if not title:
            continue
        tag = title[1]
        result[tag] = []
        for position, name, mandatory, repeat, form in rows(part[title.end():]):
            if position:
                result[tag].append((name, mandatory, repeat))
            else:
                composites.setdefault((tag, len(result[tag])), []).append((name, mandatory, form))
    return result, composites


def composites(text):
    result = {}
    for part in parts(text):
        title = re.search(r"^[\s+*#|X-]*\s([CES]\d{3})\s+\S", part, re.M)
        if title:
            result[title[1]] = [(name, mandatory) for position, name, mandatory, _, _ in rows(part[title.end():])]
    return result


def elements(text):
    result = {}
    for part in parts(text):
        title = re.search(r"^[\s+*#|X-]*\s(\d{4})\s+\S", part, re.M)
        form = re.search(r"^[\s|]*Repr:\s*(an?|n)\s*(\.\.)?\s*(\d+)", part, re.M)
        if title and form:
            result[title[1]] = form[1] + (form[2] or "") + form[3]
    return result


def codes(text):
    """Element: its codes. They stand at the left (newer texts) or end in column 9 (older ones); what explains
    them is set in further."""
    result = {}
    for part in parts(text):
        title = re.search(r"^[\s+*#|X-]*\s(\d{4})\s+\S", part, re.M)
        if not title:
            continue
        found = set()
        body = part[title.end():].split("\n")[1:]
        old = any(re.match(r"^.{9} \S", line) and line[:9].strip("+*#|X- ").isalnum() for line in body)
        for line in body:
            if old:
                match = re.match(r"^(?P<marks>.{2})(?P<code>.{7}) (?=\S)", line)
                code = match["code"].strip() if match else ""
                code = code.lstrip("+*#|").strip() if match else ""
            else:
                match = re.match(r"^[\s+*#|X-]{5}(?P<code>\S+)(\s|$)", line)
                code = match["code"] if match else ""
            if code and re.fullmatch(r"[A-Z0-9]{1,17}", code):
                found.add(code)
        if found:
            result[title[1]] = found
    return result


def unwrapped(lines):
    """A long segment name wraps; its status stands on the second line."""
    waiting = ""
    for line in lines:
        if waiting and re.search(r"\s[MC]\s+\d", line):
            line = waiting + line
        waiting = ""
        if re.match(r"^\d{4,5}[\s+*#|X-]*\s[A-Z]{3}\s", line) and not re.search(r"\s[MC]\s+\d", line):
            waiting = line.rstrip(BOX + " ") + " "
            continue
        yield line


def message(text):
    """The tree of a message: [name, mandatory, repeat, children or None], by the columns in which boxes open and
    close."""
    table = text[text.rindex("Segment table"):] if "Segment table" in text else text
    root = ["", True, 1, []]
    open_boxes = []  # (column, group), outermost first
    for line in unwrapped(table.split("\n")):
        group = re.match(r"^\d{4,5}.*Segment group\s+(\d+)\s*─+\s*([MC])\s+(\d+)", line)
        segment = re.match(r"^\d{4,5}[\s+*#|X-]*\s([A-Z]{3})\s.*\s([MC])\s+(\d+)", line)
        parent = open_boxes[-1][1] if open_boxes else root
        if group:
            node = ["SG" + group[1], group[2] == "M", int(group[3]), []]
            parent[3].append(node)
            open_boxes.append((line.rstrip().find("┐"), node))
        elif segment:
            parent[3].append([segment[1], segment[2] == "M", int(segment[3]), None])
        closing = {i for i, c in enumerate(line) if c in "┘┴"}
        if segment or not group:
            open_boxes = [box for box in open_boxes if box[0] not in closing]
    if open_boxes:
        raise ValueError("the box of " + open_boxes[-1][1][0] + " is not closed")
    return root[3]
