/* SPDX-License-Identifier: Apache-2.0 */
#include "http/failure.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/sslerr.h>
#include <openssl/x509_vfy.h>

#include "base/error.h"
#include "http/alert.h"

/* cihsm_fail with the CURLcode as the first speaker. */
#define FAIL(failure, err, status, ...) \
    cihsm_fail((err), (status), CIHSM_FROM_CURL, (unsigned long)(failure)->code, __VA_ARGS__)

static cihsm_status explain_dns(const http_failure *failure, cihsm_error *err)
{
    return FAIL(failure, err, CIHSM_E_NETWORK,
                "the host %s is not known: check the URL of the service key, the network and "
                "whether a proxy is needed (https_proxy)",
                failure->host);
}

static cihsm_status explain_proxy_dns(const http_failure *failure, cihsm_error *err)
{
    return FAIL(failure, err, CIHSM_E_NETWORK,
                "the proxy's host is not known: check the environment variable https_proxy (%s)",
                failure->detail);
}

static cihsm_status explain_connect(const http_failure *failure, cihsm_error *err)
{
    return FAIL(failure, err, CIHSM_E_NETWORK,
                "no connection to %s: %s; check the URL of the service key, the firewall and "
                "whether a proxy is needed (https_proxy) (%s)",
                failure->host,
                failure->os_error == 0 ? "it cannot be reached"
                                       : strerrordesc_np(failure->os_error),
                failure->detail);
}

/* A part of the request went out: a read may be repeated, a write may have been done. */
static const char *outcome(const http_failure *failure)
{
    return failure->is_write ? "; whether the write was done is unknown" : "";
}

/* The same of an answer that did not come to its end. */
static const char *outcome_of_part(const http_failure *failure)
{
    return failure->is_write ? outcome(failure) : ": try again; if it stays, ask for less";
}

static cihsm_status explain_timeout(const http_failure *failure, cihsm_error *err)
{
    if (failure->is_ready && failure->bounds_silence) {
        return FAIL(failure, err, CIHSM_E_TIMEOUT,
                    "%s sent nothing for %ld ms, or next to nothing, and its answer is not "
                    "complete: try again or allow more time (--timeout)",
                    failure->host, failure->timeout_ms);
    }
    if (failure->is_ready) {
        return FAIL(failure, err, CIHSM_E_TIMEOUT,
                    "%s did not answer completely within %ld ms: ask for less or allow more time "
                    "(--timeout)%s (%s)",
                    failure->host, failure->timeout_ms, outcome(failure), failure->detail);
    }
    if (failure->is_connected) {
        return FAIL(failure, err, CIHSM_E_TIMEOUT,
                    "%s took the connection, but the TLS handshake did not end within %ld ms: the "
                    "token may be slow, or no TLS server listens there",
                    failure->host, failure->connect_timeout_ms);
    }
    if (failure->is_unresolved) {
        return FAIL(failure, err, CIHSM_E_TIMEOUT,
                    "no name server told the address of %s, or of a proxy, within %ld ms: check "
                    "the network and the name servers (/etc/resolv.conf)",
                    failure->host, failure->connect_timeout_ms);
    }
    return FAIL(failure, err, CIHSM_E_TIMEOUT,
                "no connection to %s within %ld ms: check the network, the firewall and whether a "
                "proxy is needed (https_proxy)",
                failure->host, failure->connect_timeout_ms);
}

static bool is_unknown_issuer(int verify_error)
{
    return verify_error == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT ||
           verify_error == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY ||
           verify_error == X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE ||
           verify_error == X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT ||
           verify_error == X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN;
}

static cihsm_status explain_server_certificate(const http_failure *failure, cihsm_error *err)
{
    if (failure->verify_error == X509_V_OK) { /* the chain was fine, so it is the name */
        return FAIL(failure, err, CIHSM_E_TLS,
                    "the server's certificate is not for %s: check the URL of the service key (%s)",
                    failure->host, failure->detail);
    }
    if (is_unknown_issuer(failure->verify_error)) {
        return FAIL(failure, err, CIHSM_E_TLS,
                    "the certificate of %s is not trusted: its issuer \"%s\" is not in %s; give "
                    "its root with --ca",
                    failure->host, failure->issuer,
                    failure->ca_file == NULL ? "the system's roots" : failure->ca_file);
    }
    return FAIL(failure, err, CIHSM_E_TLS,
                "the certificate of %s (issuer \"%s\") is not accepted: %s; check this machine's "
                "clock, then ask the operator of the host",
                failure->host, failure->issuer,
                X509_verify_cert_error_string(failure->verify_error));
}

static cihsm_status explain_ca_file(const http_failure *failure, cihsm_error *err)
{
    return FAIL(failure, err, CIHSM_E_CONFIG, "the CA certificates in %s cannot be used: %s",
                failure->ca_file == NULL ? "the system's store" : failure->ca_file,
                failure->detail);
}

static cihsm_status explain_proxy(const http_failure *failure, cihsm_error *err)
{
    if (failure->proxy_status == 407) {
        return FAIL(failure, err, CIHSM_E_NETWORK,
                    "the proxy wants a login (407): put user and password into the environment "
                    "variable https_proxy");
    }
    return FAIL(
        failure, err, CIHSM_E_NETWORK,
        "the proxy refuses the way to %s (status %ld): ask its operator to allow CONNECT to "
        "this host, or name the host in no_proxy",
        failure->host, failure->proxy_status);
}

/*
 * The reason in libcurl's "error:0A00010B:SSL routines::...", if it is libssl's; 0 otherwise. Of
 * libcurl 8 "TLS connect error: " comes before it.
 */
