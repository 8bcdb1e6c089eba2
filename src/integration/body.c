/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The body of a write from what a person typed. Source: docs/sap-contract.md section 5.3.
 */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "cihsm/time.h"
#include "cihsm/write.h"
#include "integration/catalogue.h"
#include "odata/tidy.h"

/* Never in a command line: everybody on the machine can read it. */
static const char *const SECRETS[] = {"Password", "ClientSecret", "SecureParam", "SSHFile",
                                      "RSAFile"};

bool cihsm_property_is_secret(const char *name)
{
    const char *dot = strrchr(name, '.');
    const char *last = dot == NULL ? name : dot + 1;
    for (size_t i = 0; i < sizeof SECRETS / sizeof *SECRETS; i++) {
        if (strcasecmp(SECRETS[i], last) == 0) {
            return true;
        }
    }
    return false;
}

/* The object that holds the last name of "a.b.c"; *last points to it. Missing ones are made. */
static cihsm_status descend(cihsm_value *body, const char *name, cihsm_value **holder,
                            const char **last, cihsm_error *err)
{
    *holder = body;
    for (const char *dot = strchr(name, '.'); dot != NULL; dot = strchr(name, '.')) {
        CIHSM_AUTO(text_free) char *step = NULL;
        CIHSM_TRY(text_format(&step, err, "%.*s", (int)(dot - name), name));
        if (cihsm_value_kind(json_get(*holder, step)) != CIHSM_VALUE_OBJECT) {
            CIHSM_AUTO(cihsm_value_free) cihsm_value *fresh = cihsm_value_new_object();
            if (fresh == NULL) {
                return cihsm_fail_memory(err);
            }
            CIHSM_TRY(cihsm_value_set(*holder, step, &fresh, err));
        }
        *holder = json_get(*holder, step);
        name = dot + 1;
    }
    *last = name;
    return CIHSM_OK;
}

static cihsm_status check_name(const char *name, cihsm_error *err)
{
    const size_t len = strlen(name);
    if (len == 0 || name[0] == '.' || name[len - 1] == '.' || strstr(name, "..") != NULL) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE, "\"%.80s\" is no name of a property", name);
    }
    return CIHSM_OK;
}

cihsm_status cihsm_body_set(cihsm_value *body, const char *name, cihsm_value **value,
                            cihsm_error *err)
{
    cihsm_error_clear(err);
    cihsm_value *holder = NULL;
    const char *last = NULL;
    CIHSM_TRY(check_name(name, err));
    CIHSM_TRY(descend(body, name, &holder, &last, err));
    return cihsm_value_set(holder, last, value, err);
}

/* Sets what text means as a value of one type. */
typedef cihsm_status (*set_fn)(cihsm_value *holder, const char *name, const char *text,
                               cihsm_error *err);

static cihsm_status refuse(const char *name, const char *wanted, cihsm_error *err)
{
    return cihsm_fail_plain(err, CIHSM_E_USAGE, "the property %.80s takes %s", name, wanted);
}

static bool is_whole(const char *text)
{
    const char *digits = *text == '-' ? text + 1 : text;
    return *digits != '\0' && digits[strspn(digits, "0123456789")] == '\0';
}

static cihsm_status set_long(cihsm_value *holder, const char *name, const char *text,
                             cihsm_error *err)
{
    errno = 0;
    (void)strtoll(text, NULL, 10);
    if (!is_whole(text) || errno != 0) {
        return refuse(name, "a whole number of 64 bits", err);
    }
    return cihsm_value_set_string(holder, name, text, err);
}

static cihsm_status set_int(cihsm_value *holder, const char *name, const char *text,
                            cihsm_error *err)
{
    errno = 0;
    const long long number = strtoll(text, NULL, 10);
    if (!is_whole(text) || errno != 0 || number < INT32_MIN || number > INT32_MAX) {
        return refuse(name, "a whole number of 32 bits", err);
    }
    return cihsm_value_set_number(holder, name, (double)number, err);
}

static cihsm_status set_bool(cihsm_value *holder, const char *name, const char *text,
                             cihsm_error *err)
{
    const bool truth = strcmp(text, "true") == 0;
    if (!truth && strcmp(text, "false") != 0) {
        return refuse(name, "true or false", err);
    }
    return cihsm_value_set_bool(holder, name, truth, err);
}

static cihsm_status set_date(cihsm_value *holder, const char *name, const char *text,
                             cihsm_error *err)
{
    char known[ODATA_DATE_SIZE];
    if (odata_date_to_iso(text, true, known)) {
        return cihsm_value_set_string(holder, name, text, err);
    }
    int64_t ms = 0;
    if (cihsm_time_read_date(text, &ms, NULL) != CIHSM_OK) {
        return refuse(name, "a date: 2026-03-01 or 2026-03-01T14:30:05Z, without a zone it is UTC",
                      err);
    }
    CIHSM_AUTO(text_free) char *date = NULL;
    CIHSM_TRY(text_format(&date, err, "/Date(%" PRId64 ")/", ms));
    return cihsm_value_set_string(holder, name, date, err);
}

static const struct {
    const char *type;
    set_fn set;
} TYPES[] = {
    {"Edm.Int64", set_long},        {"Edm.Int32", set_int},     {"Edm.Int16", set_int},
    {"Edm.Boolean", set_bool},      {"Edm.DateTime", set_date}, {"Edm.DateTimeOffset", set_date},
    {NULL, cihsm_value_set_string},
};

static set_fn setter_of(const char *type)
{
    size_t i = 0;
    while (TYPES[i].type != NULL && (type == NULL || strcmp(type, TYPES[i].type) != 0)) {
        i++;
    }
    return TYPES[i].set;
}

/* The members of a complex property have no type in the catalogue. */
static const char *type_of(const integration_catalogue *catalogue, const char *path,
                           const char *name)
{
    const char *set = integration_set_of_path(catalogue, path);
    return set == NULL ? NULL : integration_property_type(catalogue, set, name);
}

cihsm_status cihsm_body_set_text(cihsm_value *body, const char *path, const char *name,
                                 const char *text, cihsm_error *err)
{
    cihsm_error_clear(err);
    const integration_catalogue *catalogue = NULL;
    cihsm_value *holder = NULL;
    const char *last = NULL;
    CIHSM_TRY(integration_catalogue_get(&catalogue, err));
    CIHSM_TRY(check_name(name, err));
    if (!text_is_utf8(text, strlen(text))) {
        return refuse(name, "UTF-8 text", err);
    }
    CIHSM_TRY(descend(body, name, &holder, &last, err));
    return setter_of(type_of(catalogue, path, name))(holder, last, text, err);
}
