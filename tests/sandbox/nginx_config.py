"""Makes nginx.conf: how the load balancer asks for client certificates (contract §1.1, §10.1)."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

TEMPLATE = Path(__file__).with_name("nginx.conf.in")
# Stand for <subdomain>.authentication.<landscape> and <subdomain>.authentication.cert.<landscape>
# (contract §3.2). libcurl takes every name that ends so for this machine.
LOGIN_HOST = "sandbox.authentication.localhost"
CERT_HOST = "sandbox.authentication.cert.localhost"
# Of the platform below the tenant (contract §11): the Destination service, Cloud Foundry's API, and
# its two names for the server that gives the tokens of users.
DESTINATION_HOST = "sandbox.destination.localhost"
CF_API_HOST = "api.cf.sandbox.localhost"
UAA_HOSTS = ("uaa.cf.sandbox.localhost", "login.cf.sandbox.localhost")
ROUTER_HOST = "sandbox-router.localhost"  # only a name inside nginx.conf
# Which CA names the CertificateRequest carries: those of the accepted roots, none, or others.
CA_NAMES = ("roots", "none", "other")


@dataclass(frozen=True)
class LoadBalancer:
    """What can be chosen about the load balancer."""

    port: int
    router_port: int
    tenant_port: int
    lb_token: str
    tls: str
    http2: bool
    require_client_cert: bool
    ca_names: str  # of CA_NAMES
    resumption: bool
    connection_requests: int  # of one connection


def _client_certificates(options: LoadBalancer) -> list[str]:
    """The verification lines.

    ssl_client_certificate both trusts the roots and names them in the CertificateRequest. Without
    names the roots go into ssl_trusted_certificate; nginx allows that only with optional_no_ca,
    which verifies all the same but reports an unknown issuer in $ssl_client_verify instead of
    495. The maps forward nothing unless that says SUCCESS. With both, the second is trusted too,
    unnamed.
    """
    lines = ["error_page 495 496 = @anonymous;"]
    if options.ca_names != "none":
        mode = "on" if options.require_client_cert else "optional"
        named = {"roots": ["ssl_client_certificate lb-roots.pem;"],
                 "other": ["ssl_client_certificate other-ca/root.pem;",
                           "ssl_trusted_certificate lb-roots.pem;"]}[options.ca_names]
        lines = [*named, f"ssl_verify_client {mode};", *lines]
    else:
        lines = ["ssl_trusted_certificate lb-roots.pem;", "ssl_verify_client optional_no_ca;",
                 *lines]
    if options.require_client_cert:
        lines = [line for line in lines if not line.startswith("error_page")]
        # no certificate: handshake alert; a bad one: nginx answers 400 after the handshake
        lines.append("ssl_conf_command VerifyMode Require;")
        lines.append("if ($lb_verify = \"\") { return 400; }")
    return lines


def render(options: LoadBalancer) -> str:
    """The text of nginx.conf."""
    protocols = {"1.2": "TLSv1.2", "1.3": "TLSv1.3", "both": "TLSv1.2 TLSv1.3"}
    values = {
        "USER": "user root;" if os.geteuid() == 0 else "",
        "PORT": str(options.port),
        "ROUTER_PORT": str(options.router_port),
        "ROUTER_HOST": ROUTER_HOST,
        "TENANT_PORT": str(options.tenant_port),
        "HTTP2": " http2" if options.http2 else "",
        "PROTOCOLS": protocols[options.tls],
        "LB_TOKEN": options.lb_token,
        "CONNECTION_REQUESTS": str(options.connection_requests),
        "SESSION_CACHE": "shared:lb:2m" if options.resumption else "off",
        "SESSION_TICKETS": "on" if options.resumption else "off",
        "LOGIN_HOST": LOGIN_HOST,
        "CERT_HOST": CERT_HOST,
        "DESTINATION_HOST": DESTINATION_HOST,
        "CF_API_HOST": CF_API_HOST,
        "UAA_HOST": UAA_HOSTS[0],
        "UAA_HOSTS": " ".join(UAA_HOSTS),
        "CLIENT_CERTIFICATES": "\n".join(f"        {line}"
                                         for line in _client_certificates(options)),
    }
    text = TEMPLATE.read_text(encoding="utf-8")
    for name, value in values.items():
        text = text.replace(f"@{name}@", value)
    return text
