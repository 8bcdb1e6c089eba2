"""Starts and ends one sandbox: its small PKI, the tenant process and nginx in front of it."""

from __future__ import annotations

import http.client
import os
import secrets
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Optional

import certificates
import nginx_config
from statefile import SCENARIO_NAME, read_json, write_json, write_private

INFO_NAME = "sandbox.json"
STARTING_NAME = "starting.json"  # processes of a start that has not finished
TENANT_SCRIPT = Path(__file__).with_name("tenant.py")
START_SECONDS, STOP_SECONDS, PORT_TRIES = 60.0, 10.0, 5


class SandboxError(RuntimeError):
    """The sandbox cannot be started or stopped as asked for."""


@dataclass(frozen=True)
class Options:
    """Everything that can be chosen at start."""

    entries: int = 2500
    seed: int = 1
    now: str = "2026-11-01T00:00:00"
    port: int = 0
    tls: str = "both"
    http2: bool = True
    require_client_cert: bool = False
    ca_names: bool = True
    resumption: bool = True
    connection_requests: int = 100_000


@dataclass(frozen=True)
class Roots:
    """Roots to accept clients from: at the API host, and at the token host (contract §3.4)."""

    client: list[Path]
    token: list[Path]  # empty: the same


# --- processes -----------------------------------------------------------------------------

