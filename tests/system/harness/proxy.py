# SPDX-License-Identifier: Apache-2.0
"""A proxy between clients and a Kafka broker that knows where requests begin and end, and can hold one back.

While a request is held, its connection says nothing: the client runs into its timeout and asks again on another
connection. release() then sends the held request to the broker, as a network would that delivers late.
"""
import socket
import struct
import threading

END_TXN = 26


class Proxy:
    def __init__(self, broker_port=None):
        self.broker_port, self.lock = broker_port, threading.Lock()
        self.wanted, self.held = None, None
        self.held_event = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.bootstrap = f"127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def hold_next(self, api_key):
        """The next request of this kind is not forwarded until release()."""
        self.held_event.clear()
        self.wanted = api_key

    def release(self):
        broker, frame = self.held
        broker.sendall(frame)

    def close(self):
        self.listener.close()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            try:
                broker = socket.create_connection(("127.0.0.1", self.broker_port))
            except OSError:
                client.close()
                continue
            threading.Thread(target=self._requests, args=(client, broker), daemon=True).start()
            threading.Thread(target=self._answers, args=(broker, client), daemon=True).start()

    def _requests(self, client, broker):
        """Frame by frame: length, api key, version, ..."""
        try:
            while True:
                head = _exactly(client, 4)
                frame = head + _exactly(client, struct.unpack(">i", head)[0])
                if self._to_hold(struct.unpack(">h", frame[4:6])[0]):
                    self.held = broker, frame
                    self.held_event.set()
                else:
                    broker.sendall(frame)
        except OSError:
            # A held request outlives its client's connection.
            if not self.held or self.held[0] is not broker:
                broker.close()

    def _to_hold(self, api_key):
        with self.lock:
            if api_key != self.wanted:
                return False
            self.wanted = None
            return True

    def _answers(self, broker, client):
        try:
            while data := broker.recv(65536):
                client.sendall(data)
        except OSError:
            pass
        client.close()


def _exactly(source, size):
    data = b""
    while len(data) < size:
        piece = source.recv(size - len(data))
        if not piece:
            raise OSError("closed")
        data += piece
    return data
