#!/usr/bin/env python3
"""cihsm create, update, delete, call: requests, tokens, answers, consent."""

from __future__ import annotations

import json
import unittest
from typing import Any, Sequence

from harness import CANARY_PIN, CihsmTest, Option, Result, environment
from tenants import Answer, CannedTenant, Sandbox
from terminal import Terminal
from tokens import Token, chain_of, copy_token

# pylint: disable=wrong-import-order
from model import KNOWN_ROLES

KEY = "ec-p256"
READER = "ec-p384"
SECRET = "Canary-password-77b0"
CSRF_TOKEN = "Canary-token-c91d"
COOKIE = "Canary-cookie-04aa"
PARAMETER = "StringParameters(Pid='ACME',Id='url')"
SETS = ["--set", "Pid=ACME", "--set", "Id=url", "--set"]


class WriteTest(CihsmTest):
    """Against one sandbox, with a caller who may do everything."""

    canaries = (CANARY_PIN, SECRET)
    box: Sandbox
    token: Token

    def run_cihsm(self, *arguments: Option, key: str = KEY, **more: Any) -> Result:
        """A call with its options."""
        env = {**self.token.env, **more.pop("env", {})}
        return self.cihsm(*arguments, *self.box.options(self.token, key), env=env, **more)

    def done(self, *arguments: Option, **more: Any) -> Result:
        """A call that succeeds."""
        result = self.run_cihsm(*arguments, **more)
        self.assertEqual(result.code, 0, result.err)
        return result

    def refused(self, code: int, words: str | Sequence[str], *arguments: Option,
                **more: Any) -> None:
        """A call that fails and prints nothing."""
        result = self.run_cihsm(*arguments, **more)
        self.assertEqual((result.code, result.out), (code, ""), result.err)
        self.message(result, words)

    def read(self, path: str) -> Any:
        """An entity or a list as JSON."""
        return self.done("get", path, "-o", "json").json

    def forget(self, path: str) -> None:
        """Deletes what a test made."""
        self.addCleanup(self.done, "delete", path, "--yes")

    def requests(self, mark: int, count: int) -> list[str]:
        """The methods of the requests since a mark."""
        return [line["request"].split()[0] for line in self.box.seen(mark, count)]


def setUpModule() -> None:  # pylint: disable=invalid-name
    """The sandbox of all tests here: each takes away what it made."""
    box = Sandbox("--entries", "10")
    unittest.addModuleCleanup(box.stop)
    box.register(KEY, chain_of(KEY), sorted(KNOWN_ROLES))
    WriteTest.box, WriteTest.token = box, copy_token(box.folder / "token")


class EntityTest(WriteTest):
    """One entity from the cradle to the grave."""

    def test_create_update_delete(self) -> None:
        """The tenant's own words are printed, else one note."""
        made = self.done("create", "StringParameters", *SETS, "Value=Größe 'x'", "-o", "json")
        self.assertEqual((made.json["Value"], made.err), ("Größe 'x'", ""))
        done = self.done("update", PARAMETER, "--set", "Value=y", "--yes")
        self.assertEqual((done.out, done.err), ("", f"cihsm: updated {PARAMETER}\n"))
        self.assertEqual(self.read(PARAMETER)["Value"], "y")
        done = self.done("delete", PARAMETER, "--yes")
        self.assertEqual((done.out, done.err), ("", f"cihsm: deleted {PARAMETER}\n"))
        self.refused(8, "404", "get", PARAMETER)

    def test_show_reads_again_what_was_answered_with_nothing(self) -> None:
        """202 and an empty body."""
        path = "NumberRanges('Neue Nummern')"
        sets = ["--set", "Name=Neue Nummern", "--set", "MinValue=1", "--set", "MaxValue=99",
                "--set", "Rotate=true"]
        made = self.done("create", "NumberRanges", *sets, "--show", "-o", "json")
        self.forget(path)
        self.assertEqual((made.json["MaxValue"], made.err), ("99", f"cihsm: created {path}\n"))
        changed = self.done("update", path, *sets, "--set", "CurrentValue=5", "--show", "--yes",
                            "-o", "json")
        self.assertEqual(changed.json["CurrentValue"], "5")

    def test_patch_where_it_is_documented(self) -> None:
        """Changes only what is given, so nobody is asked; the key gets its suffix."""
        made = self.done("create", "AccessPolicies", "--set", "RoleName=Rolle", "--set",
                         "Description=a", "--set", "ArtifactReferences:=[]", "-o", "json").json
        path = f"AccessPolicies({made['Id']})"
        self.forget(path)
        self.done("update", path, "--patch", "--set", "Description=b")
        found = self.read(path)
        self.assertEqual((found["RoleName"], found["Description"]), ("Rolle", "b"))

    def test_other_methods_are_refused_before_a_pin(self) -> None:
        """The documentation is the reason; --unchecked sends them all the same."""
        path = "UserCredentials('x')"
        self.refuses(2, "takes no PATCH", "update", path, "--patch", "--set", "User=u")
        self.refuses(2, "takes no MERGE", "update", path, "--merge", "--set", "User=u")
        self.refuses(2, "use --patch", "update", "AccessPolicies(1)", "--set", "RoleName=u")
        self.refuses(2, "cannot go together", "update", path, "--merge", "--patch")
        self.refused(1, "501", "update", path, "--patch", "--unchecked", "--set", "User=u")

    def test_a_hex_key_is_made_from_the_plain_value(self) -> None:
        """The server refuses a slash in a key."""
        self.done("create", "AlternativePartners", "--set", "Agency=Köln/1", "--set", "Scheme=S",
                  "--set", "Id=a", "--set", "Pid=ACME")
        path = "AlternativePartners(Agency='Köln/1',Scheme='S',Id='a')"
        self.done("update", path, "--set", "Pid=ACME2", "--yes")
        self.done("delete", path, "--yes")

    def test_own_options_of_the_tenant(self) -> None:
        """They stand in the URL."""
        made = self.done("create", "StringParameters", *SETS, "Value=x", "--query", "user=änna",
                         "-o", "json")
        self.forget(PARAMETER)
        self.assertEqual(made.json["CreatedBy"], "änna")


