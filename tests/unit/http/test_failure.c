/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/x509_vfy.h>

#include "http/alert.h"
#include "http/failure.h"

#define COUNT(rows) (sizeof(rows) / sizeof *(rows))

typedef struct failure_row {
    const char *what;
    http_failure failure; /* host, detail, asked and timeouts are filled in */
    cihsm_status status;
    const char *says; /* part of the message */
} failure_row;

#define OLD "OpenSSL/3.0.22: error:0A000102:SSL routines::unsupported protocol"
#define PLAIN "OpenSSL/3.0.22: error:0A00010B:SSL routines::wrong version number"
#define FOREIGN "OpenSSL/3.0.22: error:40000102:cihsm::CKR_DEVICE_REMOVED"

static const failure_row ROWS[] = {
    {"host unknown",
     {.code = CURLE_COULDNT_RESOLVE_HOST},
     CIHSM_E_NETWORK,
     "host tenant:8443 is not known"},
    {"proxy unknown",
     {.code = CURLE_COULDNT_RESOLVE_PROXY},
     CIHSM_E_NETWORK,
     "the proxy's host is not known"},
    {"refused",
     {.code = CURLE_COULDNT_CONNECT, .os_error = ECONNREFUSED},
     CIHSM_E_NETWORK,
     "Connection refused"},
    {"no route",
     {.code = CURLE_COULDNT_CONNECT, .os_error = EHOSTUNREACH},
     CIHSM_E_NETWORK,
     "No route to host"},
    {"no errno", {.code = CURLE_COULDNT_CONNECT}, CIHSM_E_NETWORK, "it cannot be reached"},
    {"connect timeout",
     {.code = CURLE_OPERATION_TIMEDOUT},
     CIHSM_E_TIMEOUT,
     "no connection to tenant:8443 within 1000 ms"},
    {"name server timeout",
     {.code = CURLE_OPERATION_TIMEDOUT, .is_unresolved = true},
     CIHSM_E_TIMEOUT,
     "no name server told the address of tenant:8443, or of a proxy, within 1000 ms"},
    {"handshake timeout",
     {.code = CURLE_OPERATION_TIMEDOUT, .is_connected = true},
     CIHSM_E_TIMEOUT,
     "the TLS handshake did not end within 1000 ms"},
    {"total timeout",
     {.code = CURLE_OPERATION_TIMEDOUT, .is_connected = true, .is_ready = true},
     CIHSM_E_TIMEOUT,
     "did not answer completely within 2000 ms"},
    {"reset in the handshake",
     {.code = CURLE_SSL_CONNECT_ERROR, .detail = "Recv failure: Connection reset by peer"},
     CIHSM_E_NETWORK,
     "the connection to tenant:8443 was lost in the TLS handshake"},
    {"closed in the handshake",
     {.code = CURLE_SSL_CONNECT_ERROR, .detail = "error:0A000126:SSL routines::unexpected eof"},
     CIHSM_E_NETWORK,
     "the connection to tenant:8443 was lost in the TLS handshake"},
    {"silence",
     {.code = CURLE_OPERATION_TIMEDOUT,
      .is_connected = true,
      .is_ready = true,
      .bounds_silence = true},
     CIHSM_E_TIMEOUT,
     "sent nothing for 2000 ms"},
    {"unknown issuer",
     {.code = CURLE_PEER_FAILED_VERIFICATION,
      .verify_error = X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
      .issuer = "CN=Their Root"},
     CIHSM_E_TLS,
     "its issuer \"CN=Their Root\" is not in the system's roots"},
    {"self-signed",
     {.code = CURLE_PEER_FAILED_VERIFICATION,
      .verify_error = X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT,
      .issuer = "CN=x",
      .ca_file = "roots.pem"},
     CIHSM_E_TLS,
     "is not in roots.pem; give its root with --ca"},
    {"expired",
     {.code = CURLE_PEER_FAILED_VERIFICATION,
      .verify_error = X509_V_ERR_CERT_HAS_EXPIRED,
      .issuer = "CN=x"},
     CIHSM_E_TLS,
     "certificate has expired"},
    {"host name",
     {.code = CURLE_PEER_FAILED_VERIFICATION},
     CIHSM_E_TLS,
     "the server's certificate is not for tenant:8443"},
    {"ca file",
     {.code = CURLE_SSL_CACERT_BADFILE, .ca_file = "roots.pem"},
     CIHSM_E_CONFIG,
     "roots.pem"},
    {"system's roots", {.code = CURLE_SSL_CACERT_BADFILE}, CIHSM_E_CONFIG, "the system's store"},
    {"required, TLS 1.3",
     {.code = CURLE_RECV_ERROR, .is_ready = true, .alert = 116},
     CIHSM_E_TLS,
     "alert 116: it requires a client certificate and got none; ASKED"},
    {"required, curl 98", {.code = CURLE_SSL_CLIENTCERT, .alert = 116}, CIHSM_E_TLS, "alert 116"},
    {"unknown ca, TLS 1.2",
     {.code = CURLE_SSL_CONNECT_ERROR, .alert = 48},
     CIHSM_E_TLS,
     "does not know the issuer"},
    {"unknown ca, TLS 1.3",
     {.code = CURLE_RECV_ERROR, .is_ready = true, .alert = 48},
     CIHSM_E_TLS,
     "does not know the issuer"},
    {"unknown ca, HTTP/2",
     {.code = CURLE_HTTP2, .is_ready = true, .alert = 48},
     CIHSM_E_TLS,
     "does not know the issuer"},
    {"while sending",
     {.code = CURLE_SEND_ERROR, .is_ready = true, .alert = 43},
     CIHSM_E_TLS,
     "clientAuth"},
    {"handshake failure",
     {.code = CURLE_SSL_CONNECT_ERROR, .alert = 40},
     CIHSM_E_TLS,
     "wants a client certificate"},
    {"expired client",
     {.code = CURLE_RECV_ERROR, .is_ready = true, .alert = 45},
     CIHSM_E_TLS,
     "has expired: get a new one"},
    {"bad signature",
     {.code = CURLE_RECV_ERROR, .is_ready = true, .alert = 51},
     CIHSM_E_TLS,
     "cannot verify our signature"},
    {"version alert",
     {.code = CURLE_SSL_CONNECT_ERROR, .alert = 70},
     CIHSM_E_TLS,
     "shares no TLS version"},
    {"rare alert",
     {.code = CURLE_SSL_CONNECT_ERROR, .alert = 22},
     CIHSM_E_TLS,
     "alert 22: record overflow"},
    {"unheard-of alert", {.code = CURLE_SSL_CONNECT_ERROR, .alert = 255}, CIHSM_E_TLS, "alert 255"},
    {"old TLS",
     {.code = CURLE_SSL_CONNECT_ERROR, .detail = OLD},
     CIHSM_E_TLS,
     "too old: 1.2 is the least"},
    {"no TLS",
     {.code = CURLE_SSL_CONNECT_ERROR, .detail = PLAIN},
     CIHSM_E_TLS,
     "does not speak TLS"},
    {"token",
     {.code = CURLE_SSL_CONNECT_ERROR, .detail = FOREIGN},
     CIHSM_E_TLS,
     "CKR_DEVICE_REMOVED"},
    {"hung up in handshake",
     {.code = CURLE_SSL_CONNECT_ERROR, .is_connected = true},
     CIHSM_E_TLS,
     "handshake with tenant:8443 failed: DETAIL"},
    {"reset",
     {.code = CURLE_RECV_ERROR, .is_ready = true},
     CIHSM_E_NETWORK,
     "ask for less (DETAIL)"},
    {"reset in a write",
     {.code = CURLE_RECV_ERROR, .is_ready = true, .is_write = true},
     CIHSM_E_NETWORK,
     "whether the write was done is unknown"},
    {"nothing", {.code = CURLE_GOT_NOTHING, .is_ready = true}, CIHSM_E_NETWORK, "was lost"},
    {"stream reset", {.code = CURLE_HTTP2_STREAM, .is_ready = true}, CIHSM_E_NETWORK, "was lost"},
    {"behind a proxy",
     {.code = CURLE_RECV_ERROR, .is_ready = true, .proxy_status = 200},
     CIHSM_E_NETWORK,
     "was lost"},
    {"proxy 407",
     {.code = CURLE_RECV_ERROR, .proxy_status = 407},
     CIHSM_E_NETWORK,
     "wants a login (407)"},
    {"proxy 403",
     {.code = CURLE_RECV_ERROR, .proxy_status = 403},
     CIHSM_E_NETWORK,
     "refuses the way to tenant:8443 (status 403)"},
    {"cut",
     {.code = CURLE_PARTIAL_FILE, .is_ready = true},
     CIHSM_E_NETWORK,
     "was lost before the answer was complete"},
    {"broken gzip",
     {.code = CURLE_BAD_CONTENT_ENCODING, .is_ready = true},
     CIHSM_E_PROTOCOL,
     "DETAIL"},
    {"HTTP/0.9",
     {.code = CURLE_UNSUPPORTED_PROTOCOL, .is_ready = true},
     CIHSM_E_PROTOCOL,
     "does not answer in HTTP"},
    {"memory", {.code = CURLE_OUT_OF_MEMORY}, CIHSM_E_NO_MEMORY, "out of memory"},
    {"anything else",
     {.code = CURLE_FTP_WEIRD_PASS_REPLY},
     CIHSM_E_NETWORK,
     "the request to tenant:8443 failed"},
};

