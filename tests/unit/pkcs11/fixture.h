/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A SoftHSM token, a PIN callback that counts, and a log that remembers, for the tests of pkcs11.
 */
#ifndef PKCS11_FIXTURE_H
#define PKCS11_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cihsm/key.h"
#include "cihsm/scope.h"
#include "cihsm/token.h"
#include "pkcs11/key.h"
#include "support/shim.h"
#include "support/softhsm.h"

#define FIXTURE_LABEL "unit"
#define FIXTURE_PIN "12345678"

typedef struct fixture {
    softhsm_fixture *hsm;
    const char *pin;           /* what the callback gives */
    unsigned asked;            /* how often it was asked */
    cihsm_pin_request request; /* of the last time; its strings are gone */
    char log[65536];           /* lines, with their level as first character */
    cihsm_log sink;
} fixture;

/** For cmocka's group setup and teardown: *state is a fixture. */
int fixture_setup(void **state);
int fixture_teardown(void **state);

/** fixture_setup, and an EC key P-256 of that label on the token. */
int fixture_setup_key(void **state, const char *label);

/** Forgets log and count, gives the right PIN again, and uses the shim without rules. */
int fixture_reset(void **state);

/** A configuration for the fixture's token over a module. */
cihsm_token_config fixture_config(fixture *of, const char *module);

/** Opens the token; fails the test if that fails. */
cihsm_token *fixture_open(fixture *of, const char *module);

/** Generates a key; its id is 0x10 + the first character of the label. Fails the test if not. */
void fixture_generate(cihsm_token *token, const char *type, const char *label);

/** Finds a key by its label; fails the test if not. */
pkcs11_key *fixture_find(cihsm_token *token, const char *label);

/** True if OpenSSL accepts the signature. */
bool fixture_verifies(EVP_PKEY *public_key, const cihsm_sign_request *request, const uint8_t *sig,
                      size_t sig_len);

/** Signs a digest and verifies it with the key's public half in OpenSSL. */
void fixture_sign_and_verify(pkcs11_key *key, EVP_PKEY *public_key, cihsm_scheme scheme,
                             cihsm_digest digest);

/** Sign request over 32 fixed bytes. */
cihsm_sign_request fixture_request(cihsm_scheme scheme);

/** One ECDSA signature, which is thrown away. */
cihsm_status fixture_sign(pkcs11_key *key, cihsm_error *err);

/** The same, which succeeds. */
void fixture_expect_sign(pkcs11_key *key);

/** Runs a function in so many threads at the same time, until all of them have ended. */
void fixture_run_threads(size_t count, void *(*run)(void *context), void *context);

/** Between two looks at something that comes true. */
void fixture_sleep_ms(long ms);

/** The error has that status, and its message holds that text and is one clean line. */
void fixture_expect(const cihsm_error *err, cihsm_status status, const char *text);

#endif
