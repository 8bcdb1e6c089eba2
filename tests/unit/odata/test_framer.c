/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/error.h"
#include "cihsm/scope.h"
#include "cihsm/value.h"
#include "cmocka_all.h"
#include "odata/framer.h"

#define ENVELOPE_MAX 4096
#define MUTATIONS 30000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size); /* tests/fuzz/fuzz_framer.c */

/* What the framer made of a text: the entries, each behind a "|", then the envelope behind a "#".
 */
typedef struct framing {
    odata_framer framer;
    buffer text; /* not yet dropped */
    buffer found;
    cihsm_error err;
} framing;

static void begin(framing *of)
{
    *of = (framing){.framer = odata_framer_new(ENVELOPE_MAX),
                    .text = buffer_new(1 << 20),
                    .found = buffer_new(1 << 20)};
}

static void framing_free(framing *of)
{
    odata_framer_free(&of->framer);
    buffer_free(&of->text);
    buffer_free(&of->found);
}

static cihsm_status take_entries(framing *of)
{
    for (;;) {
        odata_span entry;
        const cihsm_status status =
            odata_framer_next(&of->framer, of->text.data, of->text.len, &entry, &of->err);
        if (status != CIHSM_OK || entry.text == NULL) {
            return status;
        }
        assert_int_equal(buffer_append(&of->found, "|", 1, NULL), CIHSM_OK);
        assert_int_equal(buffer_append(&of->found, entry.text, entry.len, NULL), CIHSM_OK);
    }
}

/* Hands in a piece in memory of its own size, so that a sanitizer sees each byte read too far. */
static cihsm_status feed(framing *of, const char *piece, size_t len)
{
    const size_t gone = odata_framer_drop(&of->framer);
    buffer rest = buffer_new(1 << 20);
    assert_int_equal(buffer_append(&rest, buffer_text(&of->text) + gone, of->text.len - gone, NULL),
                     CIHSM_OK);
    assert_int_equal(buffer_append(&rest, piece, len, NULL), CIHSM_OK);
    buffer_free(&of->text);
    of->text = rest;
    return take_entries(of);
}

static cihsm_status frame(framing *of, const char *text, size_t chunk)
{
    const size_t len = strlen(text);
    for (size_t at = 0; at < len; at += chunk) {
        CIHSM_TRY(feed(of, text + at, len - at < chunk ? len - at : chunk));
    }
    CIHSM_TRY(odata_framer_end(&of->framer, buffer_text(&of->text), of->text.len, &of->err));
    assert_int_equal(buffer_append(&of->found, "#", 1, NULL), CIHSM_OK);
    return buffer_append(&of->found, buffer_text(&of->framer.envelope), of->framer.envelope.len,
                         NULL);
}

typedef struct framing_row {
    const char *text;
    const char *found;
} framing_row;

static const framing_row LISTS[] = {
    {"{\"d\":{\"results\":[{\"A\":1},{\"A\":2}],\"__next\":\"n\"}}",
     "|{\"A\":1}|{\"A\":2}#{\"d\":{\"results\":[],\"__next\":\"n\"}}"},
    {"{\"d\":{\"__count\":\"2\",\"__next\":\"n\",\"results\":[{}]}}",
     "|{}#{\"d\":{\"__count\":\"2\",\"__next\":\"n\",\"results\":[]}}"},
    {"{\"d\":{\"results\":[]}}", "#{\"d\":{\"results\":[]}}"},
    {"\xef\xbb\xbf \r\n{ \"d\" : [ {\"a\":[[],{}]} , [1] ] }\n",
     "|{\"a\":[[],{}]}|[1]#\xef\xbb\xbf \r\n{ \"d\" : [] }\n"},
    {"{\"d\":[1,-2.5e3,\"x\",null,true , \"\"\n]}", "|1|-2.5e3|\"x\"|null|true|\"\"#{\"d\":[]}"},
    {"{\"d\":{\"results\":[{\"t\":\"]},{\\\"\"},\"\\\\\",\"\\\\\\\"\"]}}",
     "|{\"t\":\"]},{\\\"\"}|\"\\\\\"|\"\\\\\\\"\"#{\"d\":{\"results\":[]}}"},
    {"{\"x\":{\"results\":[1]},\"y\":[2],\"z\":\"d\",\"d\":{\"y\":{\"results\":[3]},\"results\":[4]"
     "}}",
     "|4#{\"x\":{\"results\":[1]},\"y\":[2],\"z\":\"d\",\"d\":{\"y\":{\"results\":[3]},\"results\":"
     "[]}}"},
    {"{\"d\":{\"results\":[{\"d\":{\"results\":[1]}}],\"m\":{\"a\":[1]}},\"e\":{\"results\":[2]}}",
     "|{\"d\":{\"results\":[1]}}#{\"d\":{\"results\":[],\"m\":{\"a\":[1]}},\"e\":{\"results\":[2]}"
     "}"},
};

static const size_t CHUNKS[] = {1, 2, 7, 65536};

static void cuts_a_list_into_its_entries_however_it_arrives(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof LISTS / sizeof *LISTS; i++) {
        for (size_t c = 0; c < sizeof CHUNKS / sizeof *CHUNKS; c++) {
            CIHSM_AUTO(framing_free) framing of;
            begin(&of);
            assert_int_equal(frame(&of, LISTS[i].text, CHUNKS[c]), CIHSM_OK);
            assert_string_equal(buffer_text(&of.found), LISTS[i].found);
            assert_true(of.framer.is_list);
        }
    }
}

