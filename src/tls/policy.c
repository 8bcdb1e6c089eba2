/* SPDX-License-Identifier: Apache-2.0 */
#include "tls/policy.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/foreign.h"
#include "base/text.h"
#include "tls/peer.h"

/* What the callbacks of one SSL_CTX need; freed with it. */
typedef struct policy_record {
    const void *ctx;        /* the SSL_CTX, to be compared with watch->newest */
    tls_identity *identity; /* NULL: none */
    char *host;             /* NULL: no server name is expected */
    tls_watch *watch;       /* borrowed */
} policy_record;

static void record_free(policy_record **record)
{
    if (*record != NULL) {
        tls_identity_free(&(*record)->identity);
        free((*record)->host);
        free(*record);
        *record = NULL;
    }
}

static void record_free_with_ctx(void *parent, void *record, CRYPTO_EX_DATA *data, int index,
                                 long argl, void *argp)
{
    (void)parent, (void)data, (void)index, (void)argl, (void)argp;
    policy_record *gone = record;
    record_free(&gone);
}

static int slot = -1; /* of the record in an SSL_CTX */

static void slot_reserve(void)
{
    slot = SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, record_free_with_ctx);
}

static cihsm_status record_new(SSL_CTX *ctx, const tls_identity *identity, const char *host,
                               tls_watch *watch, policy_record **out, cihsm_error *err)
{
    CIHSM_AUTO(record_free) policy_record *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return cihsm_fail_memory(err);
    }
    made->ctx = ctx;
    made->watch = watch;
    CIHSM_TRY(text_set(&made->host, host, err));
    if (identity != NULL) {
        CIHSM_TRY(tls_identity_new(tls_identity_leaf(identity),
                                   tls_identity_intermediates(identity), tls_identity_key(identity),
                                   &made->identity, err));
    }
    *out = CIHSM_MOVE(made);
    return CIHSM_OK;
}

/* The watch is for the newest connection only: a TLS proxy's may still be alive below it. */
static tls_watch *watch_of(const policy_record *record)
{
    return record->watch->newest == record->ctx ? record->watch : NULL;
}

/* Called by libssl when the server asks for a certificate, before it picks one. */
static int on_certificate_wanted(SSL *ssl, void *arg)
{
    const policy_record *record = arg;
    const bool is_host = tls_peer_is_host(ssl, record->host);
    if (!is_host) {
        SSL_certs_clear(ssl);
    }
    tls_watch *watch = watch_of(record);
    if (watch == NULL) {
        return 1;
    }
    watch->asked_for_certificate = true;
    watch->withheld = record->identity != NULL && !is_host;
    tls_peer_read_issuers(ssl, record->identity, watch);
    watch->no_shared_signature_algorithm =
        record->identity != NULL && !tls_peer_accepts_key(ssl, record->identity);
    return 1;
}

enum {
    HEAD = 4,                      /* of a handshake message: type and length */
    MT_COMPRESSED_CERTIFICATE = 25 /* RFC 8879 section 4; OpenSSL names it from 3.2 on */
};

/*
 * True if a written Certificate message holds a certificate. RFC 5246 section 7.4.2: list length
 * after the header; RFC 8446 section 4.4.2: a context with its length byte comes before it.
 */
static bool has_certificate(int version, const unsigned char *message, size_t len)
{
    size_t at = HEAD;
    if (version == TLS1_3_VERSION && at < len) {
        at += 1U + message[at];
    }
    return at + 3 <= len && (message[at] | message[at + 1] | message[at + 2]) != 0;
}

/*
 * The same for a CompressedCertificate: an algorithm of two bytes, then the length of the message
 * that was compressed. An empty one of a handshake has four: no context, no list.
 */
static bool has_compressed_certificate(const unsigned char *message, size_t len)
{
    const size_t at = HEAD + 2;
    return at + 3 <= len && ((message[at] | message[at + 1]) != 0 || message[at + 2] > 4);
}

