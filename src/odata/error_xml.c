/* SPDX-License-Identifier: Apache-2.0 */
#include "odata/error_xml.h"

#include <stdbool.h>
#include <string.h>

#include <expat.h>

#include "cihsm/scope.h"

#define XML_BYTES_MAX 65536 /* an error answer is short; the message stands near its start */
#define NAMESPACE_END '|'

typedef struct reader {
    XML_Parser parser;
    unsigned depth;  /* of the element that is open */
    bool in_error;   /* the root is <error> */
    bool in_message; /* inside its <message> */
    char *out;
    size_t size;
    size_t len;
} reader;

static bool is_named(const XML_Char *qualified, const char *name)
{
    const char *local = strrchr(qualified, NAMESPACE_END);
    return strcmp(local == NULL ? qualified : local + 1, name) == 0;
}

static void XMLCALL on_start(void *user, const XML_Char *name, const XML_Char **attributes)
{
    (void)attributes;
    reader *read = user;
    read->depth++;
    if (read->depth == 1) {
        read->in_error = is_named(name, "error");
    }
    if (read->depth == 2) {
        read->in_message = read->in_error && is_named(name, "message");
    }
}

static void XMLCALL on_end(void *user, const XML_Char *name)
{
    (void)name;
    reader *read = user;
    if (read->depth == 2 && read->in_message) {
        XML_StopParser(read->parser, XML_FALSE);
    }
    read->depth--;
}

static void XMLCALL on_text(void *user, const XML_Char *text, int len)
{
    reader *read = user;
    const size_t left = read->size - 1 - read->len;
    if (!read->in_message || len <= 0) {
        return;
    }
    const size_t take = (size_t)len < left ? (size_t)len : left;
    memcpy(read->out + read->len, text, take);
    read->len += take;
}

static void XMLCALL on_doctype(void *user, const XML_Char *name, const XML_Char *system_id,
                               const XML_Char *public_id, int has_internal_subset)
{
    (void)name;
    (void)system_id;
    (void)public_id;
    (void)has_internal_subset;
    const reader *read = user;
    XML_StopParser(read->parser, XML_FALSE);
}

static void parser_free(XML_Parser *parser)
{
    XML_ParserFree(*parser);
}

void odata_error_xml_message(const char *text, size_t len, char *out, size_t size)
{
    out[0] = '\0';
    CIHSM_AUTO(parser_free) XML_Parser parser = XML_ParserCreateNS(NULL, NAMESPACE_END);
    if (parser == NULL) {
        return; /* the status of the answer says enough */
    }
    reader read = {.parser = parser, .out = out, .size = size};
    XML_SetUserData(parser, &read);
    XML_SetElementHandler(parser, on_start, on_end);
    XML_SetCharacterDataHandler(parser, on_text);
    XML_SetStartDoctypeDeclHandler(parser, on_doctype);
    const size_t used = len < XML_BYTES_MAX ? len : XML_BYTES_MAX;
    (void)XML_Parse(parser, text, (int)used, XML_FALSE); /* broken XML: keep what was read */
    out[read.len] = '\0';
}
