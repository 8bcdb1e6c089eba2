/* SPDX-License-Identifier: Apache-2.0 */
#include "odata/page.h"

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "odata/media.h"

#define NO_CONTENT 204

/* Copies a text member; absent and null are the same. */
static cihsm_status copy_text(const cihsm_value *from, const char *name, char **out,
                              cihsm_error *err)
{
    const cihsm_value *member = cihsm_value_get(from, name);
    if (member == NULL || cihsm_value_kind(member) == CIHSM_VALUE_NULL) {
        return CIHSM_OK;
    }
    const char *text = cihsm_value_string(member);
    if (text == NULL || *text == '\0') {
        return cihsm_fail_plain(err, CIHSM_E_PROTOCOL, "\"%s\" of the tenant's answer is no text",
                                name);
    }
    return text_set(out, text, err);
}

/* Some services write the count as a number. */
static cihsm_status copy_count(const cihsm_value *from, char **out, cihsm_error *err)
{
    double number = 0;
    if (cihsm_value_number(cihsm_value_get(from, "__count"), &number)) {
        return text_format(out, err, "%.0f", number);
    }
    return copy_text(from, "__count", out, err);
}

static bool is_set_names(const cihsm_value *data)
{
    const cihsm_value *names = cihsm_value_get(data, "EntitySets");
    if (cihsm_value_kind(names) != CIHSM_VALUE_ARRAY || cihsm_value_count(data) != 1) {
        return false;
    }
    const cihsm_value *name = cihsm_value_first(names);
    while (name != NULL && cihsm_value_kind(name) == CIHSM_VALUE_STRING) {
        name = cihsm_value_next(name);
    }
    return name == NULL;
}

static cihsm_status take_set_names(const cihsm_value *data, odata_page *out, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *list = cihsm_value_new_array();
    if (list == NULL) {
        return cihsm_fail_memory(err);
    }
    const cihsm_value *name = cihsm_value_first(cihsm_value_get(data, "EntitySets"));
    for (; name != NULL; name = cihsm_value_next(name)) {
        CIHSM_AUTO(cihsm_value_free) cihsm_value *entry = cihsm_value_new_object();
        if (entry == NULL) {
            return cihsm_fail_memory(err);
        }
        CIHSM_TRY(cihsm_value_set_string(entry, "name", cihsm_value_string(name), err));
        CIHSM_TRY(cihsm_value_append(list, &entry, err));
    }
    out->value = CIHSM_MOVE(list);
    out->kind = CIHSM_RESULT_COLLECTION;
    return CIHSM_OK;
}

static cihsm_status take_envelope(cihsm_value *document, cihsm_value *data, odata_page *out,
                                  cihsm_error *err)
{
    out->is_odata = true;
    cihsm_value *results = json_get(data, "results");
    if (cihsm_value_kind(results) == CIHSM_VALUE_ARRAY) {
        CIHSM_TRY(copy_text(data, "__next", &out->next, err));
        CIHSM_TRY(copy_count(data, &out->count, err));
        out->value = json_detach(data, results);
        out->kind = CIHSM_RESULT_COLLECTION;
        return CIHSM_OK;
    }
    if (is_set_names(data)) {
        return take_set_names(data, out, err);
    }
    out->kind =
        cihsm_value_kind(data) == CIHSM_VALUE_ARRAY ? CIHSM_RESULT_COLLECTION : CIHSM_RESULT_ENTITY;
    out->value = json_detach(document, data);
    return CIHSM_OK;
}

/* A write is not to be tried again. */
static cihsm_status parse_json(const buffer *body, odata_wanted wanted, cihsm_value **out,
                               cihsm_error *err)
{
    cihsm_error why = {0};
    const cihsm_status status = cihsm_value_parse(buffer_text(body), body->len, out, &why);
    if (status != CIHSM_OK) {
        return cihsm_fail_plain(err, status,
                                "the tenant's answer (%zu bytes) is broken: %s; %stell the "
                                "operator of the tenant if it stays",
                                body->len, why.message,
                                wanted == ODATA_WANT_WRITTEN ? "" : "try again, and ");
    }
    return CIHSM_OK;
}

static cihsm_status take_json(const http_response *response, odata_wanted wanted, odata_page *out,
                              cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *document = NULL;
    CIHSM_TRY(parse_json(&response->body, wanted, &document, err));
    cihsm_value *data = json_get(document, "d");
    const cihsm_value_type kind = cihsm_value_kind(data);
    if (kind == CIHSM_VALUE_OBJECT || kind == CIHSM_VALUE_ARRAY) {
        return take_envelope(document, data, out, err);
    }
    if (cihsm_value_kind(document) == CIHSM_VALUE_OBJECT) {
        out->kind = CIHSM_RESULT_ENTITY;
        out->value = CIHSM_MOVE(document);
    }
    return CIHSM_OK;
}

cihsm_status odata_page_parse(const http_response *response, odata_wanted wanted, odata_page *out,
                              cihsm_error *err)
{
    out->kind = CIHSM_RESULT_BYTES;
    if (wanted == ODATA_WANT_RAW || response->status == NO_CONTENT) {
        return CIHSM_OK;
    }
    const odata_media media = odata_media_of(response);
    if (media == ODATA_MEDIA_HTML || odata_media_looks_html(&response->body)) {
        return cihsm_fail(
            err, CIHSM_E_PROTOCOL, CIHSM_FROM_HTTP, (unsigned long)response->status,
            "%ld from tenant with an HTML page instead of data, perhaps a login page; "
            "check that the url of the service key is the API host of plan api",
            response->status);
    }
    const bool is_entries = wanted == ODATA_WANT_ENTRIES || wanted == ODATA_WANT_WRITTEN;
    if (is_entries && media == ODATA_MEDIA_JSON) {
        return take_json(response, wanted, out, err);
    }
    return CIHSM_OK;
}

void odata_page_free(odata_page *page)
{
    cihsm_value_free(&page->value);
    text_free(&page->next);
    text_free(&page->count);
    *page = (odata_page){0};
}
