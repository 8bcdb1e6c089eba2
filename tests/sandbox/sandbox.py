#!/usr/bin/env python3
"""Command line of the sandbox: a simulated Cloud Integration tenant behind nginx.

Exit codes: 0 done, 1 failed or refused, 2 usage. `status` exits 3 if the sandbox is stopped.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import signal
import sys
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Iterator

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

# pylint: disable=wrong-import-position
import accounts  # noqa: E402
import added_logs  # noqa: E402
import cf_login  # noqa: E402
import lifecycle  # noqa: E402
import scenario  # noqa: E402
import service_keys  # noqa: E402
from certificates import CommandError  # noqa: E402
from log_data import STATUSES  # noqa: E402
from statefile import read_json, write_private  # noqa: E402

STOPPED = 3


@contextmanager
def locked(directory: Path, make: bool) -> Iterator[None]:
    """One command at a time for each sandbox directory; only start makes the directory."""
    if make:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    elif not directory.is_dir():
        yield
        return
    with (directory / ".lock").open("a", encoding="ascii") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield


def running_url(directory: Path) -> str:
    """The tenant's URL; it is known from the first start on."""
    info = read_json(directory / lifecycle.INFO_NAME, {})
    if "url" not in info:
        raise lifecycle.SandboxError(f"no sandbox in {directory}: run 'sandbox.py start' first")
    return str(info["url"])


def cmd_start(arguments: argparse.Namespace) -> int:
    """sandbox.py start"""
    names = ("entries", "seed", "now", "port", "tls", "http2", "require_client_cert", "ca_names",
             "resumption", "connection_requests")
    given = {name: getattr(arguments, name) for name in names
             if getattr(arguments, name) is not None}
    roots = lifecycle.Roots(arguments.client_root, arguments.token_root)
    started, info = lifecycle.start(arguments.dir, given, roots)
    print(f"sandbox {'started' if started else 'already running'}: {info['url']}")
    return 0


def cmd_stop(arguments: argparse.Namespace) -> int:
    """sandbox.py stop"""
    print("sandbox stopped" if lifecycle.stop(arguments.dir) else "sandbox was not running")
    return 0


def cmd_status(arguments: argparse.Namespace) -> int:
    """sandbox.py status"""
    info = read_json(arguments.dir / lifecycle.INFO_NAME, {})
    running = lifecycle.alive(info)
    shown: dict[str, Any] = {
        "running": running, "url": info.get("url"), "server_ca": info.get("server_ca"),
        "keys": service_keys.summary(arguments.dir),
        "scenario": read_json(arguments.dir / scenario.FILE_NAME, {})}
    print(json.dumps(shown, indent=2, ensure_ascii=False))
    return 0 if running else STOPPED


def cmd_register(arguments: argparse.Namespace) -> int:
    """sandbox.py register"""
    wish = service_keys.Wish(
        name=arguments.name, key_type=arguments.type, certificate=arguments.cert,
        instance=arguments.instance, roles=arguments.role, validity=arguments.validity,
        key_length=arguments.key_length)
    document = service_keys.register(arguments.dir, running_url(arguments.dir), wish)
    service_keys.write_document(arguments.out, document)
    print(f"service key '{arguments.name}' written to {arguments.out}")
    return 0


def cmd_unregister(arguments: argparse.Namespace) -> int:
    """sandbox.py unregister"""
    service_keys.unregister(arguments.dir, arguments.name)
    print(f"service key '{arguments.name}' removed")
    return 0


def cmd_roles(arguments: argparse.Namespace) -> int:
    """sandbox.py roles"""
    service_keys.set_roles(arguments.dir, arguments.instance, arguments.role)
    print(f"instance '{arguments.instance}': {', '.join(arguments.role) or 'no role'}")
    return 0


def cmd_instance(arguments: argparse.Namespace) -> int:
    """sandbox.py instance"""
    running_url(arguments.dir)
    service_keys.make_instance(arguments.dir, arguments.name, arguments.role, arguments.plan,
                               arguments.grant_type)
    print(f"service instance '{arguments.name}' of plan {arguments.plan}")
    return 0