class BodyTest(WriteTest):
    """Where the body comes from."""

    def shown(self, *arguments: Option, **more: Any) -> Any:
        """The body that a create would send."""
        done = self.done("create", "UserCredentials", *arguments, "--dry-run", **more)
        return json.loads(done.out.partition("\n\n")[2])

    def test_sources(self) -> None:
        """--set changes what --data or a file says."""
        path = self.write("body.json", '{"Name":"n","User":"u"}')
        self.assertEqual(self.shown("--data", '{"Name":"n"}'), {"Name": "n"})
        self.assertEqual(self.shown("--data-file", path), {"Name": "n", "User": "u"})
        self.assertEqual(self.shown("--data-file", "-", stdin=path.read_bytes()),
                         {"Name": "n", "User": "u"})
        self.assertEqual(self.shown("--data-file", path, "--set", "User=v", "--set", "A.B=1"),
                         {"Name": "n", "User": "v", "A": {"B": "1"}})

    def test_what_is_no_body(self) -> None:
        """Each is told before anything else happens."""
        path = self.write("body.json", "{}")
        for words, arguments in (
                ("nothing to send", []),
                ("cannot go together", ["--data", "{}", "--data-file", path]),
                ("--data: ", ["--data", '{"a":1,"a":2}']),
                ("--data: ", ["--data", "{"]),
                ("one JSON object", ["--data", "[]"]),
                ("--set takes NAME=VALUE", ["--set", "x"]),
                ("--set takes NAME=VALUE", ["--set", "=x"]),
                ("--set: ", ["--set", "x:=y"]),
                ("no name of a property", ["--set", "a..b=c"]),
                ("bytes of --data-file", ["--data", "{}", "--content-type", "text/plain"]),
                ("is no name of a parameter", ["--data", "{}", "--query", "a b=c"])):
            with self.subTest(words=words, arguments=arguments):
                self.refuses(2, words, "create", "UserCredentials", *arguments)
        self.refuses(3, "cannot open", "create", "UserCredentials", "--data-file",
                     self.folder / "missing")

    def test_an_unknown_property_is_told_and_sent(self) -> None:
        """The tenant may be newer than the catalogue, so it has the last word."""
        done = self.run_cihsm("create", "StringParameters", *SETS, "Vlue=x")
        self.assertEqual(done.code, 1)
        self.assertIn('no documented property "Vlue": did you mean Value', done.err)
        self.assertIn("400 from tenant", done.err)

    def test_bytes_are_sent_as_they_are(self) -> None:
        """With their type."""
        path = self.write("chain.pem", b"-----BEGIN\x00\xff")
        target = "CertificateResources('6161')/$value"
        done = self.done("update", target, "--data-file", path, "--content-type",
                         "application/pkix-cert", "--query", "update=true", "--dry-run")
        head, _, body = done.stdout.partition(b"\n\n")
        self.assertEqual(body, path.read_bytes() + b"\n")
        self.assertIn(b"/CertificateResources('6161')/$value?update=true\n", head)
        self.assertIn(b"\nContent-Type: application/pkix-cert\n", head)
        self.refuses(2, "tell its type", "update", target, "--data-file", path)