static int local_reason(const char *detail)
{
    const char *code = strstr(detail, "error:0");
    if (code == NULL) {
        return 0;
    }
    const unsigned long packed = strtoul(code + strlen("error:"), NULL, 16);
    return ERR_GET_LIB(packed) == ERR_LIB_SSL ? ERR_GET_REASON(packed) : 0;
}

/* TCP ended and not TLS; libcurl tells it in words only. */
static bool is_transport_lost(const http_failure *failure)
{
    return strstr(failure->detail, "SSL_ERROR_SYSCALL") != NULL ||
           strstr(failure->detail, "Recv failure") != NULL ||
           strstr(failure->detail, "Send failure") != NULL ||
           local_reason(failure->detail) == SSL_R_UNEXPECTED_EOF_WHILE_READING;
}

static cihsm_status explain_handshake(const http_failure *failure, cihsm_error *err)
{
    if (is_transport_lost(failure)) {
        return FAIL(failure, err, CIHSM_E_NETWORK,
                    "the connection to %s was lost in the TLS handshake: try again; if it stays, "
                    "the host, a firewall or a proxy refuses this machine (%s)",
                    failure->host, failure->detail);
    }
    const int reason = local_reason(failure->detail);
    if (reason == SSL_R_UNSUPPORTED_PROTOCOL) {
        return FAIL(failure, err, CIHSM_E_TLS,
                    "%s speaks a TLS version that is too old: 1.2 is the least accepted",
                    failure->host);
    }
    if (reason == SSL_R_WRONG_VERSION_NUMBER) {
        return FAIL(failure, err, CIHSM_E_TLS,
                    "%s does not speak TLS on that port: check the URL of the service key and "
                    "https_proxy",
                    failure->host);
    }
    return FAIL(failure, err, CIHSM_E_TLS, "the TLS handshake with %s failed: %s", failure->host,
                failure->detail);
}

static cihsm_status explain_lost(const http_failure *failure, cihsm_error *err)
{
    return FAIL(failure, err, CIHSM_E_NETWORK,
                "the connection to %s was lost before the answer was complete%s (%s)",
                failure->host, outcome_of_part(failure), failure->detail);
}

/* 35, 56 and their like mean anything from a TLS alert to a pulled cable. */
static cihsm_status explain_broken(const http_failure *failure, cihsm_error *err)
{
    const char *meaning = http_alert_meaning(failure->alert);
    if (meaning != NULL) {
        return FAIL(failure, err, CIHSM_E_TLS, "%s ended TLS with alert %d: %s; %s", failure->host,
                    failure->alert, meaning, failure->asked);
    }
    if (failure->proxy_status != 0 && failure->proxy_status / 100 != 2) {
        return explain_proxy(failure, err);
    }
    return failure->is_ready ? explain_lost(failure, err) : explain_handshake(failure, err);
}

static cihsm_status explain_not_http(const http_failure *failure, cihsm_error *err)
{
    return FAIL(failure, err, CIHSM_E_PROTOCOL,
                "%s does not answer in HTTP as it should: check the URL of the service key (%s)",
                failure->host, failure->detail);
}

static cihsm_status explain_too_large(const http_failure *failure, cihsm_error *err)
{
    return FAIL(failure, err, CIHSM_E_LIMIT,
                "the answer of %s is larger than libcurl takes: check the URL of the service key "
                "(%s)",
                failure->host, failure->detail);
}

static cihsm_status explain_memory(const http_failure *failure, cihsm_error *err)
{
    (void)failure;
    return cihsm_fail_memory(err);
}

/* Of libcurl 8.6: too many headers, or too long ones. The headers of 7.88 do not name it. */
enum { TOO_LARGE = 100 };

static const struct {
    int code; /* CURLcode */
    cihsm_status (*explain)(const http_failure *failure, cihsm_error *err);
} EXPLAINED[] = {
    {CURLE_COULDNT_RESOLVE_PROXY, explain_proxy_dns},
    {CURLE_COULDNT_RESOLVE_HOST, explain_dns},
    {CURLE_COULDNT_CONNECT, explain_connect},
    {CURLE_OPERATION_TIMEDOUT, explain_timeout},
    {CURLE_PEER_FAILED_VERIFICATION, explain_server_certificate},
    {CURLE_SSL_CACERT_BADFILE, explain_ca_file},
    {CURLE_SSL_CONNECT_ERROR, explain_broken},
    {CURLE_SSL_CLIENTCERT, explain_broken},
    {CURLE_SEND_ERROR, explain_broken},
    {CURLE_RECV_ERROR, explain_broken},
    {CURLE_GOT_NOTHING, explain_broken},
    {CURLE_HTTP2, explain_broken},
    {CURLE_HTTP2_STREAM, explain_broken},
    {CURLE_PROXY, explain_broken},
    {CURLE_PARTIAL_FILE, explain_lost},
    {CURLE_BAD_CONTENT_ENCODING, explain_not_http},
    {CURLE_WEIRD_SERVER_REPLY, explain_not_http},
    {CURLE_UNSUPPORTED_PROTOCOL, explain_not_http},
    {TOO_LARGE, explain_too_large},
    {CURLE_OUT_OF_MEMORY, explain_memory},
};

cihsm_status http_failure_explain(const http_failure *failure, cihsm_error *err)
{
    for (size_t i = 0; i < sizeof EXPLAINED / sizeof *EXPLAINED; i++) {
        if (EXPLAINED[i].code == (int)failure->code) {
            return EXPLAINED[i].explain(failure, err);
        }
    }
    return FAIL(failure, err, CIHSM_E_NETWORK, "the request to %s failed: %s (%s)", failure->host,
                curl_easy_strerror(failure->code), failure->detail);
}
