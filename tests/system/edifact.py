# SPDX-License-Identifier: Apache-2.0
"""EDIFACT for the tests: interchanges with ORDERS D.96A, and a reader of what comes back."""

BUYER, SELLER = "4012345000009", "4098765000010"

PARTNER = """
account = "ACME";
edifact = {
    identities = ( { qualifier = "14"; identity = "4012345000009"; } );
    us = { qualifier = "14"; identity = "4098765000010"; };
    directory = "D96A";
};
"""


def message(reference, number, lines, date="20260302"):
    """The segments of one ORDERS; lines are (part, quantity)."""
    body = [f"BGM+220+{number}+9", f"DTM+137:{date}:102", f"NAD+BY+{BUYER}::9", f"NAD+SU+{SELLER}::9", "CUX+2:EUR:9"]
    for position, (part, quantity) in enumerate(lines, 1):
        body += [f"LIN+{position}", f"PIA+5+{part}:SA", f"QTY+21:{quantity}:PCE"]
    body += ["UNS+S", f"CNT+2:{len(lines)}"]
    return [f"UNH+{reference}+ORDERS:D:96A:UN", *body, f"UNT+{len(body) + 2}+{reference}"]


def other(kind, reference, body, release="96A"):
    """The segments of a message of another kind."""
    return [f"UNH+{reference}+{kind}:D:{release}:UN", *body, f"UNT+{len(body) + 2}+{reference}"]


def request(reference, number, lines, release="96A"):
    """One REQOTE; lines are (part, quantity)."""
    body = [f"BGM+311+{number}+9", "DTM+137:20260302:102", f"NAD+BY+{BUYER}::9"]
    for position, (part, quantity) in enumerate(lines, 1):
        body += [f"LIN+{position}", f"PIA+5+{part}:SA", f"QTY+21:{quantity}:PCE"]
    return other("REQOTE", reference, [*body, "UNS+S", f"CNT+2:{len(lines)}"], release)


def enquiry(reference, number, *orders):
    """One OSTENQ, which is of D.01B."""
    return other("OSTENQ", reference, [f"BGM+347+{number}+9", "DTM+137:20260302:102", f"NAD+BY+{BUYER}::9",
                                       *(f"DOC+220+{order}" for order in orders)], "01B")


def interchange(reference, *messages, sender=BUYER):
    segments = [f"UNB+UNOC:3+{sender}:14+{SELLER}:14+260302:0930+{reference}",
                *(segment for one in messages for segment in one), f"UNZ+{len(messages)}+{reference}"]
    return "".join(f"{segment}'\n" for segment in segments).encode("latin-1")


def segments(data):
    """Segments as lists of elements as lists of components; the standard separators, releases kept simple."""
    text = data.decode("latin-1")
    if text.startswith("UNA"):
        text = text[9:]
    found = [part.strip("\r\n") for part in text.split("'")]
    return [[element.split(":") for element in segment.split("+")] for segment in found if segment]


def kind(data):
    """"CONTRL", "ORDRSP" ... of the first message."""
    return next(segment[2][0] for segment in segments(data) if segment[0] == ["UNH"])


def get(data, tag):
    return [segment[1:] for segment in segments(data) if segment[0] == [tag]]