class SecretTest(WriteTest):
    """Passwords never stand in a command line, a log or an error."""

    def test_they_are_refused_in_the_command_line(self) -> None:
        """Whichever option they come with; the value is not repeated."""
        for arguments in (["--set", f"Password={SECRET}"], ["--set", f"A.password={SECRET}"],
                          ["--set", f'Password:="{SECRET}"'],
                          ["--set", f'A:={{"ClientSecret":"{SECRET}"}}'],
                          ["--data", f'{{"SecureParam":"{SECRET}"}}'],
                          ["--data", f'{{"A":[{{"Password":"{SECRET}"}}]}}']):
            with self.subTest(arguments=arguments):
                text = self.refuses(2, "--set-secret", "create", "UserCredentials", *arguments)
                self.assertNotIn(SECRET, text)

    def test_they_come_from_the_sources_of_a_pin(self) -> None:
        """And appear nowhere, not even with -vvv."""
        sets = ["--set", "Kind=default", "--set", "Description=d", "--set", "User=u", "-vvv"]
        path = self.write("password", SECRET)
        for name, source, more in (("a", f"file:{path}", {}),
                                   ("b", "env:PASSWORD", {"env": {"PASSWORD": SECRET}})):
            done = self.done("create", "UserCredentials", "--set", f"Name={name}", *sets,
                             "--set-secret", f"Password={source}", **more)
            self.forget(f"UserCredentials('{name}')")
            self.assertIn("POST /api/v1/UserCredentials: status 202", done.err)
            self.assertNotIn(SECRET, done.err)

    def test_a_source_that_cannot_be_read(self) -> None:
        """Before the PIN, and with the property's name."""
        open_file = self.write("open", SECRET, 0o644)
        for code, words, source in ((3, "others may read", f"file:{open_file}"),
                                    (3, "cannot open", "file:/nowhere"),
                                    (3, "is not set", "env:NOWHERE"),
                                    (2, "a Password source is", SECRET),
                                    (2, "no terminal to ask for Password", "prompt")):
            with self.subTest(source=source):
                text = self.refuses(code, words, "create", "UserCredentials", "--set-secret",
                                    f"Password={source}")
                self.assertNotIn(SECRET, text)

    def test_a_dry_run_reads_none(self) -> None:
        """It shows a mark instead."""
        done = self.done("create", "UserCredentials", "--set-secret", "Password=env:NOWHERE",
                         "--dry-run")
        self.assertTrue(done.out.endswith('\n\n{"Password":"(secret)"}\n'), done.out)

    def test_one_can_be_typed(self) -> None:
        """Nothing is echoed."""
        arguments = ["create", "UserCredentials", "--set", "Name=typed", "--set", "Kind=default",
                     "--set", "Description=d", "--set", "User=u", "--set-secret", "Password=prompt",
                     *self.box.options(self.token, KEY)]
        with Terminal(*arguments, env=environment(self.folder, self.token.env),
                      cwd=self.folder) as person:
            person.read_until(b"Password: ")
            person.wait_for_echo(False)
            person.type(SECRET + "\n")
            done = self.judged(person.finish())
        self.assertEqual(done.code, 0, done.out)
        self.forget("UserCredentials('typed')")
        self.assertNotIn(SECRET, done.out)
        self.assertIn("created UserCredentials('typed')", done.out)


