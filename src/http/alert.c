/* SPDX-License-Identifier: Apache-2.0 */
#include "http/alert.h"

#include <stddef.h>

#include <openssl/ssl.h>
#include <openssl/tls1.h>

static const struct {
    int alert;
    const char *meaning;
} MEANINGS[] = {
    {SSL_AD_HANDSHAKE_FAILURE,
     "handshake failure: it wants a client certificate, or shares no cipher or signature algorithm "
     "with us"},
    {SSL_AD_BAD_CERTIFICATE, "the client certificate is damaged or not wanted"},
    {SSL_AD_UNSUPPORTED_CERTIFICATE,
     "the client certificate is of the wrong kind: it needs the extended key usage clientAuth"},
    {SSL_AD_CERTIFICATE_REVOKED, "the client certificate was revoked: get a new one"},
    {SSL_AD_CERTIFICATE_EXPIRED, "the client certificate has expired: get a new one"},
    {SSL_AD_CERTIFICATE_UNKNOWN, "the client certificate was not accepted"},
    {SSL_AD_UNKNOWN_CA,
     "it does not know the issuer of the client certificate: send all intermediates (--chain) and "
     "check that the root is on the load balancer's list"},
    {SSL_AD_ACCESS_DENIED, "it refuses this client certificate"},
    {SSL_AD_DECRYPT_ERROR,
     "it cannot verify our signature: do the token's key and the certificate belong together"},
    {SSL_AD_PROTOCOL_VERSION, "it shares no TLS version with us: 1.2 is the least accepted"},
    {SSL_AD_INSUFFICIENT_SECURITY, "it wants stronger ciphers than we offer"},
    {SSL_AD_INTERNAL_ERROR, "it has an internal error: try again later"},
    {TLS1_AD_UNRECOGNIZED_NAME,
     "it does not know this host name: check the URL of the service key"},
    {SSL_AD_CERTIFICATE_REQUIRED, "it requires a client certificate and got none"},
};

const char *http_alert_meaning(int alert)
{
    if (alert == 0) {
        return NULL;
    }
    for (size_t i = 0; i < sizeof MEANINGS / sizeof *MEANINGS; i++) {
        if (MEANINGS[i].alert == alert) {
            return MEANINGS[i].meaning;
        }
    }
    return SSL_alert_desc_string_long(alert);
}
