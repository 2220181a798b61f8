# SPDX-License-Identifier: Apache-2.0
"""Writes a StAEDI schema (version 4) of a message from one of our directory tables:

    schema.py edi-maps/directories/D96A.dir ORDERS
"""

import re
import sys
from xml.sax.saxutils import quoteattr


def read(path):
    """Lines of each definition by kind and name; code lists by element."""
    found = {}
    name = None
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            words = line.split()
            if not words or words[0].startswith("#"):
                continue
            if words == ["end"]:
                continue
            if line[0] != " ":
                name = (words[0], words[1])
                found.setdefault(name, []).extend(words[2:])
            else:
                found[name].extend(words)
    return found


def part(word):
    name, mandatory, repeat = re.fullmatch(r"([A-Z0-9]+)(!?)(?:\*(\d+))?", word).groups()
    return name, bool(mandatory), int(repeat or 1)


def occurs(mandatory, repeat):
    return (' minOccurs="1"' if mandatory else "") + (f' maxOccurs="{repeat}"' if repeat > 1 else "")


def element_types(found):
    for (kind, name), words in found.items():
        if kind != "element":
            continue
        base, dots, size = re.fullmatch(r"(an|a|n)(\.\.)?(\d+)", words[0]).groups()
        base = "decimal" if base == "n" else "string"
        least = 1 if dots else size
        print(f'  <elementType name="E{name}" base="{base}" minLength="{least}" maxLength="{size}">')
        codes = found.get(("codes", name), [])
        if codes:
            print("   <enumeration>" + "".join(f"<value>{code}</value>" for code in codes) + "</enumeration>")
        print("  </elementType>")


def composite_types(found):
    for (kind, name), words in found.items():
        if kind != "composite":
            continue
        print(f'  <compositeType name="{name}"><sequence>')
        for component, mandatory, repeat in map(part, words):
            # Before version 4, what repeats is written one after the other.
            for index in range(repeat):
                print(f'   <element type="E{component}"{occurs(mandatory and index == 0, 1)}/>')
        print("  </sequence></compositeType>")


def segment_types(found, used):
    for (kind, name), words in found.items():
        if kind != "segment" or name not in used:
            continue
        print(f'  <segmentType name="{name}"><sequence>')
        for place, mandatory, repeat in map(part, words):
            tag = f'composite type="{place}"' if not place.isdigit() else f'element type="E{place}"'
            for index in range(repeat):
                print(f"   <{tag}{occurs(mandatory and index == 0, 1)}/>")
        print("  </sequence></segmentType>")


def structure(words):
    """The message without its envelope; groups are loops. Returns the tags used."""
    used = set()
    i = 0
    while i < len(words):
        closing = 0
        name, mandatory, repeat = part(words[i])
        if i + 1 < len(words) and words[i + 1] == "(":
            print(f"   <loop code={quoteattr(name)}{occurs(mandatory, repeat)}><sequence>")
            i += 1
        elif name not in ("UNH", "UNT"):
            print(f'   <segment type="{name}"{occurs(mandatory, repeat)}/>')
            used.add(name)
        i += 1
        while i < len(words) and words[i] == ")":
            closing += 1
            i += 1
        if closing:
            print("   " + "</sequence></loop>" * closing)
    return used


def main():
    found = read(sys.argv[1])
    print('<schema xmlns="http://xlate.io/EDISchema/v4">')
    print(" <transaction><sequence>")
    used = structure(found[("message", sys.argv[2])])
    print(" </sequence></transaction>")
    element_types(found)
    if ("element", "0081") not in found:
        print('  <elementType name="E0081" base="string" minLength="1" maxLength="1"/>')
    composite_types(found)
    segment_types(found, used)
    if ("segment", "UNS") not in found:
        print('  <segmentType name="UNS"><sequence><element type="E0081" minOccurs="1"/></sequence></segmentType>')
    print("</schema>")


if __name__ == "__main__":
    main()
