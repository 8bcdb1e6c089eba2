/* SPDX-License-Identifier: Apache-2.0 */
#include "btp/cloud_foundry_wish.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/foreign.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "identity/certificate.h"
#include "identity/pem.h"

#define DAY_LEN 10 /* of "2027-02-19" */

void cf_wish_free(cf_wish *wish)
{
    x509_cleanup(&wish->leaf);
    text_free(&wish->name);
}

static cihsm_status take_leaf(const cihsm_value *parameters, X509 **out, cihsm_error *err)
{
    const char *pem = cihsm_value_get_string(parameters, "X.509");
    const char *type = cihsm_value_get_string(parameters, "key-type");
    if (pem == NULL || !text_equal(type, "certificate_external")) {
        return cihsm_fail_plain(err, CIHSM_E_ARGUMENT,
                                "the parameters are not those of an External Certificate key "
                                "(cihsm_service_key_params makes them)");
    }
    CIHSM_AUTO(x509_list_cleanup) STACK_OF(X509) *found = NULL;
    CIHSM_TRY(pem_read_certificates(pem, strlen(pem), "parameter X.509", &found, err));
    if (sk_X509_num(found) != 1) {
        return cihsm_fail_plain(err, CIHSM_E_ARGUMENT, "parameter X.509 is not the leaf alone");
    }
    *out = sk_X509_shift(found);
    return CIHSM_OK;
}

/* --- the name ------------------------------------------------------------------------------ */

/* The common name with "-" for all that could trouble a shell or a URL, then the day of the end. */
static cihsm_status make_name(const X509 *leaf, char **out, cihsm_error *err)
{
    char ends[CERTIFICATE_TIME_MAX];
    CIHSM_AUTO(text_free) char *common = NULL;
    CIHSM_TRY(certificate_common_name(leaf, &common, err));
    CIHSM_TRY(certificate_time(X509_get0_notAfter(leaf), ends, err));
    for (char *c = common; c != NULL && *c != '\0'; c++) {
        const unsigned char byte = (unsigned char)*c;
        if (byte >= 0x80 || (isalnum(byte) == 0 && strchr("-._", byte) == NULL)) {
            *c = '-';
        }
    }
    return text_format(out, err, "%.*s-%.*s", CIHSM_CF_NAME_MAX - DAY_LEN - 1,
                       common == NULL || common[0] == '\0' ? "cihsm" : common, DAY_LEN, ends);
}

static size_t count_characters(const char *utf8)
{
    size_t count = 0;
    for (; *utf8 != '\0'; utf8++) {
        count += ((unsigned char)*utf8 & 0xc0) != 0x80;
    }
    return count;
}

static bool is_printable(const char *text)
{
    while (*text != '\0' && (unsigned char)*text >= ' ' && *text != 0x7f) {
        text++;
    }
    return *text == '\0';
}

static cihsm_status check_name(const char *name, cihsm_error *err)
{
    const size_t count = count_characters(name);
    if (count > 0 && count <= CIHSM_CF_NAME_MAX && is_printable(name) &&
        text_is_utf8(name, strlen(name))) {
        return CIHSM_OK;
    }
    return cihsm_fail_plain(
        err, CIHSM_E_USAGE, "the name of a service key has 1 to %d characters, \"%.80s\" has %zu%s",
        CIHSM_CF_NAME_MAX, name, count, is_printable(name) ? "" : ", not all of them printable");
}

cihsm_status cf_wish_read(const cihsm_cf_key *key, cf_wish *out, cihsm_error *err)
{
    CIHSM_AUTO(cf_wish_free) cf_wish wish = {.name = NULL};
    CIHSM_TRY(take_leaf(key->parameters, &wish.leaf, err));
    if (key->name != NULL) {
        CIHSM_TRY(check_name(key->name, err));
        CIHSM_TRY(text_set(&wish.name, key->name, err));
    } else {
        CIHSM_TRY(make_name(wish.leaf, &wish.name, err));
    }
    *out = wish;
    wish = (cf_wish){.name = NULL}; /* the caller's now */
    return CIHSM_OK;
}

/* --- the request --------------------------------------------------------------------------- */

static cihsm_status new_object(cihsm_value **out, cihsm_error *err)
{
    *out = cihsm_value_new_object();
    return *out == NULL ? cihsm_fail_memory(err) : CIHSM_OK;
}

/* {"service_instance":{"data":{"guid":...}}} */
static cihsm_status put_instance(const char *guid, cihsm_value *body, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *relationships = NULL;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *instance = NULL;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *data = NULL;
    CIHSM_TRY(new_object(&relationships, err));
    CIHSM_TRY(new_object(&instance, err));
    CIHSM_TRY(new_object(&data, err));
    CIHSM_TRY(cihsm_value_set_string(data, "guid", guid, err));
    CIHSM_TRY(cihsm_value_set(instance, "data", &data, err));
    CIHSM_TRY(cihsm_value_set(relationships, "service_instance", &instance, err));
    return cihsm_value_set(body, "relationships", &relationships, err);
}

cihsm_status cf_wish_body(const cf_wish *wish, const char *instance, const cihsm_value *parameters,
                          cihsm_value **out, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *body = NULL;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *copy = cihsm_value_copy(parameters);
    if (copy == NULL) {
        return cihsm_fail_memory(err);
    }
    CIHSM_TRY(new_object(&body, err));
    CIHSM_TRY(cihsm_value_set_string(body, "type", "key", err));
    CIHSM_TRY(cihsm_value_set_string(body, "name", wish->name, err));
    CIHSM_TRY(put_instance(instance, body, err));
    CIHSM_TRY(cihsm_value_set(body, "parameters", &copy, err));
    *out = CIHSM_MOVE(body);
    return CIHSM_OK;
}
