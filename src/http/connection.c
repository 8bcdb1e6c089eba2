/* SPDX-License-Identifier: Apache-2.0 */
#include "http/connection.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/error.h"
#include "cihsm/scope.h"
#include "tls/policy.h"

static int slot = -1; /* of the connection in an SSL_CTX */

static void release_with_ctx(void *parent, void *connection, CRYPTO_EX_DATA *data, int index,
                             long argl, void *argp)
{
    (void)parent, (void)data, (void)index, (void)argl, (void)argp;
    http_connection *gone = connection;
    http_connection_release(&gone);
}

static void slot_reserve(void)
{
    slot = SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, release_with_ctx);
}

cihsm_status http_connection_begin(SSL_CTX *ctx, const tls_identity *identity, const char *host,
                                   http_connection **out, cihsm_error *err)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, slot_reserve);
    CIHSM_AUTO(http_connection_release) http_connection *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return cihsm_fail_memory(err);
    }
    made->holders = 1;
    if (slot < 0 || SSL_CTX_set_ex_data(ctx, slot, made) != 1) {
        return cihsm_fail_memory(err);
    }
    made->holders++; /* the SSL_CTX, whose callbacks write into it */
    CIHSM_TRY(http_trust_apply(ctx, &made->trust, err));
    CIHSM_TRY(tls_policy_apply(ctx, identity, host, &made->watch, err));
    *out = CIHSM_MOVE(made);
    return CIHSM_OK;
}

http_connection *http_connection_of(CURL *easy)
{
    const struct curl_tlssessioninfo *tls = NULL;
    if (curl_easy_getinfo(easy, CURLINFO_TLS_SSL_PTR, &tls) != CURLE_OK || tls == NULL ||
        tls->internals == NULL) {
        return NULL;
    }
    const SSL *ssl = tls->internals;
    http_connection *found = SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), slot);
    if (found != NULL) {
        found->holders++;
    }
    return found;
}

void http_connection_release(http_connection **connection)
{
    http_connection *gone = *connection;
    *connection = NULL;
    if (gone != NULL && --gone->holders == 0) {
        free(gone);
    }
}
