/* SPDX-License-Identifier: Apache-2.0 */
#include "scene.h"

#include <stdlib.h>
#include <string.h>

static cihsm_status give_pin(void *user, const cihsm_pin_request *request, cihsm_secret **out,
                             cihsm_error *err)
{
    scene *of = user;
    of->asked[request->kind]++;
    const char *pin = of->pins[request->kind];
    assert_non_null(pin);
    return cihsm_secret_new(pin, strlen(pin), out, err);
}

static void hear_verdict(void *user, const cihsm_pin_request *request, cihsm_pin_verdict verdict)
{
    scene *of = user;
    of->taken[request->kind] += verdict == CIHSM_PIN_TAKEN;
    of->refused[request->kind] += verdict == CIHSM_PIN_REFUSED;
    of->doubted[request->kind] += verdict == CIHSM_PIN_IN_DOUBT;
}

int scene_setup(void **state)
{
    scene *of = calloc(1, sizeof *of);
    if (of == NULL) {
        return -1;
    }
    of->hsm = softhsm_new(SCENE_LABEL, SCENE_PIN);
    of->pins[CIHSM_PIN_USER] = SCENE_PIN;
    of->pins[CIHSM_PIN_OFFICER] = SOFTHSM_SO_PIN;
    of->pins[CIHSM_PIN_NEW_USER] = "new-user-pin";
    of->pins[CIHSM_PIN_NEW_OFFICER] = "new-officer-pin";
    *state = of;
    return of->hsm != NULL && shim_use(of->hsm, "") ? 0 : -1;
}

int scene_teardown(void **state)
{
    scene *of = *state;
    softhsm_free(&of->hsm);
    free(of);
    return 0;
}

cihsm_token_config scene_config(scene *of)
{
    return (cihsm_token_config){
        .module = SHIM_MODULE,
        .uri = "pkcs11:token=" SCENE_LABEL,
        .pin = give_pin,
        .pin_verdict = hear_verdict,
        .pin_user = of,
    };
}

bool scene_opens(scene *of, const char *pin)
{
    assert_true(shim_use(of->hsm, ""));
    const char *before = of->pins[CIHSM_PIN_USER];
    of->pins[CIHSM_PIN_USER] = pin;
    const cihsm_token_config config = scene_config(of);
    CIHSM_AUTO(cihsm_token_free) cihsm_token *token = NULL;
    const cihsm_status status = cihsm_token_open(&config, &token, NULL);
    of->pins[CIHSM_PIN_USER] = before;
    return status == CIHSM_OK;
}

void scene_expect(const cihsm_error *err, cihsm_status status, const char *text)
{
    assert_int_equal(err->status, status);
    if (strstr(err->message, text) == NULL) {
        fail_msg("\"%s\" does not say \"%s\"", err->message, text);
    }
    assert_null(strchr(err->message, '\n'));
    assert_true(err->message[strlen(err->message) - 1] != '.');
}
