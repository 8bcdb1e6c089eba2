/* SPDX-License-Identifier: Apache-2.0 */
#include "odata/edmx.h"

#include <string.h>

#include <expat.h>

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "odata/edmx_members.h"
#include "odata/edmx_rule.h"

#define NS_V4 "http://docs.oasis-open.org/odata/"

typedef struct frame {
    edmx_element is;
    cihsm_value *object; /* borrowed; the nearest one, the element's own or one above */
} frame;

typedef struct reader {
    edmx_scope in;
    cihsm_value *document;
    frame stack[EDMX_DEPTH_MAX];
    size_t depth;
    size_t elements;
    cihsm_status status; /* CIHSM_OK: go on */
} reader;

static cihsm_status list_of(const reader *read, cihsm_value *object, const char *name,
                            cihsm_value **out)
{
    *out = json_get(object, name);
    if (*out != NULL) {
        return CIHSM_OK;
    }
    CIHSM_AUTO(cihsm_value_free) cihsm_value *list = cihsm_value_new_array();
    if (list == NULL) {
        return cihsm_fail_memory(read->in.err);
    }
    *out = list;
    return cihsm_value_set(object, name, &list, read->in.err);
}

/* Adds the object of an element to the list in that of its parent. */
static cihsm_status add_object(reader *read, const edmx_rule *by, const XML_Char **attributes,
                               cihsm_value **object)
{
    cihsm_value *list = NULL;
    if (++read->elements > EDMX_ELEMENTS_MAX) {
        return edmx_fail(&read->in, "it declares more than a tenant can have", NULL);
    }
    CIHSM_TRY(list_of(read, *object, by->list, &list));
    CIHSM_AUTO(cihsm_value_free) cihsm_value *made = cihsm_value_new_object();
    if (made == NULL) {
        return cihsm_fail_memory(read->in.err);
    }
    CIHSM_TRY(edmx_members_set(&read->in, by, attributes, made));
    *object = made;
    return cihsm_value_append(list, &made, read->in.err);
}

static cihsm_status open_schema(reader *read, const XML_Char **attributes)
{
    const char *space = edmx_attribute_text(attributes, "Namespace");
    const char *alias = edmx_attribute_text(attributes, "Alias");
    if (space == NULL) {
        return edmx_fail(&read->in, "an element lacks", "Namespace");
    }
    CIHSM_TRY(edmx_check_name(&read->in, space));
    if (alias != NULL) {
        CIHSM_TRY(edmx_check_name(&read->in, alias));
    }
    CIHSM_TRY(text_set(&read->in.space, space, read->in.err));
    return text_set(&read->in.alias, alias, read->in.err);
}

static cihsm_status check_root(const reader *read, const char *qualified)
{
    const char *end = strrchr(qualified, EDMX_NAMESPACE_END);
    if (text_starts(qualified, NS_V4)) {
        return edmx_fail(&read->in, "it is of OData V4, where V2 is due", NULL);
    }
    return edmx_fail(&read->in, "no EDMX document begins with the element",
                     end == NULL ? qualified : end + 1);
}

static cihsm_status open_element(reader *read, const char *name, const XML_Char **attributes)
{
    const frame *parent = &read->stack[read->depth - 1];
    const edmx_rule *by = edmx_rule_of(parent->is, name);
    frame opened = {.is = by == NULL ? EDMX_OTHER : by->is, .object = parent->object};
    if (parent->is == EDMX_DOCUMENT && by == NULL) {
        return check_root(read, name);
    }
    if (read->depth == EDMX_DEPTH_MAX) {
        return edmx_fail(&read->in, "elements are nested too deeply", NULL);
    }
    if (opened.is == EDMX_SCHEMA) {
        CIHSM_TRY(open_schema(read, attributes));
    }
    if (by != NULL && by->list != NULL) {
        CIHSM_TRY(add_object(read, by, attributes, &opened.object));
    }
    read->stack[read->depth++] = opened;
    return CIHSM_OK;
}

static void stop(reader *read, cihsm_status status)
{
    read->status = status;
    (void)XML_StopParser(read->in.parser, XML_FALSE);
}

/* Even a parser that was stopped may call once more. */
static void XMLCALL on_start(void *user, const XML_Char *name, const XML_Char **attributes)
{
    reader *read = user;
    if (read->status != CIHSM_OK) {
        return;
    }
    const cihsm_status status = open_element(read, name, attributes);
    if (status != CIHSM_OK) {
        stop(read, status);
    }
}

static void XMLCALL on_end(void *user, const XML_Char *name)
{
    (void)name;
    reader *read = user;
    if (read->status == CIHSM_OK) {
        read->depth--;
    }
}

static void XMLCALL on_doctype(void *user, const XML_Char *name, const XML_Char *system_id,
                               const XML_Char *public_id, int has_internal_subset)
{
    (void)name;
    (void)system_id;
    (void)public_id;
    (void)has_internal_subset;
    reader *read = user;
    stop(read, edmx_fail(&read->in, "it has a DOCTYPE, which no EDMX document needs", NULL));
}

static void reader_free(reader *read)
{
    if (read->in.parser != NULL) {
        XML_ParserFree(read->in.parser);
    }
    cihsm_value_free(&read->document);
    text_free(&read->in.space);
    text_free(&read->in.alias);
}

static cihsm_status prepare(reader *read)
{
    read->in.parser = XML_ParserCreateNS(NULL, EDMX_NAMESPACE_END);
    read->document = cihsm_value_new_object();
    if (read->in.parser == NULL || read->document == NULL) {
        return cihsm_fail_memory(read->in.err);
    }
    read->stack[0] = (frame){.is = EDMX_DOCUMENT, .object = read->document};
    read->depth = 1;
    XML_SetUserData(read->in.parser, read);
    XML_SetElementHandler(read->in.parser, on_start, on_end);
    XML_SetStartDoctypeDeclHandler(read->in.parser, on_doctype);
    return CIHSM_OK;
}

static cihsm_status check_size(size_t len, cihsm_error *err)
{
    if (len == 0) {
        return cihsm_fail_plain(err, CIHSM_E_PROTOCOL, "the metadata is empty; try again later");
    }
    if (len > EDMX_BYTES_MAX) {
        return cihsm_fail_plain(err, CIHSM_E_PROTOCOL,
                                "the metadata has %zu bytes, more than the %zu that are read", len,
                                EDMX_BYTES_MAX);
    }
    return CIHSM_OK;
}

cihsm_status odata_edmx_read(const char *xml, size_t len, cihsm_value **out, cihsm_error *err)
{
    CIHSM_TRY(check_size(len, err));
    CIHSM_AUTO(reader_free) reader read = {.in = {.err = err}};
    CIHSM_TRY(prepare(&read));
    const enum XML_Status parsed = XML_Parse(read.in.parser, xml, (int)len, XML_TRUE);
    if (read.status != CIHSM_OK) {
        return read.status;
    }
    if (parsed != XML_STATUS_OK) {
        const enum XML_Error why = XML_GetErrorCode(read.in.parser);
        return why == XML_ERROR_NO_MEMORY ? cihsm_fail_memory(err)
                                          : edmx_fail(&read.in, XML_ErrorString(why), NULL);
    }
    *out = CIHSM_MOVE(read.document);
    return CIHSM_OK;
}

const char *odata_edmx_library(void)
{
    const char *name = XML_ExpatVersion(); /* "expat_2.5.0" */
    const char *version = strchr(name, '_');
    return version == NULL ? name : version + 1;
}