def process_start_time(pid: int) -> Optional[int]:
    """Start time in clock ticks from /proc; None if there is no such live process."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    fields = text.rpartition(")")[2].split()
    return None if fields[0] in ("Z", "X") else int(fields[19])


def is_ours(process: dict[str, int]) -> bool:
    """Whether the process we started under this pid still runs (a pid may be used again)."""
    return process_start_time(process["pid"]) == process["started_ticks"]


def _record(child: subprocess.Popen[bytes]) -> dict[str, int]:
    ticks = process_start_time(child.pid)
    if ticks is None:
        raise SandboxError("a process ended right after its start")
    return {"pid": child.pid, "started_ticks": ticks}


def _note(directory: Path, started: list[dict[str, int]], child: subprocess.Popen[bytes]) -> None:
    """Remembers a child on disk, so that stop finds it even if this command is killed."""
    started.append(_record(child))
    write_json(directory / STARTING_NAME, started)


def _end_unfinished(directory: Path) -> None:
    """Ends what a failed or killed start left behind."""
    for process in reversed(read_json(directory / STARTING_NAME, [])):
        _end(process)
    (directory / STARTING_NAME).unlink(missing_ok=True)


def _end(process: dict[str, int]) -> None:
    """SIGTERM, and SIGKILL if that did not help; does nothing if it is not our process."""
    for signal_number in (signal.SIGTERM, signal.SIGKILL):
        if not is_ours(process):
            return
        os.kill(process["pid"], signal_number)
        deadline = time.monotonic() + STOP_SECONDS / 2
        while is_ours(process) and time.monotonic() < deadline:
            _reap(process["pid"])
            time.sleep(0.01)
    if is_ours(process):
        raise SandboxError(f"process {process['pid']} does not end")


def _reap(pid: int) -> None:
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        pass  # started by an earlier command; not our child


# --- files ---------------------------------------------------------------------------------

def _make_pki(directory: Path) -> None:
    """Server CA and certificate, the CA that plays SAP for keys of type certificate, and one that
    is named to clients in the place of the accepted ones (switch ca_names)."""
    server_ca, sap_ca = directory / "server-ca", directory / "sap-ca"
    certificates.ca("init", directory / "other-ca", "--name", "Sandbox Other")
    certificates.ca("init", server_ca, "--name", "Sandbox Server")
    certificates.ca("init", sap_ca, "--name", "Sandbox SAP Cloud")
    if not (directory / "server.pem").exists():
        certificates.ca("server", server_ca, "localhost", directory / "server.key",
                        directory / "server.pem")
    if not (directory / "token.pem").exists():
        certificates.ca("server", server_ca, nginx_config.LOGIN_HOST, directory / "token.key",
                        directory / "token.pem", nginx_config.CERT_HOST)
    if not (directory / "platform.pem").exists():
        certificates.ca("server", server_ca, nginx_config.DESTINATION_HOST,
                        directory / "platform.key", directory / "platform.pem",
                        nginx_config.CF_API_HOST, *nginx_config.UAA_HOSTS)


def _root_pems(paths: list[Path]) -> list[str]:
    found: list[str] = []
    for path in paths:
        pems = certificates.certificates_in(path.read_text(encoding="utf-8", errors="replace"))
        if not pems:
            raise SandboxError(f"{path} holds no certificate")
        found += pems
    for pem in found:
        names = certificates.run("openssl", "x509", "-noout", "-subject_hash", "-issuer_hash",
                                 stdin=pem.encode()).split()
        if names[0] != names[1]:
            raise SandboxError("the load balancer trusts root certificates only (contract §1.1.3)")
    return found


def _add_to(path: Path, roots: list[Path]) -> bool:
    """Appends roots a file does not have yet; says whether there were any."""
    present = certificates.certificates_in(path.read_text()) if path.exists() else []
    new = [pem for pem in _root_pems(roots) if pem not in present]
    if new:
        write_private(path, "".join([*present, *dict.fromkeys(new)]))
    return bool(new)


def _add_roots(directory: Path, roots: Roots) -> bool:
    """Appends roots to both lists; says whether there were new ones."""
    sap = directory / "sap-ca" / "root.pem"
    added = [_add_to(directory / "lb-roots.pem", [sap, *roots.client]),
             _add_to(directory / "token-roots.pem", [sap, *(roots.token or roots.client)])]
    return any(added)


def _prepare(directory: Path, roots: Roots) -> None:
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    directory.chmod(0o700)
    (directory / "temp").mkdir(exist_ok=True)
    _make_pki(directory)
    _add_roots(directory, roots)


# --- start ---------------------------------------------------------------------------------

def _listener() -> socket.socket:
    """A listening socket for the tenant: handed down, so nobody can take its port."""
    sock = socket.create_server(("127.0.0.1", 0), backlog=128)
    sock.set_inheritable(True)
    return sock


def _free_port(taken: Optional[int] = None) -> int:
    """A free port other than the one that is taken, though nobody listens there yet."""
    with socket.create_server(("127.0.0.1", 0)) as sock:
        port = int(sock.getsockname()[1])
        return _free_port() if port == taken else port


def _spawn(directory: Path, name: str, command: list[str], **more: Any) -> subprocess.Popen[bytes]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("NGINX", "PYTHON"))}
    environment["PYTHONDONTWRITEBYTECODE"] = "1"
    with (directory / f"{name}.out").open("ab") as out:
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                                start_new_session=True, env=environment, **more)


def _start_tenant(directory: Path, options: Options, url: str, token: str,
                  listener: socket.socket) -> subprocess.Popen[bytes]:
    write_json(directory / "tenant.json", {
        "entries": options.entries, "seed": options.seed, "now": options.now, "url": url,
        "lb_token": token})
    fd = listener.fileno()
    command = [sys.executable, str(TENANT_SCRIPT), "--dir", str(directory), "--listen-fd", str(fd)]
    return _spawn(directory, "tenant", command, pass_fds=(fd,))


def _write_nginx_config(directory: Path, info: dict[str, Any]) -> None:
    """Makes nginx.conf from the options of start and the switch ca_names."""
    options = Options(**info["options"])
    token = read_json(directory / "tenant.json", {})["lb_token"]
    names = read_json(directory / SCENARIO_NAME, {}).get("ca_names")
    write_private(directory / "nginx.conf", nginx_config.render(nginx_config.LoadBalancer(
        info["port"], info["router_port"], info["tenant_port"], token, options.tls, options.http2,
        options.require_client_cert, names or ("roots" if options.ca_names else "none"),
        options.resumption, options.connection_requests)))


def _start_nginx(directory: Path) -> subprocess.Popen[bytes]:
    program = shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
    if program is None:
        raise SandboxError("nginx is not installed (Debian: apt-get install nginx-light)")
    command = [program, "-p", f"{directory}/", "-c", "nginx.conf", "-e", "nginx-error.log"]
    return _spawn(directory, "nginx", command)


def _nginx_answers(directory: Path, port: int) -> bool:
    """A handshake that shows our certificate: another program on the port would not."""
    context = ssl.create_default_context(cafile=str(directory / "server-ca" / "root.pem"))
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as plain:
            with context.wrap_socket(plain, server_hostname="localhost"):
                return True
    except ssl.SSLCertVerificationError:
        return False
    except ssl.SSLError:
        return True  # strict mode: the alert comes after the server's certificate was accepted
    except OSError:
        return False


def _tenant_answers(port: int) -> bool:
    """A request that does not come from nginx is refused unlogged, which is answer enough."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/api/v1/")
        return connection.getresponse().status == http.HTTPStatus.BAD_GATEWAY
    except OSError:
        return False
    finally:
        connection.close()