def cmd_destination(arguments: argparse.Namespace) -> int:
    """sandbox.py destination"""
    if arguments.remove:
        accounts.unbind_destination(arguments.dir, arguments.name)
        print(f"binding '{arguments.name}' removed")
        return 0
    if arguments.out is None:
        raise service_keys.RegistrationError("a binding needs --out")
    port = int(running_url(arguments.dir).rpartition(":")[2])
    binding = accounts.bind_destination(arguments.dir, port, arguments.name, arguments.type)
    service_keys.write_document(
        arguments.out, {"credentials": binding} if arguments.wrapped else binding)
    print(f"binding '{arguments.name}' of the Destination service written to {arguments.out}")
    return 0


def cmd_cf_user(arguments: argparse.Namespace) -> int:
    """sandbox.py cf-user"""
    running_url(arguments.dir)
    password = accounts.add_user(arguments.dir, arguments.name, arguments.role)
    told = f"user '{arguments.name}'"
    if arguments.password_out:
        write_private(arguments.password_out, password + "\n")
        told += f", password in {arguments.password_out}"
    if arguments.token_out:
        info = read_json(arguments.dir / lifecycle.INFO_NAME, {})
        token = cf_login.access_token(info, arguments.name, password)
        write_private(arguments.token_out, token + "\n")
        told += f", token in {arguments.token_out}"
    print(told)
    return 0


def cmd_scenario(arguments: argparse.Namespace) -> int:
    """sandbox.py scenario"""
    values = scenario.change(arguments.dir, arguments.switch, arguments.reset)
    print(json.dumps(values, ensure_ascii=False))
    return 0


def cmd_add_logs(arguments: argparse.Namespace) -> int:
    """sandbox.py add-logs"""
    running_url(arguments.dir)
    until = datetime.fromisoformat(arguments.until) if arguments.until else None
    ended = added_logs.order(arguments.dir, arguments.count, until, arguments.within,
                             arguments.status)
    print(f"{arguments.count} log entries that ended up to {ended.isoformat()}")
    return 0


def _directory(text: str) -> Path:
    return Path(text).absolute()


def _moment(text: str) -> str:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is not None:
        raise ValueError("no time zone here")
    return moment.isoformat()


def _natural(text: str) -> int:
    if not text.isdigit():
        raise ValueError(text)
    return int(text)


def _positive(text: str) -> int:
    number = _natural(text)
    if number == 0:
        raise ValueError(text)
    return number


def _add_start(commands: Any) -> None:
    start = commands.add_parser("start", help="start tenant and load balancer")
    start.set_defaults(run=cmd_start)
    start.add_argument("--entries", type=_natural, help="log entries to make (default 2500)")
    start.add_argument("--seed", type=_natural, help="seed of the data (default 1)")
    start.add_argument("--now", type=_moment,
                       help="end of the 30 days of data, UTC (default 2026-11-01T00:00:00)")
    start.add_argument("--port", type=_natural,
                       help="port of the load balancer (default: as before, else a free one)")
    start.add_argument("--client-root", type=_directory, action="append", default=[],
                       metavar="PEM", help="root certificate to accept clients from; repeatable")
    start.add_argument("--token-root", type=_directory, action="append", default=[],
                       metavar="PEM", help="root certificate that the token server accepts clients "
                                           "from; repeatable (default: as --client-root)")
    start.add_argument("--tls", choices=("1.2", "1.3", "both"), help="protocol versions")
    start.add_argument("--no-http2", dest="http2", action="store_false", default=None,
                       help="do not offer HTTP/2")
    start.add_argument("--require-client-cert", action="store_true", default=None,
                       help="strict: no certificate fails the handshake, a bad one gives 400")
    start.add_argument("--no-resumption", dest="resumption", action="store_false", default=None,
                       help="each connection needs a whole handshake")
    start.add_argument("--connection-requests", type=_positive, metavar="N",
                       help="a connection is closed after N requests (default 100000)")
    start.add_argument("--no-ca-names", dest="ca_names", action="store_false", default=None,
                       help="send no CA names in the CertificateRequest")


def _add_register(commands: Any) -> None:
    register = commands.add_parser("register", help="make a service key")
    register.set_defaults(run=cmd_register)
    register.add_argument("--name", required=True, help="service key, up to 32 characters")
    register.add_argument("--type", choices=service_keys.KEY_TYPES, default="external",
                          help="External Certificate, Certificate or ClientId/Secret")
    register.add_argument("--cert", type=_directory, help="the leaf, for type external")
    register.add_argument("--instance", help="service instance (default: one named like the key)")
    register.add_argument("--role", action="append", default=[],
                          help="role of the instance; repeatable; replaces the instance's roles "
                               "(default for a new instance: MonitoringDataRead)")
    register.add_argument("--validity", type=_natural, default=365,
                          help="days, for type certificate (default 365)")
    register.add_argument("--key-length", type=_natural, default=2048,
                          help="bits, for type certificate (default 2048)")
    register.add_argument("--out", type=_directory, required=True, help="the key document (JSON)")


