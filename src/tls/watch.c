/* SPDX-License-Identifier: Apache-2.0 */
#include "tls/watch.h"

#include <stdio.h>

void tls_watch_reset(tls_watch *watch)
{
    const void *newest = watch->newest;
    *watch = (tls_watch){.newest = newest};
}

bool tls_watch_must_abort(const tls_watch *watch)
{
    return watch->is_new && watch->has_identity && watch->asked_for_certificate &&
           !watch->proved_possession;
}

static const char *what_was_sent(const tls_watch *watch)
{
    if (watch->proved_possession) {
        return "it was sent and the key signed";
    }
    if (watch->sent_certificate) {
        return "it was sent but nothing was signed";
    }
    if (!watch->has_identity) {
        return "none is configured";
    }
    if (watch->withheld) {
        return "it was withheld because the server name of this connection is another one";
    }
    if (watch->no_shared_signature_algorithm) {
        return "none was sent because the server accepts no signature algorithm of this key";
    }
    return "none was sent";
}

void tls_watch_explain(const tls_watch *watch, char *out, size_t size)
{
    if (!watch->is_new) {
        snprintf(out, size, "the request used a connection that was open already");
        return;
    }
    if (watch->resumed) {
        snprintf(out, size, "the TLS session was resumed, so no certificate was needed");
        return;
    }
    if (!watch->asked_for_certificate) {
        snprintf(out, size, "the server did not ask for a client certificate");
        return;
    }
    const char *sent = what_was_sent(watch);
    if (watch->ca_name_count == 0) {
        snprintf(out, size, "the server asked for a client certificate of any issuer; %s", sent);
    } else if (watch->issuer_is_listed) {
        snprintf(out, size, "the server asked for a client certificate and lists its issuer; %s",
                 sent);
    } else {
        snprintf(out, size, "the server asked for a client certificate of another issuer (%s); %s",
                 watch->ca_names, sent);
    }
}