static void on_message(int is_written, int version, int content_type, const void *bytes, size_t len,
                       SSL *ssl, void *arg)
{
    tls_watch *watch = watch_of(arg);
    const unsigned char *message = bytes;
    (void)version; /* of the record layer in places; the connection's is the one that counts */
    if (watch == NULL || is_written == 0 || content_type != SSL3_RT_HANDSHAKE || len < 4) {
        return;
    }
    if (message[0] == SSL3_MT_CERTIFICATE) {
        watch->sent_certificate = has_certificate(SSL_version(ssl), message, len);
    }
    if (message[0] == MT_COMPRESSED_CERTIFICATE) {
        watch->sent_certificate = has_compressed_certificate(message, len);
    }
    if (message[0] == SSL3_MT_CERTIFICATE_VERIFY) {
        watch->proved_possession = true;
    }
}

static void note_alert(int *field, int value)
{
    const int description = value & 0xff;
    if (*field == 0 && description != SSL3_AD_CLOSE_NOTIFY) {
        *field = description; /* the first one is the cause */
    }
}

static void on_event(const SSL *ssl, int where, int value)
{
    const policy_record *record = SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), slot);
    tls_watch *watch = record == NULL ? NULL : watch_of(record);
    if (watch == NULL) {
        return;
    }
    if ((where & SSL_CB_ALERT) != 0) {
        note_alert((where & SSL_CB_READ) != 0 ? &watch->alert_received : &watch->alert_sent, value);
    }
    if ((where & SSL_CB_HANDSHAKE_DONE) != 0) {
        watch->is_done = true;
        watch->resumed = SSL_session_reused(ssl) == 1;
        watch->version = SSL_version(ssl);
    }
}

static cihsm_status offer_identity(SSL_CTX *ctx, const tls_identity *identity, cihsm_error *err)
{
    if (SSL_CTX_use_cert_and_key(ctx, tls_identity_leaf(identity), tls_identity_key(identity),
                                 tls_identity_intermediates(identity), 1) != 1) {
        return cihsm_fail_openssl(err, CIHSM_E_CONFIG,
                                  "OpenSSL does not take the client certificate for TLS; it needs "
                                  "RSA with 2048 bits or more, or P-256 or P-384");
    }
    return CIHSM_OK;
}

static cihsm_status limit_versions(SSL_CTX *ctx, cihsm_error *err)
{
    const long lowest = SSL_CTX_get_min_proto_version(ctx);
    if (lowest < TLS1_2_VERSION && SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) != 1) {
        return cihsm_fail_openssl(err, CIHSM_E_TLS, "cannot ask for TLS 1.2 at least");
    }
    SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    /* SSLKEYLOGFILE: session keys would let a reader of the file into every connection */
    SSL_CTX_set_keylog_callback(ctx, NULL);
    return CIHSM_OK;
}

cihsm_status tls_policy_apply(SSL_CTX *ctx, const tls_identity *identity, const char *host,
                              tls_watch *watch, cihsm_error *err)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, slot_reserve);
    if (slot >= 0 && SSL_CTX_get_ex_data(ctx, slot) != NULL) {
        return cihsm_fail_plain(err, CIHSM_E_STATE, "the TLS policy was applied to this already");
    }
    CIHSM_AUTO(record_free) policy_record *record = NULL;
    CIHSM_TRY(record_new(ctx, identity, host, watch, &record, err));
    CIHSM_TRY(limit_versions(ctx, err));
    if (identity != NULL) {
        CIHSM_TRY(offer_identity(ctx, identity, err));
    }
    if (slot < 0 || SSL_CTX_set_ex_data(ctx, slot, record) != 1) {
        return cihsm_fail_memory(err);
    }
    policy_record *kept = CIHSM_MOVE(record); /* the SSL_CTX owns it now */
    SSL_CTX_set_cert_cb(ctx, on_certificate_wanted, kept);
    SSL_CTX_set_msg_callback(ctx, on_message);
    SSL_CTX_set_msg_callback_arg(ctx, kept);
    SSL_CTX_set_info_callback(ctx, on_event);
    tls_watch_reset(watch);
    watch->newest = ctx;
    watch->is_new = true;
    watch->has_identity = identity != NULL;
    return CIHSM_OK;
}