class CsrfTest(WriteTest):
    """The token: contract 6.1."""

    def write_one(self) -> list[str]:
        """The methods of the requests of one write."""
        mark = self.box.mark()
        self.done("create", "StringParameters", *SETS, "Value=x")
        methods = self.requests(mark, 2)
        self.done("delete", PARAMETER, "--yes")
        return methods

    def test_modes(self) -> None:
        """It is fetched first, and once more where that one is worth nothing."""
        for switches, methods in (
                (["csrf=session"], ["GET", "POST"]), (["csrf=always"], ["GET", "POST"]),
                (["csrf=off"], ["GET", "POST"]), (["csrf_rotate=1"], ["GET", "POST"]),
                (["csrf_lost=1"], ["GET", "POST", "GET", "POST"])):
            with self.subTest(switches=switches), self.box.scenario(*switches):
                self.assertEqual(self.write_one(), methods)

    def test_no_token_is_ever_good(self) -> None:
        """Two tries, then it is told that nothing was done."""
        with self.box.scenario("csrf_lost=9"):
            self.refused(7, ["403", "CSRF token", "nothing was done"], "create",
                         "StringParameters", *SETS, "Value=x")

    def test_a_missing_role_is_named(self) -> None:
        """The one for writing."""
        self.box.register(READER, chain_of(READER), ["MonitoringDataRead"])
        self.refused(7, ["403", "CredentialsEdit"], "delete", "UserCredentials('x')", "--yes",
                     key=READER)

    def test_with_a_bearer_token(self) -> None:
        """The same way; that no token is given is no matter."""
        with self.box.scenario("csrf=session"):
            self.done("create", "StringParameters", *SETS, "Value=x", "--auth",
                      "oauth-certificate")
            self.done("delete", PARAMETER, "--yes", "--auth", "oauth-certificate")


class CallTest(WriteTest):
    """Function imports."""

    def test_deploy(self) -> None:
        """The answer is a bare text."""
        self.done("create", "IntegrationPackages", "--set", "Id=P", "--set", "Name=P", "--set",
                  "ShortText=t")
        self.forget("IntegrationPackages('P')")
        self.done("create", "IntegrationDesigntimeArtifacts", "--set", "Id=Fl'uss", "--set",
                  "Name=F", "--set", "PackageId=P")
        done = self.done("call", "DeployIntegrationDesigntimeArtifact", "--param", "Id=Fl'uss",
                         "--param", "Version=active")
        self.assertRegex(done.out, "^[0-9a-f-]{36}$")
        self.assertEqual(done.err, "")
        self.assertEqual(self.read(f"BuildAndDeployStatus(TaskId='{done.out}')")["Status"],
                         "DEPLOYING")

    def test_parameters(self) -> None:
        """Quoted, but where they are documented without quotes or written with ':='."""
        for name, given, sent in (
                ("CopyIntegrationPackage", ["Id=O'Brien"], "Id=%27O%27%27Brien%27"),
                ("activateExternalLogging", ["defaultLogLevel=INFO"], "defaultLogLevel=INFO"),
                ("UpsertValMaps", ["IsConfigured:=true"], "IsConfigured=true"),
                ("CopyIntegrationPackage", ["Id=a b&c"], "Id=%27a%20b%26c%27")):
            with self.subTest(given=given):
                options = [part for one in given for part in ("--param", one)]
                line = self.done("call", name, *options, "--dry-run").out.splitlines()[0]
                self.assertEqual(line, f"POST {self.box.url}/api/v1/{name}?{sent}")

    def test_mistakes(self) -> None:
        """A missing parameter is told, the tenant decides."""
        self.refuses(2, "no function import of the catalogue", "call", "Nothing")
        self.refuses(2, "name of a function import", "call", "Nothing(1)")
        self.refuses(2, "--method is GET or POST", "call", "Nothing", "--method", "PUT")
        done = self.run_cihsm("call", "DeployIntegrationDesigntimeArtifact", "--param", "Idd=x")
        self.assertIn('no documented parameter "Idd"', done.err)
        done = self.run_cihsm("call", "DeployIntegrationDesigntimeArtifact", "--param", "Id=x")
        self.assertIn("needs the parameter Version", done.err)
        self.assertEqual(done.code, 1, done.err)
        self.refused(8, "404", "call", "Nothing", "--method", "POST")


