/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sets a string parameter of the Partner Directory, which may exist or not, and prints it as the
 * tenant has it then.
 *
 *   set_parameter PID ID VALUE
 *
 * Tenant, certificate and token come from the environment, as in failed_messages.c.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "cihsm/cihsm.h"

static cihsm_status open_client(cihsm_client **out, cihsm_error *err)
{
    const cihsm_client_config config = {
        .service_key = getenv("CIHSM_SERVICE_KEY"),
        .chain = getenv("CIHSM_CHAIN"),
        .ca = getenv("CIHSM_CA"),
        .key = getenv("CIHSM_KEY"),
        .token.module = getenv("CIHSM_MODULE"),
        .token.uri = getenv("CIHSM_TOKEN"),
        .token.pin = cihsm_pin_from_source,
        .token.pin_user = getenv("CIHSM_PIN_SOURCE"),
    };
    return cihsm_client_open(&config, out, err);
}

/* {"Pid":…,"Id":…,"Value":…} */
static cihsm_status make_parameter(char *const *texts, cihsm_value **out, cihsm_error *err)
{
    static const char *const NAMES[] = {"Pid", "Id", "Value"};
    *out = cihsm_value_new_object();
    if (*out == NULL) {
        return cihsm_error_set(err, CIHSM_E_NO_MEMORY, "out of memory");
    }
    cihsm_status status = CIHSM_OK;
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES && status == CIHSM_OK; i++) {
        status = cihsm_value_set_string(*out, NAMES[i], texts[i], err);
    }
    return status;
}

/* The tenant knows no "create or update" for this set, so it is asked first which of the two is
 * due. If somebody else creates the parameter in between, the POST fails and nothing is changed. */
static cihsm_status choose_method(cihsm_client *client, const char *path, cihsm_request *request,
                                  cihsm_error *err)
{
    CIHSM_AUTO(cihsm_result_free) cihsm_result *found = NULL;
    const cihsm_status status = cihsm_client_get(client, path, NULL, &found, err);
    if (status == CIHSM_OK) {
        request->method = "PUT";
        request->path = path;
    }
    return status == CIHSM_E_NOT_FOUND ? CIHSM_OK : status; /* POST to the set, as it is */
}

static cihsm_status print_parameter(cihsm_client *client, const char *path, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_result_free) cihsm_result *found = NULL;
    const cihsm_status status = cihsm_client_get(client, path, NULL, &found, err);
    if (status == CIHSM_OK) {
        const char *value = cihsm_value_get_string(cihsm_result_value(found), "Value");
        printf("%s = %s\n", path, value == NULL ? "" : value);
    }
    return status;
}

static cihsm_status set_parameter(cihsm_client *client, const cihsm_value *parameter,
                                  cihsm_error *err)
{
    cihsm_request request = {.method = "POST", .path = "StringParameters", .value = parameter};
    char path[1024]; /* StringParameters(Pid='…',Id='…') */
    if (!cihsm_created_path(&request, NULL, path, sizeof path)) {
        return cihsm_error_set(err, CIHSM_E_USAGE, "PID or ID is too long");
    }
    cihsm_status status = choose_method(client, path, &request, err);
    CIHSM_AUTO(cihsm_answer_free) cihsm_answer *answer = NULL;
    if (status == CIHSM_OK) {
        status = cihsm_client_send(client, &request, &answer, err);
    }
    return status == CIHSM_OK ? print_parameter(client, path, err) : status;
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fputs("usage: set_parameter PID ID VALUE\n", stderr);
        return cihsm_status_exit_code(CIHSM_E_USAGE);
    }
    signal(SIGPIPE, SIG_IGN); /* a lost connection is an error, not the end of the program */

    CIHSM_AUTO(cihsm_value_free) cihsm_value *parameter = NULL;
    CIHSM_AUTO(cihsm_client_free) cihsm_client *client = NULL;
    cihsm_error err = {0};
    cihsm_status status = make_parameter(argv + 1, &parameter, &err);
    if (status == CIHSM_OK) {
        status = open_client(&client, &err);
    }
    if (status == CIHSM_OK) {
        status = set_parameter(client, parameter, &err);
    }
    if (status != CIHSM_OK) {
        fprintf(stderr, "set_parameter: %s\n", err.message);
    }
    return cihsm_status_exit_code(status);
}
