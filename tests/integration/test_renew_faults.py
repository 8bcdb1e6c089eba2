#!/usr/bin/env python3
"""cihsm service-key renew while the platform fails: each answer that is lost or refused leaves the
old identity working, and the next run goes on (contract §11)."""

from __future__ import annotations

import json
import os
import unittest

from test_renew import LOGS, RenewTest


class LostTest(RenewTest):
    """What was done although nobody heard of it is not done twice."""

    def goes_on(self) -> None:
        """With the old identity still there, to the new one."""
        self.assert_untouched()
        with self.box.scenario("cf_job_seconds=0"):
            self.by_profile()  # what is under way at the platform ends
        self.assert_switched(self.renew())
        self.assertEqual(len(self.platform.keys(self.instance)), 2)

    def test_the_answer_to_the_enrolment_is_lost(self) -> None:
        """The certificate was issued: it is fetched."""
        with self.box.scenario("no_answer=1", "error_method=POST",
                               "error_path=/destination-configuration/"):
            self.stops(10, "step certificate of the renewal", *self.whole())
        self.assertEqual(self.next_step(), "certificate")
        self.goes_on()

    def test_the_answer_to_the_order_of_the_key_is_lost(self) -> None:
        """The service key was made: it is fetched."""
        with self.box.scenario("no_answer=1", "error_method=POST", "error_path=/v3/"):
            self.stops(10, "step service-key of the renewal", *self.whole())
        self.assertEqual(self.next_step(), "service-key")
        self.goes_on()

    def test_the_token_of_the_user_ends_while_the_key_is_made(self) -> None:
        """At each request; with a fresh one it goes on."""
        for uses in (1, 4, 6):
            with self.subTest(uses=uses):
                with self.box.scenario(f"token_uses={uses}"):
                    # the Destination service's own token is renewed by itself
                    self.stops(7, "step service-key of the renewal", *self.whole())
                self.assert_untouched()
                with self.box.scenario("cf_job_seconds=0"):
                    self.by_profile()
                type(self).cf_token = self.platform.token()
        self.goes_on()

    def test_the_details_of_the_new_key_cannot_be_read(self) -> None:
        """No file is left, whole or in part, that the next run could take for one."""
        for switches in (["error_status=503"], ["bad_json=1"], ["truncate_body=80"]):
            with self.subTest(switches=switches):
                with self.box.scenario(*switches, "error_path=/details"):
                    done = self.cihsm(*self.whole(), env=self.token.env)
                self.assertIn("step service-key of the renewal", done.err)
                self.assertFalse(os.path.exists(self.state_of("serviceKey")))
                self.assert_untouched()
        self.goes_on()

    def state_of(self, name: str) -> str:
        """A member of the state."""
        return str(json.loads(self.state.read_text(encoding="utf-8"))[name])

    def test_a_job_that_does_not_end(self) -> None:
        """--wait bounds it; the next run takes the key that it made after all."""
        with self.box.scenario("cf_job=never"):
            self.stops(12, "step service-key of the renewal", *self.whole("--wait", "1s"))
        self.goes_on()


class TestedTest(RenewTest):
    """The call with the new identity decides whether the profile is switched."""

    def test_it_waits_until_the_new_key_counts(self) -> None:
        """Caches of the platform: the old identity works meanwhile, the new one later."""
        with self.box.scenario("key_delay=5"):
            self.assert_switched(self.renew("--wait", "2m"))

    def test_a_new_key_that_never_counts(self) -> None:
        """Nothing is switched; when it counts the next run goes on."""
        with self.box.scenario("key_delay=3600"):
            self.stops(13, "step test of the renewal", *self.whole("--wait", "1s"))
        self.assertEqual(self.next_step(), "test")
        self.assert_untouched()
        self.assert_switched(self.renew())

    def test_an_instance_without_the_role(self) -> None:
        """403 for the resource that is to be tested."""
        with self.box.scenario("role_missing=1"):
            self.stops(13, "step test of the renewal", *self.whole("--for", LOGS, "--wait", "1s"))
        self.assert_untouched()
        self.assert_switched(self.renew("--for", LOGS))


class RetireTest(RenewTest):
    """The old service key goes last, and its end may fail."""

    def setUp(self) -> None:
        super().setUp()
        self.assert_switched(self.renew())

    def retires(self) -> None:
        """The profile works, and in the end the old key is gone."""
        self.assert_works(self.by_profile())
        with self.box.scenario("cf_job_seconds=0"):
            self.by_profile()
        self.assertEqual(self.renew("--retire", "--yes")["state"], "done")
        self.assertEqual(len(self.platform.keys(self.instance)), 1)
        self.assert_works(self.by_profile())

    def test_a_deletion_that_fails(self) -> None:
        """The old key is still there; the next run deletes it."""
        with self.box.scenario("cf_job=fails"):
            self.stops(1, "step retire of the renewal", *self.whole("--retire", "--yes"))
        self.assert_works(self.by_old())
        self.retires()

    def test_the_answer_to_the_deletion_is_lost(self) -> None:
        """The old key is gone; the next run takes that as done."""
        with self.box.scenario("no_answer=1", "error_method=DELETE"):
            self.stops(10, "step retire of the renewal", *self.whole("--retire", "--yes"))
        self.retires()

    def test_a_user_who_may_not_delete(self) -> None:
        """Who sees no keys, or may not read them, does not take the old one for gone."""
        for role, code, words in (("auditor", 7, ["cannot be read", "Space Developer"]),
                                  ("stranger", 8, ["no service key is seen", "Space Developer"])):
            user = self.platform.token(f"{role}@example.com", role)
            arguments = self.whole("--retire", "--yes")
            arguments[arguments.index(f"file:{self.cf_token}")] = f"file:{user}"
            with self.subTest(role=role):
                told = self.stops(code, words[0], *arguments)
                self.assertIn(words[1], told)
                self.assertEqual(len(self.platform.keys(self.instance)), 2)
        self.retires()

    def test_a_deletion_that_takes_too_long(self) -> None:
        """--wait bounds it; the key goes all the same."""
        with self.box.scenario("cf_job=never"):
            self.stops(12, "step retire of the renewal",
                       *self.whole("--retire", "--yes", "--wait", "1s"))
        self.retires()


if __name__ == "__main__":
    unittest.main()