static const char *const OTHERS[] = {
    "",
    "[1,2]",
    "\"d\"",
    "<html>",
    "{\"d\":{\"A\":1}}",
    "{\"d\":{\"EntitySets\":[\"A\",\"B\"]}}",
    "{\"d\":{\"results\":\"text\"}}",
    "{\"d\":{\"results\":{\"a\":[1]}}}",
    "{\"results\":[1]}",
    "{\"D\":{\"results\":[1]}}",
    "{\"d\":{\"x\":{\"results\":[1]}}}",
    "{\"d\":{\"results\":1,\"x\":[1]}}",
    "{\"e\":{\"results\":[1]}}",
    "{\"x\":\"d\",\"y\":[1]}",
    "[{\"d\":[1]}]",
};

static void leaves_every_other_answer_to_the_caller(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof OTHERS / sizeof *OTHERS; i++) {
        for (size_t c = 0; c < sizeof CHUNKS / sizeof *CHUNKS; c++) {
            CIHSM_AUTO(framing_free) framing of;
            begin(&of);
            assert_int_equal(frame(&of, OTHERS[i], CHUNKS[c]), CIHSM_OK);
            assert_false(of.framer.is_list);
            assert_string_equal(buffer_text(&of.found), "#");
            assert_int_equal(of.text.len, strlen(OTHERS[i])); /* nothing was taken */
        }
    }
}

static const framing_row BROKEN[] = {
    {"{\"d\":[1 2]}", "behind entry 1: a comma"},
    {"{\"d\":[,1]}", "behind entry 0: a comma"},
    {"{\"d\":[1,]}", "behind entry 1: a comma"},
    {"{\"d\":[1,,2]}", "behind entry 1: a comma"},
    {"{\"d\":[1}", "a comma"},
    {"{\"d\":[}", "a comma"},
    {"{\"d\":[", "behind entry 0: the answer ends there"},
    {"{\"d\":[1,", "behind entry 1: the answer ends there"},
    {"{\"d\":[1,{\"a\":\"x", "behind entry 1: the answer ends there"},
    {"{\"d\":[1],\"d\":[2]}", "a second list"},
    {"{\"d\":{\"results\":[1],\"results\":[2]}}", "a second list"},
};

static void refuses_a_list_that_is_broken(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof BROKEN / sizeof *BROKEN; i++) {
        for (size_t c = 0; c < sizeof CHUNKS / sizeof *CHUNKS; c++) {
            CIHSM_AUTO(framing_free) framing of;
            begin(&of);
            assert_int_equal(frame(&of, BROKEN[i].text, CHUNKS[c]), CIHSM_E_PROTOCOL);
            if (strstr(of.err.message, BROKEN[i].found) == NULL) {
                fail_msg("%s: %s", BROKEN[i].text, of.err.message);
            }
        }
    }
}

static void counts_levels_as_for_a_whole_document(void **state)
{
    (void)state;
    for (int more = 0; more < 2; more++) {
        char text[256] = "{\"d\":{\"results\":[";
        const size_t levels = CIHSM_VALUE_DEPTH_MAX - 3 + (size_t)more;
        memset(text + strlen(text), '[', levels);
        memset(text + strlen(text), ']', levels);
        strcat(text, "]}}");
        CIHSM_AUTO(framing_free) framing of;
        begin(&of);
        assert_int_equal(frame(&of, text, 7), more == 0 ? CIHSM_OK : CIHSM_E_PROTOCOL);
    }
}

static void bounds_the_text_around_the_entries(void **state)
{
    (void)state;
    char text[2 * ENVELOPE_MAX] = "{\"d\":{\"x\":\"";
    memset(text + strlen(text), 'x', ENVELOPE_MAX);
    strcat(text, "\",\"results\":[]}}");
    CIHSM_AUTO(framing_free) framing of;
    begin(&of);
    assert_int_equal(frame(&of, text, 1000), CIHSM_E_LIMIT);
}

static void never_asks_to_keep_an_entry_that_was_given(void **state)
{
    (void)state;
    CIHSM_AUTO(framing_free) framing of;
    begin(&of);
    assert_int_equal(feed(&of, "{\"d\":[", 6), CIHSM_OK);
    for (int i = 0; i < 10000; i++) {
        assert_int_equal(feed(&of, "{\"A\":\"0123456789\"},   ", 22), CIHSM_OK);
        assert_true(of.text.len <= 22);
    }
    assert_int_equal(of.framer.entries, 10000);
}

/* Documents changed at random places: what is accepted and what is found is what the parser finds
 * in the whole document. */
static void agrees_with_the_parser_on_broken_documents(void **state)
{
    (void)state;
    static const char BYTES[] = "{}[]\",:\\ d1\x80";
    uint32_t seed = 1;
    for (int i = 0; i < MUTATIONS; i++) {
        char text[256];
        snprintf(text, sizeof text, "%s", LISTS[(size_t)i % (sizeof LISTS / sizeof *LISTS)].text);
        const size_t len = strlen(text);
        for (int changes = i % 3; changes >= 0; changes--) {
            seed = seed * 1664525U + 1013904223U;
            text[(seed >> 8) % len] = BYTES[(seed >> 4) % (sizeof BYTES - 1)];
        }
        assert_int_equal(LLVMFuzzerTestOneInput((const uint8_t *)text, len), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cuts_a_list_into_its_entries_however_it_arrives),
        cmocka_unit_test(leaves_every_other_answer_to_the_caller),
        cmocka_unit_test(refuses_a_list_that_is_broken),
        cmocka_unit_test(counts_levels_as_for_a_whole_document),
        cmocka_unit_test(bounds_the_text_around_the_entries),
        cmocka_unit_test(never_asks_to_keep_an_entry_that_was_given),
        cmocka_unit_test(agrees_with_the_parser_on_broken_documents),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
