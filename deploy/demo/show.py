#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Shortens OrderResponse documents, a JSON line each, for people. Arguments choose order numbers."""
import json
import sys

for text in sys.stdin:
    answer = json.loads(text)
    if sys.argv[1:] and answer["order_number"] not in sys.argv[1:]:
        continue
    print(f"{answer['order_number']}: {answer['status']}, {answer['total']} {answer['currency']}")
    for line in answer["lines"]:
        why = [reason["text"] for reason in answer["reasons"] if reason["line"] == line["number"]]
        print(f"    line {line['number']}: {line['status']}, {line['confirmed']} of {line['quantity']} {line['unit']}"
              f" {line['product']}".rstrip() + "".join(f"; {text}" for text in why))
    for reason in answer["reasons"]:
        if not reason["line"]:
            print(f"    {reason['text']}")
