/* SPDX-License-Identifier: Apache-2.0 */
#include "btp/cloud_foundry_row.h"

#include <string.h>
#include <time.h>

#include <openssl/crypto.h>

#include "base/error.h"
#include "base/text.h"
#include "btp/cloud_foundry.h"
#include "cihsm/scope.h"
#include "identity/certificate.h"

static bool secret_same(const cihsm_secret *a, const cihsm_secret *b)
{
    return a != NULL && b != NULL && cihsm_secret_len(a) == cihsm_secret_len(b) &&
           CRYPTO_memcmp(cihsm_secret_bytes(a), cihsm_secret_bytes(b), cihsm_secret_len(a)) == 0;
}

bool cf_key_same(const cihsm_service_key *a, const cihsm_service_key *b)
{
    if (a == NULL || b == NULL || cihsm_service_key_kind(a) != cihsm_service_key_kind(b)) {
        return false;
    }
    if (cihsm_service_key_kind(a) != CIHSM_SERVICE_KEY_SECRET) {
        return certificate_same(service_key_leaf(a), service_key_leaf(b));
    }
    return text_equal(service_key_client_id(a), service_key_client_id(b)) &&
           secret_same(service_key_secret(a), service_key_secret(b));
}

/* An end that cannot be read is told as not known: a list is not lost for one certificate. */
static cihsm_status put_validity(const X509 *leaf, cihsm_value *row, cihsm_error *err)
{
    char text[CERTIFICATE_TIME_MAX];
    time_t ends = 0;
    cihsm_error unread = {0};
    if (leaf == NULL || certificate_time(X509_get0_notAfter(leaf), text, &unread) != CIHSM_OK ||
        certificate_seconds(X509_get0_notAfter(leaf), &ends, &unread) != CIHSM_OK) {
        CIHSM_TRY(cihsm_value_set_string(row, "validUntil", NULL, err));
        return cihsm_value_set_string(row, "daysLeft", NULL, err);
    }
    CIHSM_TRY(cihsm_value_set_string(row, "validUntil", text, err));
    return cihsm_value_set_number(row, "daysLeft", (double)certificate_days_until(ends, time(NULL)),
                                  err);
}

cihsm_status cf_row(const cf_row_facts *facts, cihsm_value **out, cihsm_error *err)
{
    const cihsm_value *binding = facts->binding;
    const cihsm_value *operation = cihsm_value_get(binding, "last_operation");
    const cihsm_service_key *key = facts->key;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *row = cihsm_value_new_object();
    if (row == NULL) {
        return cihsm_fail_memory(err);
    }
    const struct {
        const char *name;
        const char *text;
    } first[] =
        {
            {"name", cihsm_value_get_string(binding, "name")},
            {"instance", cihsm_value_get_string(facts->instance, "name")},
            {"type", key == NULL ? NULL : cihsm_service_key_kind_name(key)},
        },
      last[] = {
          {"created", cihsm_value_get_string(binding, "created_at")},
          {"state", cihsm_value_get_string(operation, "state")},
          {"guid", cihsm_value_get_string(binding, "guid")},
          {"instanceGuid", cf_instance_of(binding)},
      };
    for (size_t i = 0; i < sizeof first / sizeof *first; i++) {
        CIHSM_TRY(cihsm_value_set_string(row, first[i].name, first[i].text, err));
    }
    CIHSM_TRY(put_validity(key == NULL ? NULL : service_key_leaf(key), row, err));
    CIHSM_TRY(cihsm_value_set_bool(row, "inUse", cf_key_same(key, facts->own), err));
    for (size_t i = 0; i < sizeof last / sizeof *last; i++) {
        CIHSM_TRY(cihsm_value_set_string(row, last[i].name, last[i].text, err));
    }
    *out = CIHSM_MOVE(row);
    return CIHSM_OK;
}
