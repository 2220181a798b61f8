#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The buyer's side of the demo: takes what is posted to it, keeps it as FOLDER/N.xml and says yes.

    python3 buyer.py PORT FOLDER
"""
import http.server
import itertools
import pathlib
import sys

ANSWER = b"""<?xml version="1.0" encoding="UTF-8"?>
<cXML payloadID="answer@bureau-central.example" timestamp="2026-01-05T10:00:00+00:00" xml:lang="en">
<Response><Status code="200" text="OK"/></Response></cXML>
"""


class Handler(http.server.BaseHTTPRequestHandler):
    numbers, folder = itertools.count(1), pathlib.Path(sys.argv[2])

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        part = self.folder / f"{next(Handler.numbers)}.part"
        part.write_bytes(body)
        part.rename(part.with_suffix(".xml"))
        self.send_response(200)
        self.send_header("Content-Type", "text/xml; charset=UTF-8")
        self.send_header("Content-Length", str(len(ANSWER)))
        self.end_headers()
        self.wfile.write(ANSWER)

    def log_message(self, *_):
        pass


http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
