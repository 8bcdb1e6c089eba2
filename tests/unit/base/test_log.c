/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/log.h"

static char last[2048];
static int lines;

static void catch_line(void *user, cihsm_log_level level, const char *component,
                       const char *message)
{
    (void)user;
    (void)level;
    snprintf(last, sizeof last, "%s: %s", component, message);
    lines++;
}

static void masks_secrets_wherever_they_stand(void **state)
{
    (void)state;
    static const char *const LINES[] = {
        "uri pkcs11:token=a?pin-value=CANARY&x=1",
        "GET /x Authorization: Bearer CANARY",
        "Authorization: Basic CANARY",
        "body grant_type=a&client_secret=CANARY&b=c",
        "{\"clientsecret\":\"CANARY\"}",
        "{\"access_token\":\"CANARY\",\"x\":1}",
        "Set-Cookie: JSESSIONID=CANARY; Path=/",
        "x-csrf-token: CANARY",
        "-----BEGIN RSA PRIVATE KEY-----CANARY",
        "PIN=CANARY twice pin=CANARY",
    };
    const cihsm_log log = {.write = catch_line, .level = CIHSM_LOG_TRACE};
    for (size_t i = 0; i < sizeof LINES / sizeof *LINES; i++) {
        log_line(&log, CIHSM_LOG_INFO, "http", "%s", LINES[i]);
        if (strstr(last, "CANARY") != NULL || strstr(last, "***") == NULL) {
            fail_msg("%s", last);
        }
    }
}

static void keeps_what_is_no_secret(void **state)
{
    (void)state;
    const cihsm_log log = {.write = catch_line, .level = CIHSM_LOG_TRACE};
    log_line(&log, CIHSM_LOG_INFO, "token", "key=%s\n", "pkcs11:token=a;object=b");
    assert_string_equal(last, "token: key=pkcs11:token=a;object=b\\x0a");
    log_line(&log, CIHSM_LOG_INFO, "http", "pin-value=x&page=2");
    assert_string_equal(last, "http: pin-value=*&page=2");
}

static void speaks_only_as_loud_as_wanted(void **state)
{
    (void)state;
    const cihsm_log log = {.write = catch_line, .level = CIHSM_LOG_WARN};
    lines = 0;
    log_line(&log, CIHSM_LOG_INFO, "x", "no");
    log_line(&log, CIHSM_LOG_WARN, "x", "yes");
    log_line(NULL, CIHSM_LOG_ERROR, "x", "no");
    log_line(&(cihsm_log){0}, CIHSM_LOG_ERROR, "x", "no");
    assert_int_equal(lines, 1);
    assert_false(log_wants(&log, CIHSM_LOG_DEBUG));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(masks_secrets_wherever_they_stand),
        cmocka_unit_test(keeps_what_is_no_secret),
        cmocka_unit_test(speaks_only_as_loud_as_wanted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
