/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/answer.h"

#include <stdio.h>
#include <string.h>

#include "auth/endpoint.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "cmocka_all.h"

#define SECRET "s3cr+t$canary="
#define COUNT(rows) (sizeof(rows) / sizeof *(rows))

static const char URL[] = "https://sub.authentication.example/oauth/token";

static http_response answer_of(long status, const char *body)
{
    http_response answer;
    http_response_init(&answer, 1 << 20);
    answer.status = status;
    assert_int_equal(buffer_append_text(&answer.body, body, NULL), CIHSM_OK);
    return answer;
}

static cihsm_status read(long status, const char *body, bool by_certificate, auth_token *out,
                         cihsm_error *err)
{
    CIHSM_AUTO(cihsm_secret_free) cihsm_secret *secret = NULL;
    assert_int_equal(cihsm_secret_new(SECRET, strlen(SECRET), &secret, NULL), CIHSM_OK);
    CIHSM_AUTO(http_response_free) http_response answer = answer_of(status, body);
    const auth_asked asked = {
        .url = URL, .path = "k.json", .by_certificate = by_certificate, .forbidden = secret};
    return auth_answer_token(&answer, &asked, out, err);
}

static void tokens_are_read(void **state)
{
    (void)state;
    const struct {
        const char *body;
        const char *header;
        int64_t lifetime_s;
    } rows[] = {
        {"{\"access_token\":\"a.b-c_d\",\"token_type\":\"bearer\",\"expires_in\":43199}",
         "Bearer a.b-c_d", 43199},
        {"{\"access_token\":\"x\",\"token_type\":\"Bearer\",\"scope\":\"y\"}", "Bearer x", 0},
        {"{\"access_token\":\"x\",\"expires_in\":null}", "Bearer x", 0},
        {"{\"access_token\":\"x\",\"expires_in\":1.9}", "Bearer x", 1},
        {"{\"access_token\":\"x\",\"expires_in\":86401}", "Bearer x", 86400},
        {"{\"access_token\":\"x\",\"expires_in\":1e300}", "Bearer x", 86400},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        CIHSM_AUTO(auth_token_free) auth_token token = {0};
        assert_int_equal(read(200, rows[i].body, false, &token, NULL), CIHSM_OK);
        assert_string_equal(cihsm_secret_bytes(token.header), rows[i].header);
        assert_int_equal(token.lifetime_s, rows[i].lifetime_s);
    }
}

