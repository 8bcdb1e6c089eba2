/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cf_details_take, cf_page_take, cf_job_read and cf_token_header: what Cloud Foundry may answer.
 */
#include "base/json.h"
#include "btp/cloud_foundry_job.h"
#include "btp/cloud_foundry_key.h"
#include "btp/cloud_foundry_login.h"
#include "btp/cloud_foundry_row.h"
#include "cihsm/scope.h"
#include "fuzz.h"

static void as_details(const cihsm_value *document)
{
    CIHSM_AUTO(json_free_wiped) cihsm_value *details = cihsm_value_copy(document);
    CIHSM_AUTO(json_free_wiped) cihsm_value *taken = NULL;
    CIHSM_AUTO(cihsm_service_key_free) cihsm_service_key *key = NULL;
    cihsm_error err = {0};
    if (cf_details_take(details, "host", &taken, &key, &err) != CIHSM_OK) {
        fuzz_require(taken == NULL && err.message[0] != '\0', "a refusal leaves a message only");
        return;
    }
    CIHSM_AUTO(cihsm_value_free) cihsm_value *row = NULL;
    const cf_row_facts facts = {.binding = document, .key = key, .own = key};
    fuzz_require(cf_row(&facts, &row, NULL) == CIHSM_OK, "a service key has a row");
    fuzz_require(cf_key_same(key, key), "a key is the same as itself");
}

static void as_page(const cihsm_value *document)
{
    const char *next = NULL;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *page = cihsm_value_copy(document);
    CIHSM_AUTO(cihsm_value_free) cihsm_value *all = cihsm_value_new_array();
    if (cf_page_take(page, "host", all, &next, NULL) != CIHSM_OK) {
        return;
    }
    const cihsm_value *one = cihsm_value_first(all);
    for (; one != NULL; one = cihsm_value_next(one)) {
        fuzz_require(cihsm_value_get_string(one, "guid") != NULL, "each resource has a guid");
        CIHSM_AUTO(cihsm_value_free) cihsm_value *row = NULL;
        const cf_row_facts facts = {.binding = one, .instance = one};
        fuzz_require(cf_row(&facts, &row, NULL) == CIHSM_OK, "a resource has a row");
    }
}

static void as_job(const cihsm_value *document)
{
    char reason[CF_JOB_REASON_SIZE];
    cf_job_state state = CF_JOB_GOING;
    if (cf_job_read(document, "host", &state, reason, NULL) == CIHSM_OK) {
        fuzz_require(strpbrk(reason, "\n\r\x1b") == NULL, "a reason is one line");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CIHSM_AUTO(cihsm_secret_free) cihsm_secret *header = NULL;
    CIHSM_AUTO(json_free_wiped) cihsm_value *document = NULL;
    if (cf_token_header((const char *)data, size, &header, NULL) == CIHSM_OK) {
        fuzz_require(strpbrk(cihsm_secret_bytes(header), "\r\n") == NULL, "a header is one line");
    }
    if (cihsm_value_parse((const char *)data, size, &document, NULL) != CIHSM_OK ||
        cihsm_value_kind(document) != CIHSM_VALUE_OBJECT) {
        return 0;
    }
    as_details(document);
    as_page(document);
    as_job(document);
    return 0;
}
