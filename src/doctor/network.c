/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The layers of the network, told apart by how far one request came.
 */
#include <string.h>

#include <openssl/ssl.h>

#include "base/error.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "doctor/layers.h"
#include "doctor/row.h"
#include "doctor/service.h"
#include "http/client.h"

static const char CHECK_WAY[] =
    "check the url of the service key, the firewall, and whether a proxy is needed (https_proxy)";

cihsm_status look_at_proxy(examination *of, doctor_row *row, cihsm_error *err)
{
    CIHSM_AUTO(text_free) char *url = NULL;
    CIHSM_TRY(service_url(of, &url, err));
    const doctor_state below = of->rows[DOCTOR_SERVICE_KEY].state;
    const bool may_show = below != DOCTOR_FAIL && below != DOCTOR_BLOCKED;
    CIHSM_TRY(exchange_send(&of->asked, of->identity, of->config, url, may_show, err));
    const http_facts *facts = http_client_facts(of->asked.http);
    row_set(row, DOCTOR_OK, NULL, facts->proxy[0] == '\0' ? "no proxy for %s%s" : "%s goes by %s",
            of->identity->peer, facts->proxy);
    return CIHSM_OK;
}

static cihsm_status fail_connect(const examination *of, const http_facts *facts, doctor_row *row,
                                 cihsm_error *err)
{
    const bool by_proxy = facts->proxy[0] != '\0';
    if (of->asked.error.origin != CIHSM_FROM_CURL || !by_proxy) {
        return row_fail(row, &of->asked.error, CHECK_WAY, err);
    }
    if (facts->proxy_status == 407) {
        row_set(row, DOCTOR_FAIL, "put user and password into the variable",
                "the proxy %s wants a login (407)", facts->proxy);
    } else if (facts->proxy_status != 0) {
        row_set(row, DOCTOR_FAIL,
                "ask its operator to allow CONNECT to this host, or name the host in no_proxy",
                "the proxy %s refuses the way to %s (status %ld)", facts->proxy, of->identity->peer,
                facts->proxy_status);
    } else {
        row_set(row, DOCTOR_FAIL, "correct the variable, or name the host in no_proxy",
                "the proxy %s cannot be reached", facts->proxy);
    }
    return CIHSM_OK;
}

cihsm_status look_at_connect(examination *of, doctor_row *row, cihsm_error *err)
{
    const http_facts *facts = http_client_facts(of->asked.http);
    const bool is_tunnel_refused = facts->proxy_status != 0 && facts->proxy_status / 100 != 2;
    if (of->asked.status != CIHSM_OK && (!facts->is_connected || is_tunnel_refused)) {
        return fail_connect(of, facts, row, err);
    }
    if (facts->connected_us == 0) {
        row_set(row, DOCTOR_OK, NULL, "connected");
    } else {
        row_set(row, DOCTOR_OK, NULL, "name known after %.1f ms, connected after %.1f ms",
                (double)facts->resolved_us / 1000, (double)facts->connected_us / 1000);
    }
    row->milliseconds = (double)facts->connected_us / 1000;
    return CIHSM_OK;
}

/* Their certificates are of public CAs: docs/sap-contract.md section 1.1, 2. */
static bool is_host_of_sap(const char *peer)
{
    static const char *const ENDS[] = {".hana.ondemand.com", ".platform.sapcloud.cn"};
    const size_t len = strcspn(peer, ":");
    for (size_t i = 0; i < sizeof ENDS / sizeof *ENDS; i++) {
        const size_t end = strlen(ENDS[i]);
        if (len > end && strncmp(peer + len - end, ENDS[i], end) == 0) {
            return true;
        }
    }
    return false;
}

cihsm_status look_at_interception(examination *of, doctor_row *row, cihsm_error *err)
{
    const http_facts *facts = http_client_facts(of->asked.http);
    (void)err;
    if (facts->issuer[0] == '\0') {
        row_set(row, DOCTOR_UNNEEDED, NULL, "no certificate of the server was seen");
        return CIHSM_OK;
    }
    const bool by_proxy = facts->proxy[0] != '\0';
    if (facts->is_unknown_issuer && (by_proxy || is_host_of_sap(of->identity->peer))) {
        row_set(row, DOCTOR_FAIL,
                "have the host left out of TLS inspection: a client certificate cannot pass it",
                "%s opens the TLS connection: the certificate shown for %s was issued by %s",
                by_proxy ? facts->proxy : "somebody on the way", of->identity->peer, facts->issuer);
        return CIHSM_OK;
    }
    row_set(row, DOCTOR_OK, NULL, "the server's certificate was issued by %s%s", facts->issuer,
            facts->is_unknown_issuer ? "" : ", which is trusted");
    return CIHSM_OK;
}

static cihsm_status fail_tls(const examination *of, const http_facts *facts, doctor_row *row,
                             cihsm_error *err)
{
    const cihsm_error *why = &of->asked.error;
    const char *action = "check the url of the service key, then ask the operator of the host";
    if (why->status == CIHSM_E_TOKEN || why->status == CIHSM_E_PIN) {
        action = "allow this key to sign on the token; its vendor's log tells more";
    } else if (why->status == CIHSM_E_TIMEOUT) {
        action = "allow more time with --connect-timeout, and see whether TLS is served there";
    } else if (facts->is_unknown_issuer) {
        action = "give the root of the server with --ca";
    }
    return row_fail(row, why, action, err);
}

static const char *version_name(int version)
{
    return version == TLS1_3_VERSION ? "TLS 1.3" : "TLS 1.2";
}

/* With a login by certificate. @return true if the row was written */
static bool judge_request(const tls_watch *watch, long http_status, doctor_row *row)
{
    if (!watch->asked_for_certificate) {
        row_set(row, DOCTOR_FAIL,
                "take the url of a service key of plan api, and leave the host out of TLS "
                "inspection",
                "the server did not ask for a client certificate, so none was sent");
        return true;
    }
    if (watch->ca_name_count > 0 && !watch->issuer_is_listed) {
        row_set(row, http_status == 401 ? DOCTOR_FAIL : DOCTOR_WARN,
                "add the missing intermediates to the chain, or use a CA that is on its list",
                "no issuer of our chain is among those that the server accepts (%s)",
                watch->ca_names);
        return true;
    }
    return false;
}

cihsm_status look_at_tls(examination *of, doctor_row *row, cihsm_error *err)
{
    const http_facts *facts = http_client_facts(of->asked.http);
    const tls_watch *watch = http_client_watch(of->asked.http);
    const cihsm_status status = of->asked.status;
    const double milliseconds = (double)(facts->secured_us - facts->connected_us) / 1000;
    row->milliseconds = milliseconds > 0 ? milliseconds : 0;
    const bool is_of_token = status == CIHSM_E_TOKEN || status == CIHSM_E_PIN;
    if (status != CIHSM_OK && (facts->secured_us == 0 || status == CIHSM_E_TLS || is_of_token)) {
        return fail_tls(of, facts, row, err);
    }
    if (of->asked.has_identity && judge_request(watch, of->asked.answer.status, row)) {
        return CIHSM_OK;
    }
    if (!of->asked.has_identity) {
        row_set(row, DOCTOR_OK, NULL, "%s; no certificate was shown", version_name(watch->version));
        return CIHSM_OK;
    }
    char asked[CIHSM_ERROR_MESSAGE_MAX];
    tls_watch_explain(watch, asked, sizeof asked);
    row_set(row, DOCTOR_OK, NULL, "%s; %s", version_name(watch->version), asked);
    return CIHSM_OK;
}
