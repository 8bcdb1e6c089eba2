/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A key pair from PKCS#12. Source: docs/sap-contract.md sections 7.3 and 9.
 */
#include <openssl/err.h>
#include <openssl/pkcs12.h>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "identity/chain.h"
#include "identity/cleanup.h"
#include "keystore/chain.h"

enum { FILE_MAX = 64 * 1024, REQUEST_MAX = 30072 }; /* bytes */

static cihsm_status fail_other(const char *path, cihsm_error *err)
{
    return cihsm_fail_plain(err, CIHSM_E_CONFIG,
                            "%s is no PKCS#12 file (.p12, .pfx): make one with \"openssl pkcs12 "
                            "-export\" from key and chain",
                            path);
}

/* Takes key and certificates out. The message tells a wrong password from an unknown cipher. */
static cihsm_status parse(PKCS12 *archive, const char *password, const char *path, X509 **leaf,
                          STACK_OF(X509) * *others, cihsm_error *err)
{
    CIHSM_AUTO(pkey_cleanup) EVP_PKEY *key = NULL;
    if (PKCS12_mac_present(archive) == 1 && PKCS12_verify_mac(archive, password, -1) != 1) {
        return cihsm_fail_plain(err, CIHSM_E_CONFIG, "the password does not open %s", path);
    }
    if (PKCS12_parse(archive, password, &key, leaf, others) != 1) {
        return cihsm_fail_openssl(err, CIHSM_E_CONFIG,
                                  "%s cannot be opened, perhaps for its old encryption: write it "
                                  "again with \"openssl pkcs12 -legacy\" and \"-export\"",
                                  path);
    }
    return key != NULL && *leaf != NULL
               ? CIHSM_OK
               : cihsm_fail_plain(err, CIHSM_E_CONFIG, "%s has no private key with its certificate",
                                  path);
}

static cihsm_status chain_of(PKCS12 *archive, const cihsm_keystore_import *from,
                             identity_chain **out, cihsm_error *err)
{
    CIHSM_AUTO(x509_cleanup) X509 *leaf = NULL;
    CIHSM_AUTO(x509_list_cleanup) STACK_OF(X509) *others = NULL;
    ERR_set_mark();
    const cihsm_status status =
        parse(archive, cihsm_secret_bytes(from->password), from->path, &leaf, &others, err);
    ERR_pop_to_mark();
    return status == CIHSM_OK ? identity_chain_build(others, leaf, out, err) : status;
}

/* What is in it, and whether it is what the person means. */
static cihsm_status look_inside(const buffer *file, const cihsm_keystore_import *from,
                                cihsm_keystore_write *write, cihsm_error *err)
{
    const unsigned char *at = (const unsigned char *)file->data;
    ERR_set_mark();
    CIHSM_AUTO(pkcs12_cleanup) PKCS12 *archive = d2i_PKCS12(NULL, &at, (long)file->len);
    ERR_pop_to_mark();
    if (archive == NULL) {
        return fail_other(from->path, err);
    }
    if (from->password == NULL) {
        return CIHSM_OK;
    }
    CIHSM_AUTO(identity_chain_free) identity_chain *chain = NULL;
    CIHSM_TRY(chain_of(archive, from, &chain, err));
    CIHSM_TRY(
        keystore_check_fingerprint(from->fingerprint, keystore_chain_top(chain), from->path, err));
    return keystore_add_chain(write, chain, from->path, err);
}

static cihsm_status count_bytes(void *user, const char *bytes, size_t len, cihsm_error *err)
{
    (void)bytes, (void)err;
    *(size_t *)user += len;
    return CIHSM_OK;
}

static cihsm_status check_size(const cihsm_keystore_write *write, const char *path,
                               cihsm_error *err)
{
    size_t len = 0;
    CIHSM_TRY(cihsm_value_write(write->value, 0, count_bytes, &len, err));
    return len <= REQUEST_MAX
               ? CIHSM_OK
               : cihsm_fail_plain(err, CIHSM_E_CONFIG,
                                  "%s makes a request of %zu bytes, and the tenant takes %d: leave "
                                  "certificates out that the chain does not need",
                                  path, len, REQUEST_MAX);
}

static cihsm_status fill(const buffer *file, const cihsm_keystore_import *from,
                         cihsm_keystore_write *write, cihsm_error *err)
{
    CIHSM_AUTO(text_free) char *shown = NULL;
    CIHSM_TRY(keystore_begin_value(write, err));
    CIHSM_TRY(keystore_set_alias(write, err));
    CIHSM_TRY(cihsm_value_set_bytes(write->value, "Resource", file->data, file->len, err));
    CIHSM_TRY(keystore_set_password(write, from->password, err));
    CIHSM_TRY(check_size(write, from->path, err));
    CIHSM_TRY(text_format(&shown, err, "(base64 of PKCS#12 of %zu bytes)", file->len));
    const keystore_mask masks[] = {{"Resource", shown}, {"Password", NULL}, {NULL, NULL}};
    return keystore_show_masked(write, masks, err);
}

cihsm_status cihsm_keystore_import_key_pair(const cihsm_keystore_import *from,
                                            cihsm_keystore_write **out, cihsm_error *err)
{
    CIHSM_TRY(cihsm_keystore_check_alias(from->alias, err));
    CIHSM_AUTO(buffer_free) buffer file = buffer_new(FILE_MAX);
    CIHSM_TRY(file_read(from->path, "PKCS#12 file", &file, err));
    CIHSM_AUTO(cihsm_keystore_write_free) cihsm_keystore_write *write = NULL;
    CIHSM_TRY(keystore_begin(KEYSTORE_KEY_PAIR, "POST", from->alias, &write, err));
    keystore_set_set(write, "KeyPairResources");
    CIHSM_TRY(look_inside(&file, from, write, err));
    CIHSM_TRY(fill(&file, from, write, err));
    write->is_update = from->is_update;
    CIHSM_TRY(keystore_add_switch(write, "fingerprintVerified", from->fingerprint != NULL, err));
    CIHSM_TRY(keystore_add_switch(write, "returnKeystoreEntries", true, err));
    CIHSM_TRY(keystore_add_switch(write, "update", from->is_update, err));
    *out = CIHSM_MOVE(write);
    return CIHSM_OK;
}
