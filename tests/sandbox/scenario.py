"""Faults and behaviours switched on a running tenant: names, checks and the merged file.

Contract §1.2, §5.6 and §10 list what a real tenant may answer; each switch is one of those.
"""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Callable
from urllib.parse import unquote

import csrf
import lifecycle
from nginx_config import CA_NAMES
from render import ERROR_FORMS
from statefile import SCENARIO_NAME, read_json, write_json

FILE_NAME = SCENARIO_NAME
MAX_SKEW_S = 30 * 86400
# Why a certificate opens nothing although nothing is wrong with it; all end in 401 (contract §1.2)
CERTIFICATE_FATES = ("dropped", "unknown", "ambiguous")


class ScenarioError(ValueError):
    """An unknown switch or a value it does not take."""


def _flag(text: str) -> bool:
    if text not in ("0", "1"):
        raise ScenarioError("takes 0 or 1")
    return text == "1"


def _number(low: int, high: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not text.isdigit() or not low <= int(text) <= high:
            raise ScenarioError(f"takes a number from {low} to {high}")
        return int(text)
    return parse


def _signed(limit: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not re.fullmatch("[+-]?[0-9]+", text) or abs(int(text)) > limit:
            raise ScenarioError(f"takes a number from -{limit} to {limit}")
        return int(text)
    return parse


def _one_of(words: tuple[str, ...]) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text not in words:
            raise ScenarioError(f"takes one of {', '.join(words)}")
        return text
    return parse


_form = _one_of(ERROR_FORMS)


def _failure(text: str) -> str:
    return "build" if text == "1" else _one_of(("build", "start", "license"))(text)


def _text(text: str) -> str:
    if any(c < " " for c in text):
        raise ScenarioError("takes printable text")
    return text


# name: (parser, one line for the help)
SWITCHES: dict[str, tuple[Callable[[str], Any], str]] = {
    "certificate": (_one_of(CERTIFICATE_FATES),
                    "401: the load balancer drops each certificate, no service key has it, or "
                    "several: " + "|".join(CERTIFICATE_FATES)),
    "ca_names": (_one_of(CA_NAMES), "names in the CertificateRequest: " + "|".join(CA_NAMES)),
    "role_missing": (_flag, "every role check answers 403"),
    "role_delay": (_number(0, 3600), "role changes take effect after N seconds"),
    "key_delay": (_number(0, 3600), "new service keys take effect after N seconds"),
    "csrf": (_one_of(csrf.MODES),
             f"writes need a token (default {csrf.DEFAULT}): " + "|".join(csrf.MODES)),
    "csrf_writes": (_number(1, 10**9), "a CSRF token is good for N writes"),
    "csrf_rotate": (_flag, "each fetch gives the session another token, the old one is void"),
    "csrf_lost": (_number(1, 10**9), "the session is lost when the next N writes come"),
    "no_route": (_flag, "every host answers 404 as the router's port does"),
    "rate_limits": (_number(1, 100), "429 at N percent of the limits of contract §9"),
    "date_offset": (_signed(MAX_SKEW_S), "the Date header is N seconds off"),
    "error_status": (_number(400, 599), "fault: answer with this status"),
    "error_body": (_form, "shape of that answer: " + "|".join(ERROR_FORMS)),
    "truncate_body": (_number(0, 10**9), "fault: close the connection after N body bytes"),
    "no_answer": (_flag, "fault: the request is done, but its answer is lost: 502 of the load "
                         "balancer"),
    "bad_json": (_flag, "fault: cut JSON bodies in the middle, length header correct"),
    "error_path": (_text, "faults only where path and query contain this text"),
    "error_method": (_one_of(("GET", "POST", "PUT", "DELETE")),
                     "faults only in requests of this method"),
    "error_after": (_number(0, 10**9), "faults only after N such requests went well"),
    "error_every": (_number(1, 10**9), "faults only in each Nth such request after that"),
    "error_times": (_number(1, 10**9), "faults stop after N of them"),
    "retry_after": (_number(0, 3600), "Retry-After header on error_status answers and 429"),
    "body_401": (_form, "shape of 401 answers (default json)"),
    "body_403": (_form, "shape of 403 answers (default empty)"),
    "next_host": (_text, "host, or host:port, written into __next"),
    "next_loop": (_flag, "__next names the same page again"),
    "next_scheme": (_one_of(("http",)), "scheme written into __next"),
    "next_endless": (_flag, "each page has the first page's entries and a __next that goes on"),
    "touch_while_reading": (_number(1, 10**6),
                            "with each page of logs N entries of that query get a new LogEnd, now"),
    "touch_times": (_number(1, 10**9), "that stops after N pages"),
    "locked": (_text, "the artifact of this id is locked: changes and deletion answer 400"),
    "value_maps_observed": (_flag, "value mappings as one tenant had them: the first change drops "
                                   "what was there, nothing is deleted"),
    "value_in_array": (_flag, "the Value of a value mapping is an array, as in SAP's samples"),
    "guideline_property": (_one_of(("GudelineId", "GuidelineId")),
                           "spelling of the property that names a guideline to skip"),
    "binary_max": (_number(1, 10**9), "bytes of a BinaryParameter's value (default 1572864; another "
                                      "page says 262144)"),
    "keystore_locked": (_number(1, 10**9),
                        "the next N changes of the keystore answer 503, of RSA keys 423"),
    "deploy_polls": (_number(0, 10**6), "polls of BuildAndDeployStatus that say DEPLOYING "
                                        "(default 2)"),
    "deploy_fails": (_failure, "deployments fail: 1|build|start|license"),
    "deploy_elsewhere": (_flag, "what is deployed does not appear on the runtime"),
    "start_polls": (_number(0, 10**6), "reads of a runtime artifact that say STARTING"),
    "error_details_late": (_number(1, 10**6),
                           "204 to the first N reads of a runtime artifact's error text"),
    "switching": (_one_of(("fails", "silent")),
                  "external logging and archiving are not switched: 500 with a report of the "
                  "steps, or 200 without a body"),
    "state_in_words": (_flag, "their states are told as a text without a name"),
    "no_mdi": (_flag, "405 to requests for MDI delta tokens, as without that service plan"),
    "artifact_dates": (_flag, "lists of artifacts tell who created and modified them, and when"),
    "property_dates": (_flag, "property files in the zips of artifacts have another date in each "
                              "download"),
    "disposition": (_text, "Content-Disposition of all media, as it stands"),
    "delay_ms": (_number(0, 600_000), "pause before each answer"),
    "redirect": (_text, "every request answers 302 to this URL"),
    "token_expires_in": (_number(1, 86400), "tokens live N seconds (default 43200)"),
    "token_uses": (_number(1, 10**9), "a token is no longer valid after N requests"),
    "tokens_invalid": (_number(1, 10**9), "the tokens of the next N requests are invalid"),
    "oauth_error": (_text, "token server: refuse with this reason, status 401"),
    "oauth_status": (_number(300, 599), "token server: refuse with this status"),
    "oauth_body": (_form, "shape of that answer (default JSON of RFC 6749)"),
    "oauth_html": (_flag, "token server: answer 200 with a page instead of a token"),
    "enrol_delay": (_number(1, 10**6), "Destination service: the first N reads of each new "
                                       "certificate say 404"),
    "enrol_gives": (_one_of(("other_key", "no_eku", "no_chain", "expired", "garbage", "empty")),
                    "Destination service: a certificate that is of no use"),
    "chain_without_root": (_flag, "Destination service: the chain ends before the root"),
    "cf_job": (_one_of(("fails", "never")), "Cloud Foundry: jobs end badly, or never"),
    "cf_job_polls": (_number(0, 10**6), "Cloud Foundry: a job has ended after N polls (default 2)"),
    "cf_job_seconds": (_number(0, 3600), "Cloud Foundry: it ends by itself after N seconds "
                                         "(default 2)"),
    "cf_host": (_text, "Cloud Foundry: host, or host:port, written into links and Location"),
    "cf_next_loop": (_flag, "Cloud Foundry: the next page is the same again"),
    "cf_parameters": (_flag, "Cloud Foundry: the broker tells the parameters of an instance"),
    "cf_per_page": (_number(1, 5000), "Cloud Foundry: no page of a list is longer"),
    "no_mtls_alias": (_flag, "token server: names no host for client certificates"),
}


def change(directory: Path, assignments: list[str], reset: bool) -> dict[str, Any]:
    """Merges NAME=VALUE into the scenario file; an empty value removes the switch."""
    path = directory / FILE_NAME
    values: dict[str, Any] = {} if reset else read_json(path, {})
    for assignment in assignments:
        name, equals, text = assignment.partition("=")
        if name not in SWITCHES or not equals:
            raise ScenarioError(f"unknown switch '{assignment}'; known: {', '.join(SWITCHES)}")
        if not text:
            values.pop(name, None)
            continue
        try:
            values[name] = SWITCHES[name][0](text)
        except ScenarioError as error:
            raise ScenarioError(f"{name} {error}") from None
    before = read_json(path, {})
    write_json(path, values)
    if before.get("ca_names") != values.get("ca_names"):
        lifecycle.apply_scenario(directory)
    return values


@dataclass
class Scenario:
    """The switches in force, with the count of requests since they were set."""

    values: dict[str, Any]
    _seen: int = 0
    _taken: dict[str, int] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def get(self, name: str, default: Any = None) -> Any:
        """The value of a switch, or the default if it is off."""
        return self.values.get(name, default)

    def take(self, name: str) -> bool:
        """Whether a switch that holds N times still holds; counts."""
        with self._lock:
            taken = self._taken.get(name, 0)
            self._taken[name] = taken + 1
        return bool(taken < self.get(name, 0))

    def fault_due(self, target: str, method: str) -> bool:
        """Counts this request and says whether the fault switches apply to it."""
        if not {"error_status", "truncate_body", "no_answer", "bad_json"} & self.values.keys():
            return False
        part = self.get("error_path", "")
        if part not in target and part not in unquote(target):
            return False
        if self.get("error_method", method) != method:
            return False
        with self._lock:
            self._seen += 1
            turn, rest = divmod(self._seen - self.get("error_after", 0),
                                self.get("error_every", 1))
        return rest == 0 and bool(1 <= turn <= self.get("error_times", 10**12))
