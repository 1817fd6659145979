"""A network for tests: a proxy between an installer and the outside.

PyTorch's index is refused, or is a folder of this machine; all other hosts are
reached as they are. uv and pip know nothing of it: they are told of a proxy,
and of one more authority to trust, with `Network.variables`.
"""

import os
import socket
import ssl
import subprocess
import threading
from http.server import (
    BaseHTTPRequestHandler,
    SimpleHTTPRequestHandler,
    ThreadingHTTPServer,
)
from pathlib import Path

LEAF = "basicConstraints=CA:FALSE\nsubjectAltName=DNS:{}\n"


class Network:
    """The proxy, from `with` to its end.

    Parameters
    ----------
    folder : Path
        For certificates.
    pytorch : Path or None
        What PyTorch's host serves; None if it refuses.
    """

    def __init__(self, folder, pytorch=None):
        self.folder, self.pytorch = folder, pytorch
        self.refused, self.served = [], []
        self._lock, self._certificates = threading.Lock(), {}
        self._make("req", "-x509", "-out", "ca.pem", "-keyout", "ca.key",
                   "-newkey", "rsa:2048", "-nodes", "-days", "2",
                   "-subj", "/CN=a test's authority")  # fmt: skip
        trusted = os.environ.get("SSL_CERT_FILE")
        trusted = trusted or ssl.get_default_verify_paths().cafile
        both = [Path(trusted), folder / "ca.pem"]
        text = "\n".join(path.read_text() for path in both)
        (folder / "all.pem").write_text(text)

    def __enter__(self):
        handler = type("Handler", (_Proxy,), {"network": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever).start()
        return self

    def __exit__(self, *error):
        self._server.shutdown()
        self._server.server_close()

    @property
    def variables(self):
        """What an installer's environment needs to go through the proxy."""
        proxy = f"http://127.0.0.1:{self._server.server_port}"
        names = "HTTPS_PROXY", "https_proxy", "ALL_PROXY"
        trust = {name: str(self.folder / "all.pem")
                 for name in ("SSL_CERT_FILE", "PIP_CERT")}  # fmt: skip
        return {**dict.fromkeys(names, proxy), **trust, "NO_PROXY": ""}

    def certificate(self, host):
        """Return the TLS settings with which `host` is played."""
        with self._lock:
            if host not in self._certificates:
                (self.folder / "leaf.cnf").write_text(LEAF.format(host))
                self._make("req", "-newkey", "rsa:2048", "-nodes", "-out",
                           "leaf.csr", "-keyout", "leaf.key",
                           "-subj", "/CN=a test")  # fmt: skip
                self._make("x509", "-req", "-in", "leaf.csr", "-days", "2",
                           "-CA", "ca.pem", "-CAkey", "ca.key",
                           "-CAcreateserial", "-extfile", "leaf.cnf",
                           "-out", "leaf.pem")  # fmt: skip
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                context.load_cert_chain(
                    self.folder / "leaf.pem", self.folder / "leaf.key"
                )
                self._certificates[host] = context
            return self._certificates[host]

    def _make(self, *words):
        subprocess.run(
            ["openssl", *words], cwd=self.folder, check=True,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip


class _Proxy(BaseHTTPRequestHandler):
    def do_CONNECT(self):
        host, _, port = self.path.partition(":")
        network = self.network
        self.close_connection = True
        if "pytorch" not in host:
            self._tunnel(host, int(port))
        elif network.pytorch is None:
            network.refused.append(host)
            self.send_error(403)
        else:
            self.send_response(200)
            self.end_headers()
            context = network.certificate(host)
            with context.wrap_socket(self.connection, server_side=True) as tls:
                _Index(tls, self.client_address, network)

    def _tunnel(self, host, port):
        try:
            there = socket.create_connection((host, port))
        except OSError:
            self.send_error(502)
            return
        with there:
            self.send_response(200)
            self.end_headers()
            back = threading.Thread(
                target=_copy, args=(there, self.connection)
            )
            back.start()
            _copy(self.connection, there)
            back.join()

    def log_message(self, *words):
        """Say nothing: pytest would show it as an error."""


class _Index(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, connection, address, network):
        super().__init__(
            connection, address, network, directory=str(network.pytorch)
        )

    def do_GET(self):
        self.server.served.append(self.path)
        super().do_GET()

    def log_message(self, *words):
        """Say nothing."""


def _copy(source, target):
    """Send on what comes, until one side has had enough."""
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass
