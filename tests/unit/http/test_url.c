/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "cihsm/scope.h"
#include "http/url.h"

#define COUNT(rows) (sizeof(rows) / sizeof *(rows))

/* What each function makes of a URL; NULL: refused. */
typedef struct url_row {
    const char *url;
    const char *normal;
    const char *origin;
    const char *target;
} url_row;

static const url_row URLS[] = {
    {"https://host", "https://host/", "https://host", "/"},
    {"https://host/api/v1/Set?$top=1", "https://host/api/v1/Set?$top=1", "https://host",
     "/api/v1/Set?$top=1"},
    {"HTTPS://Host.Example:443/Path", "https://host.example/Path", "https://host.example", "/Path"},
    {"https://host:8443/a", "https://host:8443/a", "https://host:8443", "/a"},
    {"https://host:00443/a", "https://host/a", "https://host", "/a"},
    {"https://[::1]:8443/a", "https://[::1]:8443/a", "https://[::1]:8443", "/a"},
    {"https://127.0.0.1/a", "https://127.0.0.1/a", "https://127.0.0.1", "/a"},
    {"https://host/a%2Fb%20c?x=%27y%27&z=+", "https://host/a%2Fb%20c?x=%27y%27&z=+", "https://host",
     "/a%2Fb%20c?x=%27y%27&z=+"},
    {"https://host/a/../../b/./c", "https://host/b/c", "https://host", "/b/c"},
    {"https://host?x=1", "https://host/?x=1", "https://host", "/?x=1"},
    {"https://host/a?b=https://other/", "https://host/a?b=https://other/", "https://host",
     "/a?b=https://other/"},
    {"https://host/gr\xc3\xb6\xc3\x9f"
     "e",
     "https://host/gr\xc3\xb6\xc3\x9f"
     "e",
     "https://host",
     "/gr\xc3\xb6\xc3\x9f"
     "e"},
};

static const struct {
    const char *url;
    const char *says; /* part of the message */
} REFUSED[] = {
    {"", "not of the form"},
    {"host/path", "not of the form"},
    {"/path", "not of the form"},
    {"//host/path", "not of the form"},
    {"https://", "not of the form"},
    {"https:///", "not of the form"},
    {"https://:443/", "not of the form"},
    {"http://host/", "starts with http:"},
    {"ftp://host/", "starts with ftp:"},
    {"file:///etc/passwd", "file:"},
    {"javascript:alert(1)", "not of the form"},
    {"https://user@host/", "user name or a password"},
    {"https://user:canary@host/", "user name or a password"},
    {"https://host:443@evil.example/", "user name or a password"},
    {"https://host/#part", "'#'"},
    {"https://host/a b", "blank"},
    {"https://host/a\tb", "blank"},
    {"https://host/a\r\nX-Evil: 1", "blank"},
    {"https://host\x7f/", "blank"},
    {" https://host/", "blank"},
    {"https://host:0443443/", "not of the form"},
    {"https://host:443:443/", "not of the form"},
    {"https://host:-1/", "not of the form"},
    {"https://host:x/", "not of the form"},
    {"https://[::1/", "not of the form"},
    {"https://[::g]/", "not of the form"},
    {"https://ho%00st/", "not of the form"},
    {"https://host\\@evil.example/", "user name or a password"},
};

static void takes_a_url_apart_and_keeps_its_encoding(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(URLS); i++) {
        const url_row *row = &URLS[i];
        CIHSM_AUTO(text_free) char *normal = NULL;
        CIHSM_AUTO(text_free) char *origin = NULL;
        CIHSM_AUTO(text_free) char *target = NULL;
        cihsm_error err = {0};

        assert_int_equal(http_url_normalise(row->url, &normal, &err), CIHSM_OK);
        assert_string_equal(normal, row->normal);
        assert_int_equal(http_url_origin(row->url, &origin, &err), CIHSM_OK);
        assert_string_equal(origin, row->origin);
        assert_int_equal(http_url_target(row->url, &target, &err), CIHSM_OK);
        assert_string_equal(target, row->target);
        assert_int_equal(err.status, CIHSM_OK);
    }
}

static void normalising_twice_changes_nothing(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(URLS); i++) {
        CIHSM_AUTO(text_free) char *again = NULL;
        assert_int_equal(http_url_normalise(URLS[i].normal, &again, NULL), CIHSM_OK);
        assert_string_equal(again, URLS[i].normal);
    }
}

static void refuses_what_is_no_plain_https_url_and_says_why(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(REFUSED); i++) {
        CIHSM_AUTO(text_free) char *out = NULL;
        cihsm_error err = {0};
        assert_int_equal(http_url_normalise(REFUSED[i].url, &out, &err), CIHSM_E_USAGE);
        assert_null(out);
        assert_non_null(strstr(err.message, REFUSED[i].says));
        assert_null(strstr(err.message, "canary"));
        assert_int_equal(http_url_origin(REFUSED[i].url, &out, NULL), CIHSM_E_USAGE);
        assert_int_equal(http_url_target(REFUSED[i].url, &out, NULL), CIHSM_E_USAGE);
    }
}

static const struct {
    const char *base;
    const char *reference;
    const char *result; /* NULL: refused */
} RESOLVED[] = {
    {"https://host/api/v1/", "Set?$skiptoken=1000", "https://host/api/v1/Set?$skiptoken=1000"},
    {"https://host/api/v1/Set?$top=1", "Set?$skiptoken=%27a%2Fb%27",
     "https://host/api/v1/Set?$skiptoken=%27a%2Fb%27"},
    {"https://host/api/v1/Set", "?$skiptoken=2", "https://host/api/v1/Set?$skiptoken=2"},
    {"https://host/api/v1/", "/other", "https://host/other"},
    {"https://host/api/v1/", "../../../x", "https://host/x"},
    {"https://host/api/v1/", "https://host:443/api/v1/Set?$skiptoken=1",
     "https://host/api/v1/Set?$skiptoken=1"},
    {"https://host/api/v1/", "https://HOST/b", "https://host/b"},
    {"https://host/api/v1/", "https://other/x", "https://other/x"},
    {"https://host/api/v1/", "//other/x", "https://other/x"},
    {"https://host:8443/api/v1/", "Set", "https://host:8443/api/v1/Set"},
    {"https://host/", "http://host/x", NULL},
    {"https://host/", "https://user:pw@host/x", NULL},
    {"https://host/", "//user@host/x", NULL},
    {"https://host/", "https://host:443:443/x", NULL},
    {"https://host/", "x#y", NULL},
    {"https://host/", "#y", NULL},
    {"https://host/", "x y", NULL},
    {"https://host/", "x\r\ny", NULL},
    {"no base", "x", NULL},
};

static void resolves_references_without_encoding_anything_again(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(RESOLVED); i++) {
        CIHSM_AUTO(text_free) char *out = NULL;
        cihsm_error err = {0};
        const cihsm_status status =
            http_url_resolve(RESOLVED[i].base, RESOLVED[i].reference, &out, &err);
        if (RESOLVED[i].result == NULL) {
            assert_int_equal(status, CIHSM_E_USAGE);
            assert_null(strstr(err.message, "pw"));
        } else {
            assert_int_equal(status, CIHSM_OK);
            assert_string_equal(out, RESOLVED[i].result);
        }
    }
}

static const struct {
    const char *a;
    const char *b;
    bool same;
} ORIGINS[] = {
    {"https://host/a", "https://HOST:443/b?c", true},
    {"https://host:8443/", "https://host:8443/x", true},
    {"https://[::1]/", "https://[::1]:443/", true},
    {"https://host/", "https://host:8443/", false},
    {"https://host/", "https://host.example/", false},
    {"https://host/", "https://host./", false},
    {"https://host/", "http://host/", false},
    {"https://host/", "http://host:443/", false},
    {"https://host/", "https://host:443@evil/", false},
    {"https://host/", "https://user@host/", false},
    {"https://host/", "/relative", false},
    {"https://host/", "", false},
    {"", "", false},
};

static void compares_origins_by_scheme_host_and_port(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(ORIGINS); i++) {
        bool same = !ORIGINS[i].same;
        bool reversed = !ORIGINS[i].same;
        assert_int_equal(http_url_same_origin(ORIGINS[i].a, ORIGINS[i].b, &same, NULL), CIHSM_OK);
        assert_int_equal(http_url_same_origin(ORIGINS[i].b, ORIGINS[i].a, &reversed, NULL),
                         CIHSM_OK);
        assert_int_equal(same, ORIGINS[i].same);
        assert_int_equal(reversed, ORIGINS[i].same);
    }
}

static const char *const ESCAPED[][2] = {
    {"", ""},
    {"AZaz09-._~", "AZaz09-._~"},
    {"a b", "a%20b"},
    {"a+b", "a%2Bb"},
    {"'it''s'", "%27it%27%27s%27"},
    {"$filter=x&y", "%24filter%3Dx%26y"},
    {"a/b\\c", "a%2Fb%5Cc"},
    {"#?:@[]!()*,;", "%23%3F%3A%40%5B%5D%21%28%29%2A%2C%3B"},
    {"%41", "%2541"},
    {"\r\n\t\x01\x7f", "%0D%0A%09%01%7F"},
    {"gr\xc3\xb6\xc3\x9f", "gr%C3%B6%C3%9F"},
    {"\xf0\x9f\x94\x91", "%F0%9F%94%91"},
};

static void escapes_all_but_unreserved_characters(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(ESCAPED); i++) {
        CIHSM_AUTO(text_free) char *out = NULL;
        assert_int_equal(http_escape(ESCAPED[i][0], &out, NULL), CIHSM_OK);
        assert_string_equal(out, ESCAPED[i][1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_a_url_apart_and_keeps_its_encoding),
        cmocka_unit_test(normalising_twice_changes_nothing),
        cmocka_unit_test(refuses_what_is_no_plain_https_url_and_says_why),
        cmocka_unit_test(resolves_references_without_encoding_anything_again),
        cmocka_unit_test(compares_origins_by_scheme_host_and_port),
        cmocka_unit_test(escapes_all_but_unreserved_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