class ConsentTest(WriteTest):
    """What asks, what is never done."""

    def test_delete_and_put_ask(self) -> None:
        """Without a terminal they need --yes; before a PIN."""
        for arguments in (["delete", PARAMETER], ["update", PARAMETER, "--set", "Value=x"]):
            self.refuses(2, ["--yes", PARAMETER], *arguments)

    def test_the_answer_counts(self) -> None:
        """Only yes is a yes."""
        self.done("create", "StringParameters", *SETS, "Value=x")
        self.forget(PARAMETER)
        arguments = ["delete", PARAMETER, *self.box.options(self.token, KEY)]
        with Terminal(*arguments, env=environment(self.folder, self.token.env),
                      cwd=self.folder) as person:
            person.read_until(b"Type yes to go on: ")
            person.type("no\n")
            done = self.judged(person.finish())
        self.assertEqual(done.code, 1)
        self.assertEqual(self.read(PARAMETER)["Value"], "x")

    def test_a_whole_set_is_never_deleted(self) -> None:
        """However it is written, and with --unchecked too."""
        for path in ("StringParameters", "StringParameters()", "StringParameters( )", "/",
                     "Partners('x')/StringParameters",
                     f"{self.box.url}/api/v1/StringParameters?a=b('c')"):
            for more in ([], ["--unchecked"]):
                with self.subTest(path=path):
                    self.refuses(2, "whole set", "delete", path, "--yes", *more)

    def test_a_protected_profile(self) -> None:
        """Its name is repeated, in full; reading and --dry-run are free."""
        config = self.profile("protected = yes")
        in_prod = ["--config", config, "--profile", "prod"]
        write = ["create", "StringParameters", *SETS, "Value=x", *in_prod]
        self.refuses(2, ['"prod" is protected', "--confirm-profile prod"], *write)
        self.refuses(2, ['"prod" is protected'], *write, "--yes")
        self.refuses(2, ['names "dev"', '"prod"'], *write, "--confirm-profile", "dev")
        self.succeeds(*write, "--dry-run")
        self.succeeds("get", "StringParameters", "--top", "1", *in_prod, env=self.token.env)
        self.succeeds(*write, "--confirm-profile", "prod", env=self.token.env)
        self.refuses(2, "is protected", "delete", PARAMETER, *in_prod, "--yes")
        self.succeeds("delete", PARAMETER, *in_prod, "--yes", "--confirm-profile", "prod",
                      env=self.token.env)

    def test_a_profile_that_is_not_protected(self) -> None:
        """A name that was repeated must be right there, too."""
        config = self.profile("protected = no")
        write = ["call", "CopyIntegrationPackage", "--param", "Id=x", "--config", config]
        self.refuses(2, 'the profile in use is "prod"', *write, "--profile", "prod",
                     "--confirm-profile", "dev")
        self.refuses(2, "the profile in use is none", *write, "--confirm-profile", "dev")
        self.refuses(3, "yes or no", "delete", PARAMETER, "--yes", "--config",
                     self.profile("protected = true"), "--profile", "prod")

    def profile(self, line: str) -> Option:
        """A configuration with a profile for the sandbox and one more line in it."""
        settings = [str(part) for part in self.box.options(self.token, KEY)]
        pairs = [f"{name.removeprefix('--')} = {value}"
                 for name, value in zip(settings[::2], settings[1::2])]
        return self.write("config", "\n".join(["[prod]", *pairs, line, ""]))


class DryRunTest(WriteTest):
    """The exact request, and nothing else."""

    def test_it_needs_no_token_and_no_network(self) -> None:
        """Only the service key, for the URL."""
        mark = self.box.mark()
        key = self.box.service_key(KEY)
        done = self.succeeds("update", PARAMETER, "--set", "Value=ü", "--dry-run",
                             "--service-key", key)
        root = f"{self.box.url}/api/v1/"
        self.assertEqual(done.out, f"PUT {root}{PARAMETER}\nAccept: application/json\n"
                                   "DataServiceVersion: 2.0\nMaxDataServiceVersion: 2.0\n"
                                   "Content-Type: application/json\n"
                                   f"X-CSRF-Token: (fetched by GET {root})\n\n"
                                   '{"Value":"ü"}\n')
        self.assertEqual(done.err, "")
        self.assertEqual(self.box.mark(), mark)
        done = self.succeeds("delete", "AccessPolicies(19)", "--dry-run", "--service-key", key)
        self.assertTrue(done.out.startswith(f"DELETE {root}AccessPolicies(19L)\n"), done.out)
        self.refuses(3, "no service key", "delete", PARAMETER, "--dry-run")

    def test_only_writes_have_one(self) -> None:
        """Others would do what they do."""
        for command in (["get", "X"], ["token", "list"], ["profile", "list"]):
            self.refuses(2, "--dry-run is for commands that write", *command, "--dry-run")