static void answers_without_a_token_are_refused(void **state)
{
    (void)state;
    const struct {
        const char *body;
        const char *says;
    } rows[] = {
        {"", "is no JSON object"},
        {"<html><title>Log in</title></html>", "is no JSON object"},
        {"[]", "is no JSON object"},
        {"{}", "no access_token"},
        {"{\"access_token\":\"\"}", "no access_token"},
        {"{\"access_token\":17}", "no access_token"},
        {"{\"access_token\":\"a b\"}", "no access_token"},
        {"{\"access_token\":\"a\\r\\nX: y\"}", "no access_token"},
        {"{\"access_token\":\"\xc3\xa4\"}", "no access_token"},
        {"{\"access_token\":\"x\",\"token_type\":\"mac\"}", "not of type bearer"},
        {"{\"access_token\":\"x\",\"expires_in\":0}", "expires_in"},
        {"{\"access_token\":\"x\",\"expires_in\":-5}", "expires_in"},
        {"{\"access_token\":\"x\",\"expires_in\":\"43199\"}", "expires_in"},
        {"{\"access_token\":\"x\",\"expires_in\":true}", "expires_in"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        auth_token token = {0};
        cihsm_error err = {0};
        assert_int_equal(read(200, rows[i].body, false, &token, &err), CIHSM_E_PROTOCOL);
        assert_non_null(strstr(err.message, rows[i].says));
        assert_non_null(strstr(err.message, URL));
        assert_non_null(strstr(err.message, "k.json"));
        assert_null(token.header);
    }
}

static void a_token_that_is_too_long_is_refused(void **state)
{
    (void)state;
    static char body[CIHSM_SECRET_MAX + 64] = "{\"access_token\":\"";
    const size_t start = strlen(body);
    memset(body + start, 'a', CIHSM_SECRET_MAX);
    memcpy(body + start + CIHSM_SECRET_MAX, "\"}", 3);
    auth_token token = {0};
    cihsm_error err = {0};
    assert_int_equal(read(200, body, false, &token, &err), CIHSM_E_PROTOCOL);
    assert_non_null(strstr(err.message, "too long"));
}

static void a_refusal_tells_the_reason_and_what_to_do(void **state)
{
    (void)state;
    const struct {
        long http;
        bool by_certificate;
        const char *body;
        cihsm_status status;
        const char *says;
        const char *advises;
    } rows[] = {
        {401, false, "{\"error\":\"x\",\"error_description\":\"Bad credentials\"}", CIHSM_E_REFUSED,
         "401 from token server https://sub.authentication.example/oauth/token: Bad credentials; ",
         "copy the service key again"},
        {401, true, "{\"error_description\":\"Client authentication failed\"}", CIHSM_E_REFUSED,
         ": Client authentication failed; ", "own list"},
        {401, true, "{\"error_description\":\"Client with requested ID does not exist\"}",
         CIHSM_E_REFUSED, "does not exist; ", "was deleted"},
        {401, false, "{\"error\":\"invalid_client\"}", CIHSM_E_REFUSED, ": invalid_client; ", ""},
        {401, false, "<html>no</html>", CIHSM_E_REFUSED, "/oauth/token; ", "client secret is not"},
        {401, true, "", CIHSM_E_REFUSED, "/oauth/token; ", "--auth certificate"},
        {401, false, "{\"error\":\"a\\u001b[2J\\nb\"}", CIHSM_E_REFUSED, ": a\\x1b[2J\\x0ab; ", ""},
        {403, false, "", CIHSM_E_REFUSED, "403 from token server", "administrator"},
        {400, false, "{\"error\":\"unsupported_grant_type\"}", CIHSM_E_REJECTED,
         ": unsupported_grant_type; ", "client_credentials"},
        {404, false, "", CIHSM_E_CONFIG, "404", "token URL"},
        {429, false, "", CIHSM_E_BUSY, "429", "later"},
        {302, false, "", CIHSM_E_PROTOCOL, "302", "redirects"},
        {503, false, "", CIHSM_E_SERVER, "503", "later"},
        {204, false, "", CIHSM_E_PROTOCOL, "204", "token URL"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        auth_token token = {0};
        cihsm_error err = {0};
        assert_int_equal(read(rows[i].http, rows[i].body, rows[i].by_certificate, &token, &err),
                         rows[i].status);
        assert_int_equal(err.origin, CIHSM_FROM_HTTP);
        assert_int_equal(err.native, rows[i].http);
        assert_non_null(strstr(err.message, rows[i].says));
        assert_non_null(strstr(err.message, rows[i].advises));
    }
}

static void a_secret_that_the_server_repeats_is_not_shown(void **state)
{
    (void)state;
    static const char *const SPELLED[] = {SECRET, "s3cr%2Bt%24canary%3D", "s3cr%2bt%24canary%3d"};
    for (size_t i = 0; i < COUNT(SPELLED); i++) {
        auth_token token = {0};
        cihsm_error err = {0};
        char body[128];
        snprintf(body, sizeof body, "{\"error_description\":\"wrong: %s\"}", SPELLED[i]);
        assert_int_equal(read(401, body, false, &token, &err), CIHSM_E_REFUSED);
        assert_null(strstr(err.message, "canary"));
        assert_non_null(strstr(err.message, "401 from token server"));
    }
}

static void hosts_that_ask_for_a_certificate_are_told_from_others(void **state)
{
    (void)state;
    const struct {
        const char *url;
        bool is_mutual;
    } rows[] = {
        {"https://sub.authentication.cert.eu10.hana.ondemand.com/oauth/token", true},
        {"https://SUB.Authentication.CERT.eu10.hana.ondemand.com/oauth/token", true},
        {"https://sub.authentication.eu10.hana.ondemand.com/oauth/token", false},
        {"https://sub.authentication.eu10.hana.ondemand.com/x.authentication.cert.y", false},
        {"https://cert.authentication.eu10.hana.ondemand.com/oauth/token", false},
        {"not a URL", false},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_int_equal(auth_endpoint_is_mutual(rows[i].url), rows[i].is_mutual);
    }
    CIHSM_AUTO(text_free) char *url = NULL;
    assert_int_equal(
        auth_endpoint_configuration("https://h.example:8443/oauth/token?x", &url, NULL), CIHSM_OK);
    assert_string_equal(url, "https://h.example:8443/.well-known/openid-configuration");
}

static void a_configuration_names_the_address_or_the_failure_says_so(void **state)
{
    (void)state;
    const struct {
        long http;
        const char *body;
        cihsm_status status;
    } rows[] = {
        {200,
         "{\"mtls_endpoint_aliases\":{\"token_endpoint\":\"https://x.cert.example/oauth/token\"}}",
         CIHSM_OK},
        {200, "{\"token_endpoint\":\"https://x.example/oauth/token\"}", CIHSM_E_PROTOCOL},
        {200, "{\"mtls_endpoint_aliases\":[]}", CIHSM_E_PROTOCOL},
        {200, "{\"mtls_endpoint_aliases\":{\"token_endpoint\":\"http://x.cert.example\"}}",
         CIHSM_E_PROTOCOL},
        {200, "{\"mtls_endpoint_aliases\":{\"token_endpoint\":\"https://u:p@x.example\"}}",
         CIHSM_E_PROTOCOL},
        {200, "nothing", CIHSM_E_PROTOCOL},
        {404, "", CIHSM_E_CONFIG},
        {503, "", CIHSM_E_SERVER},
    };
    const auth_asked asked = {.url = URL, .path = "k.json", .by_certificate = true};
    for (size_t i = 0; i < COUNT(rows); i++) {
        CIHSM_AUTO(http_response_free) http_response answer = answer_of(rows[i].http, rows[i].body);
        CIHSM_AUTO(text_free) char *found = NULL;
        cihsm_error err = {0};
        assert_int_equal(auth_endpoint_read(&answer, &asked, &found, &err), rows[i].status);
        if (rows[i].status == CIHSM_OK) {
            assert_string_equal(found, "https://x.cert.example/oauth/token");
        } else {
            assert_non_null(strstr(err.message, URL));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tokens_are_read),
        cmocka_unit_test(answers_without_a_token_are_refused),
        cmocka_unit_test(a_token_that_is_too_long_is_refused),
        cmocka_unit_test(a_refusal_tells_the_reason_and_what_to_do),
        cmocka_unit_test(a_secret_that_the_server_repeats_is_not_shown),
        cmocka_unit_test(hosts_that_ask_for_a_certificate_are_told_from_others),
        cmocka_unit_test(a_configuration_names_the_address_or_the_failure_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
