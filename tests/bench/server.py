"""nginx as load balancer and tenant at once: mutual TLS, and pages from files."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from pathlib import Path

from harness import CA_SCRIPT, tool
from pages import SET, SLICE_SECONDS
from tokens import ca_folder

START_SECONDS = 10
NGINX = "/usr/sbin/nginx"

CONFIG = """
{user}
daemon off;
worker_processes 1;
pid nginx.pid;
error_log error.log warn;
events {{ worker_connections 256; }}
http {{
    client_body_temp_path temp-body;
    proxy_temp_path temp-proxy;
    fastcgi_temp_path temp-fastcgi;
    uwsgi_temp_path temp-uwsgi;
    scgi_temp_path temp-scgi;
    access_log off;
    sendfile on;
    keepalive_requests 1000000;
    ssl_protocols TLSv1.2 TLSv1.3;

    # which file a query asks for: a page by its link, the first page of a slice by its lower bound
    map $args $page {{
        default all-0;
        "~skiptoken=(?<token>[A-Za-z0-9-]+)" $token;
        "~datetime%27(?<y>\\d+)-(?<mo>\\d+)-(?<d>\\d+)T(?<h>\\d+)(?::|%3A)(?<mi>\\d+)(?::|%3A)(?<s>\\d+)"
            "s-$y$mo${{d}}T$h$mi$s";
        "~top=1(&|$)" one;
    }}
    server {{
        listen 127.0.0.1:{port} ssl http2;
        server_name localhost;
        ssl_certificate server.pem;
        ssl_certificate_key server.key;
        ssl_client_certificate roots.pem;
        ssl_verify_client on;
        ssl_verify_depth 4;
        default_type application/json;
        root pages;
        location = /api/v1/{set} {{ try_files /$page.json =404; }}
        location = /api/v1/{set}/$count {{ default_type text/plain; return 200 "{count}"; }}
    }}
}}
"""


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """A running nginx; the pages go into its folder "pages"."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.root = f"https://localhost:{self.port}/api/v1"
        (folder / "pages").mkdir(parents=True)
        tool(CA_SCRIPT, "init", folder / "ca")
        self.ca = folder / "ca" / "root.pem"
        tool(CA_SCRIPT, "server", folder / "ca", "localhost", folder / "server.key",
             folder / "server.pem")
        (folder / "roots.pem").write_bytes((ca_folder() / "root.pem").read_bytes())
        user = "user root;" if os.geteuid() == 0 else ""
        (folder / "nginx.conf").write_text(CONFIG.format(
            port=self.port, set=SET, count=SLICE_SECONDS, user=user))
        self._process = subprocess.Popen(  # pylint: disable=consider-using-with
            [NGINX, "-p", f"{folder}/", "-c", "nginx.conf", "-e", "error.log"],
            stdin=subprocess.DEVNULL)
        self._wait()

    def _wait(self) -> None:
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end and self._process.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        raise RuntimeError(f"nginx did not start: {(self.folder / 'error.log').read_text()}")

    def stop(self) -> None:
        """Ends nginx."""
        self._process.terminate()
        self._process.wait(timeout=START_SECONDS)
