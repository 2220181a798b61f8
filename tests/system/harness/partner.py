# SPDX-License-Identifier: Apache-2.0
"""A buyer's side: an HTTP server that takes what the daemon posts, and a client that posts to the daemon."""
import http.server
import threading
import urllib.error
import urllib.request

from harness.process import wait_for


class Inbox:
    """Answers each POST by the next of `answers` (status, body); the last one is repeated. Keeps all bodies."""

    def __init__(self, answers):
        self.received, self.answers = [], list(answers)
        inbox = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                number = len(inbox.received)
                status, answer = inbox.answers[min(number, len(inbox.answers) - 1)]
                inbox.received.append((self.path, dict(self.headers), body))
                self.send_response(status)
                self.send_header("Content-Type", "text/xml; charset=UTF-8")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/cxml"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def wait(self, count, seconds=60):
        wait_for(f"{count} posts to the buyer", lambda: len(self.received) >= count, seconds)
        return self.received

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def post(url, body, content_type="text/xml; charset=UTF-8", seconds=30):
    """The status and the body of the answer, whatever the status."""
    request = urllib.request.Request(url, body, {"Content-Type": content_type}, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=seconds) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as refusal:
        return refusal.code, refusal.read()
