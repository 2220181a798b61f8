# SPDX-License-Identifier: Apache-2.0
"""A mail server that takes everything, or refuses what it is told to, and keeps what it took."""
import email
import email.policy
import socketserver
import threading

from harness.process import wait_for


class MailServer:
    """`answers`: replies to the end of each mail's data, in turn; then "250 taken" for ever."""

    def __init__(self, answers=()):
        self.taken, self.tried, self.answers = [], [], list(answers)
        server = self

        class Handler(socketserver.StreamRequestHandler):
            def say(self, text):
                self.wfile.write(f"{text}\r\n".encode())

            def data(self, sender, recipients):
                self.say("354 go on")
                lines = []
                while (line := self.rfile.readline()) not in (b".\r\n", b""):
                    lines.append(line[1:] if line.startswith(b"..") else line)
                mail = b"".join(lines)
                server.tried.append(mail)
                answer = server.answers.pop(0) if server.answers else "250 taken"
                if answer.startswith("250"):
                    server.taken.append((sender, recipients, mail))
                self.say(answer)

            def handle(self):
                self.say("220 test")
                sender, recipients = "", []
                while line := self.rfile.readline():
                    word = line.decode().strip()
                    if word.upper().startswith(("EHLO", "HELO")):
                        self.say("250 test")
                    elif word.upper().startswith("MAIL FROM:"):
                        sender, recipients = word[10:].split()[0].strip("<>"), []
                        self.say("250 ok")
                    elif word.upper().startswith("RCPT TO:"):
                        recipients.append(word[8:].strip().strip("<>"))
                        self.say("250 ok")
                    elif word.upper() == "DATA":
                        self.data(sender, recipients)
                    elif word.upper() == "QUIT":
                        self.say("221 bye")
                        return
                    else:
                        self.say("502 unknown")

        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"smtp://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def wait(self, count, seconds=60):
        """The first `count` mails, as (recipient, subject, text)."""
        wait_for(f"{count} mails", lambda: len(self.taken) >= count, seconds)
        found = []
        for _, recipients, mail in self.taken[:count]:
            message = email.message_from_bytes(mail, policy=email.policy.default)
            found.append((recipients[0], str(message["Subject"]), message.get_content()))
        return found

    def close(self):
        self.server.shutdown()
        self.server.server_close()