def _wait(child: subprocess.Popen[bytes], ready: Any, what: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if child.poll() is not None:
            raise SandboxError(f"{what} ended at start; see its log in the sandbox directory")
        if ready():
            return
        time.sleep(0.02)
    raise SandboxError(f"{what} is not ready after {START_SECONDS:.0f} s")


def _nginx_ready(directory: Path, port: int) -> bool:
    return (directory / "nginx.pid").exists() and _nginx_answers(directory, port)


def _try_start(directory: Path, options: Options, port: int, router_port: int) -> dict[str, Any]:
    """Starts both processes on two ports; ends what it started if one of them fails."""
    token = secrets.token_hex(16)
    started: list[dict[str, int]] = []
    (directory / "nginx.pid").unlink(missing_ok=True)
    info: dict[str, Any] = {
        "url": f"https://localhost:{port}", "port": port,
        "router_url": f"https://localhost:{router_port}", "router_port": router_port,
        "destination_url": f"https://{nginx_config.DESTINATION_HOST}:{port}",
        "cf_api_url": f"https://{nginx_config.CF_API_HOST}:{port}",
        "uaa_url": f"https://{nginx_config.UAA_HOSTS[0]}:{port}",
        "server_ca": str(directory / "server-ca" / "root.pem"),
        "lb_roots": str(directory / "lb-roots.pem"), "options": asdict(options)}
    try:
        with _listener() as listener:
            info["tenant_port"] = int(listener.getsockname()[1])
            tenant = _start_tenant(directory, options, info["url"], token, listener)
        _note(directory, started, tenant)
        _write_nginx_config(directory, info)
        nginx = _start_nginx(directory)
        _note(directory, started, nginx)
        _wait(nginx, lambda: _nginx_ready(directory, port), "nginx")
        _wait(tenant, lambda: _tenant_answers(info["tenant_port"]), "the tenant")
    except BaseException:
        _end_unfinished(directory)
        raise
    return {**info, "processes": {"tenant": started[0], "nginx": started[1]},
            "started": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}


def _refuse_changes(info: dict[str, Any], given: dict[str, Any]) -> None:
    running = info["options"]
    differing = [name for name, value in given.items()
                 if running[name] != value and not (name == "port" and info["port"] == value)]
    if differing:
        raise SandboxError(f"already running with another {', '.join(differing)}; stop it first")


def start(directory: Path, given: dict[str, Any], roots: Roots) -> tuple[bool, Any]:
    """Starts the sandbox unless it runs; returns whether it was started, and its info."""
    info = read_json(directory / INFO_NAME, {})
    if alive(info):
        _refuse_changes(info, given)
        if _add_roots(directory, roots):
            _reload_nginx(info)
        return False, info
    stop(directory)
    _prepare(directory, roots)
    options = Options(**given)
    failure: Optional[SandboxError] = None
    for attempt in range(PORT_TRIES):
        # the ports of an earlier run first: service keys written then still name them
        before = info if attempt == 0 else {}
        port = options.port or before.get("port") or _free_port()
        try:
            router_port = before.get("router_port") or _free_port(port)
            info = _try_start(directory, options, port, router_port)
            write_json(directory / INFO_NAME, info)
            (directory / STARTING_NAME).unlink()
            return True, info
        except SandboxError as error:
            failure = error
        if options.port and "router_port" not in before:
            break
    raise SandboxError(str(failure))


def _workers(nginx_pid: int) -> set[int]:
    path = Path(f"/proc/{nginx_pid}/task/{nginx_pid}/children")
    return {int(pid) for pid in path.read_text(encoding="ascii").split()}


def _reload_nginx(info: dict[str, Any]) -> None:
    """Makes nginx read its roots again and waits until the new worker has taken over."""
    pid = info["processes"]["nginx"]["pid"]
    before = _workers(pid)
    os.kill(pid, signal.SIGHUP)
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if _workers(pid).isdisjoint(before) and _workers(pid):
            return
        time.sleep(0.02)
    raise SandboxError("nginx did not take over its new configuration")


def apply_scenario(directory: Path) -> None:
    """Makes a running load balancer follow the switch ca_names."""
    info = read_json(directory / INFO_NAME, {})
    if alive(info):
        _write_nginx_config(directory, info)
        _reload_nginx(info)


# --- state and stop ------------------------------------------------------------------------

def alive(info: dict[str, Any]) -> bool:
    """Whether all processes of this sandbox run."""
    processes = info.get("processes", {})
    return bool(processes) and all(is_ours(p) for p in processes.values())


def stop(directory: Path) -> bool:
    """Ends the processes this sandbox started; False if none was running."""
    _end_unfinished(directory)
    info = read_json(directory / INFO_NAME, {})
    processes = info.pop("processes", None)
    if processes is None:
        return False
    running = [process for process in processes.values() if is_ours(process)]
    for process in reversed(running):
        _end(process)
    write_json(directory / INFO_NAME, info)
    return bool(running)