static void says_what_happened_and_what_to_do(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(ROWS); i++) {
        http_failure failure = ROWS[i].failure;
        failure.host = "tenant:8443";
        failure.asked = "ASKED";
        failure.issuer = failure.issuer == NULL ? "" : failure.issuer;
        failure.detail = failure.detail == NULL ? "DETAIL" : failure.detail;
        failure.connect_timeout_ms = 1000;
        failure.timeout_ms = 2000;
        cihsm_error err = {0};

        const cihsm_status status = http_failure_explain(&failure, &err);
        if (status != ROWS[i].status || strstr(err.message, ROWS[i].says) == NULL) {
            fail_msg("%s: %s: %s", ROWS[i].what, cihsm_status_name(status), err.message);
        }
        assert_int_equal(err.status, status);
        assert_null(strchr(err.message, '\n'));
        assert_int_not_equal(err.message[strlen(err.message) - 1], '.');
        if (status != CIHSM_E_NO_MEMORY) {
            assert_int_equal(err.origin, CIHSM_FROM_CURL);
            assert_int_equal(err.native, ROWS[i].failure.code);
        }
    }
}

static void every_code_of_libcurl_fails(void **state)
{
    (void)state;
    for (int code = CURLE_UNSUPPORTED_PROTOCOL; code < CURL_LAST; code++) {
        const http_failure failure = {
            .code = (CURLcode)code, .host = "h", .detail = "", .issuer = "", .asked = ""};
        cihsm_error err = {0};
        assert_int_not_equal(http_failure_explain(&failure, &err), CIHSM_OK);
        assert_true(err.message[0] != '\0');
    }
}

static void every_alert_has_a_meaning_and_no_alert_has_none(void **state)
{
    (void)state;
    assert_null(http_alert_meaning(0));
    for (int alert = 1; alert < 256; alert++) {
        const char *meaning = http_alert_meaning(alert);
        assert_non_null(meaning);
        assert_true(meaning[0] != '\0');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_what_happened_and_what_to_do),
        cmocka_unit_test(every_code_of_libcurl_fails),
        cmocka_unit_test(every_alert_has_a_meaning_and_no_alert_has_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
