/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A SoftHSM with one token, and a person who has a PIN of each kind, for the tests of token.
 */
#ifndef TOKEN_SCENE_H
#define TOKEN_SCENE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cihsm/scope.h"
#include "cihsm/token_admin.h"
#include "support/shim.h"
#include "support/softhsm.h"

#define SCENE_LABEL "unit"
#define SCENE_PIN "12345678"

enum { KIND_COUNT = 4 };

typedef struct scene {
    softhsm_fixture *hsm;
    const char *pins[KIND_COUNT]; /* what the person gives, by cihsm_pin_kind */
    unsigned asked[KIND_COUNT];   /* how often */
    unsigned taken[KIND_COUNT];   /* verdicts */
    unsigned refused[KIND_COUNT];
    unsigned doubted[KIND_COUNT];
} scene;

/** For cmocka: *state is a scene with a fresh SoftHSM. */
int scene_setup(void **state);
int scene_teardown(void **state);

/** A configuration over the shim that means the token. */
cihsm_token_config scene_config(scene *of);

/** Whether the token opens with this user PIN. */
bool scene_opens(scene *of, const char *pin);

/** The error has that status, and its message holds that text and is one clean line. */
void scene_expect(const cihsm_error *err, cihsm_status status, const char *text);

#endif