class BadAnswerTest(CihsmTest):
    """A tenant that says what the sandbox would not."""

    canned: CannedTenant
    token: Token

    @classmethod
    def setUpClass(cls) -> None:
        cls.canned = CannedTenant()
        cls.addClassCleanup(cls.canned.stop)
        cls.token = copy_token(cls.canned.folder / "token")

    def write_one(self) -> Result:
        """A write, whatever comes of it."""
        return self.cihsm("create", "StringParameters", "--set", "Pid=P", "--set", "Id=I",
                          "--retry-time", "0", *self.canned.options(self.token),
                          env=self.token.env)

    def test_answers(self) -> None:
        """Exit codes, and whether it was done."""
        page = b"<!doctype html><title>Log in</title>"
        for code, words, answer in (
                (11, "the tenant did it (200)", Answer(page, content_type="text/html")),
                (11, "the tenant did it (201)", Answer(b'{"d":{', status=201)),
                (9, "409 from tenant", Answer(b"", status=409)),
                (1, "415 from tenant", Answer(b"", status=415)),
                (11, "redirected", Answer(b"", status=302, headers={"Location": "/login"}))):
            with self.subTest(words=words):
                self.canned.says(answer)
                done = self.write_one()
                self.assertEqual(done.code, code, done.err)
                self.message(done, words)

    def test_a_cut_answer_leaves_the_outcome_open(self) -> None:
        """What was done has to be looked at, so that is told."""
        self.canned.says(Answer(b'{"d":{}}'), POST=Answer(b'{"d":{"Pid":"P"', promised_bytes=10))
        done = self.write_one()
        self.assertEqual(done.code, 6, done.err)
        self.message(done, 'look what was done: cihsm get "StringParameters"')

    def test_no_secret_is_ever_shown(self) -> None:
        """Passwords, tokens, cookies and PINs: not in logs, not where the tenant repeats them."""
        body = ["--set", "Name=n", "--set-secret",
                f"Password=file:{self.write('password', SECRET)}"]
        commands: list[list[Option]] = [
            ["create", "UserCredentials", *body], ["update", "UserCredentials('n')", *body, "--yes"]]
        others: list[list[Option]] = [
            ["delete", "UserCredentials('n')", "--yes"], ["call", "DoIt", "--method", "POST"]]
        given = {"X-CSRF-Token": CSRF_TOKEN,
                 "Set-Cookie": f"SESSION={COOKIE}; Path=/; Secure; HttpOnly"}
        words = f"bad Password {SECRET}, bad token {CSRF_TOKEN}"
        told = json.dumps({"error": {"message": {"value": words}}}).encode()
        no_password = json.dumps({"error": {"message": {"value": CSRF_TOKEN}}}).encode()
        answers = [Answer(b'{"d":{"Name":"n"}}', headers=given), Answer(b"", 204, ""),
                   Answer(b"", 403, headers={**given, "X-CSRF-Token": "Required"}),
                   Answer(b"{", 201, headers=given), Answer(b'{"d":', promised_bytes=9)]
        self.canaries = (CANARY_PIN, SECRET, CSRF_TOKEN, COOKIE)
        for command in [*commands, *others]:
            echo = told if command in commands else no_password
            for answer in [*answers, Answer(echo, 400), Answer(echo, 500)]:
                for more in (["-vvv"], ["-o", "json", "-vvv"]):
                    with self.subTest(command=command[0], answer=answer, more=more):
                        self.canned.says(Answer(b'{"d":{}}', headers=given), POST=answer,
                                         PUT=answer, DELETE=answer)
                        done = self.cihsm(*command, *more, "--retry-time", "0",
                                          *self.canned.options(self.token), env=self.token.env)
                        self.assertIn("***" if answer.body == echo else "CSRF token", done.err)
            self.succeeds(*command, "--dry-run", *self.canned.options(self.token))

    def test_where_it_is_comes_from_the_keys(self) -> None:
        """Or else from Location."""
        place = f"https://localhost:{self.canned.port}/api/v1/SomethingNew('7')"
        self.canned.says(Answer(b'{"d":{"A":"b"}}'),
                         POST=Answer(b"", status=201, headers={"Location": place}))
        self.assertEqual(self.write_one().err,
                         "cihsm: created StringParameters(Pid='P',Id='I')\n")
        done = self.succeeds("create", "SomethingNew", "--set", "A=b", "--show", "-o", "json",
                             *self.canned.options(self.token), env=self.token.env)
        self.assertEqual((done.json, done.err), ({"A": "b"}, f"cihsm: created {place}\n"))


if __name__ == "__main__":
    unittest.main()