def _add_platform(commands: Any) -> None:
    instance = commands.add_parser("instance", help="make a service instance without a key, or "
                                                    "change it")
    instance.set_defaults(run=cmd_instance)
    instance.add_argument("--name", required=True)
    instance.add_argument("--role", action="append", default=[],
                          help="repeatable (default: MonitoringDataRead)")
    instance.add_argument("--plan", default=service_keys.DEFAULT_PLAN, help="default api")
    instance.add_argument("--grant-type", choices=service_keys.GRANT_TYPES,
                          default=service_keys.GRANT_TYPES[0], help="default client_credentials")
    destination = commands.add_parser("destination", help="make a binding of the Destination "
                                                          "service")
    destination.set_defaults(run=cmd_destination)
    destination.add_argument("--name", default="destination", help="default destination")
    destination.add_argument("--type", choices=accounts.BINDING_TYPES, default="secret",
                             help="default secret")
    destination.add_argument("--wrapped", action="store_true", help="inside 'credentials'")
    destination.add_argument("--out", type=_directory, help="the binding (JSON)")
    destination.add_argument("--remove", action="store_true", help="remove it instead")
    user = commands.add_parser("cf-user", help="make a user of Cloud Foundry, with a new password")
    user.set_defaults(run=cmd_cf_user)
    user.add_argument("--name", required=True)
    user.add_argument("--role", choices=accounts.SPACE_ROLES, default="developer",
                      help="in the space of the instances (default developer)")
    user.add_argument("--password-out", type=_directory, metavar="FILE")
    user.add_argument("--token-out", type=_directory, metavar="FILE",
                      help="what 'cf oauth-token' prints after a login")


def _add_others(commands: Any) -> None:
    commands.add_parser("stop", help="end what start started").set_defaults(run=cmd_stop)
    commands.add_parser("status", help="print state, keys and scenario as JSON"
                        ).set_defaults(run=cmd_status)
    unregister = commands.add_parser("unregister", help="remove a service key")
    unregister.set_defaults(run=cmd_unregister)
    unregister.add_argument("--name", required=True)
    roles = commands.add_parser("roles", help="replace the roles of a service instance")
    roles.set_defaults(run=cmd_roles)
    roles.add_argument("--instance", required=True)
    roles.add_argument("--role", action="append", default=[])
    logs = commands.add_parser("add-logs", help="add log entries while the tenant runs")
    logs.set_defaults(run=cmd_add_logs)
    logs.add_argument("count", type=_positive)
    logs.add_argument("--until", type=_moment, help="when the last one ended, UTC (default: now)")
    logs.add_argument("--status", choices=[name for name in STATUSES if name != "PROCESSING"],
                      default="COMPLETED", help="default COMPLETED")
    logs.add_argument("--within", type=_positive, default=1, metavar="SECONDS",
                      help="the first one ended so long before (default 1)")
    switches = "\n".join(f"  {name:19} {text}" for name, (_, text) in scenario.SWITCHES.items())
    faults = commands.add_parser(
        "scenario", help="switch faults and behaviours on and off",
        formatter_class=argparse.RawDescriptionHelpFormatter, epilog="switches:\n" + switches)
    faults.set_defaults(run=cmd_scenario)
    faults.add_argument("switch", nargs="*", metavar="NAME=VALUE",
                        help="an empty VALUE removes the switch")
    faults.add_argument("--reset", action="store_true", help="first remove all switches")


def build_parser() -> argparse.ArgumentParser:
    """The whole command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_start(commands)
    _add_register(commands)
    _add_platform(commands)
    _add_others(commands)
    for command in commands.choices.values():
        command.add_argument("--dir", type=_directory, required=True, help="sandbox directory")
    return parser


def main() -> int:
    """Runs one command under the directory's lock."""
    arguments = build_parser().parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that a start cleans up
    try:
        with locked(arguments.dir, arguments.command == "start"):
            return int(arguments.run(arguments))
    except (lifecycle.SandboxError, service_keys.RegistrationError, scenario.ScenarioError,
            CommandError, cf_login.LoginError, OSError) as error:
        print(f"sandbox.py: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
