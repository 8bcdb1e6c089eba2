/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/error.h"
#include "cihsm/key.h"
#include "cihsm/scope.h"
#include "pkcs11/code.h"
#include "pkcs11/find.h"
#include "pkcs11/functions.h"
#include "pkcs11/key_object.h"

enum { VALUE_MAX = 4096, CANDIDATES = 8 };

/* A key to be deleted, and where. Owns the values of its names. */
typedef struct doomed {
    const cihsm_token *token;
    CK_SESSION_HANDLE session;
    CK_OBJECT_HANDLE object;
    bool is_private; /* false: a public key object without a private one */
    buffer id;
    buffer label;
} doomed;

static void doomed_free(doomed *of)
{
    buffer_free(&of->id);
    buffer_free(&of->label);
}

static cihsm_status find(const doomed *of, CK_ATTRIBUTE *wanted, CK_ULONG count,
                         pkcs11_objects *out, cihsm_error *err)
{
    return pkcs11_find_all(&of->token->link, of->session, wanted, count, out, err);
}

/* The one private key that is meant; if there is none, the one public key object. A search that is
 * read to its end: what is deleted must be the only one. */
static cihsm_status find_doomed(doomed *of, key_template *asked, cihsm_error *err)
{
    static CK_OBJECT_CLASS class = CKO_PUBLIC_KEY;
    CIHSM_AUTO(pkcs11_objects_free) pkcs11_objects found = {.count = 0};
    CIHSM_TRY(find(of, asked->attributes, asked->count, &found, err));
    of->is_private = found.count > 0;
    if (found.count == 0) {
        CIHSM_TRY(pkcs11_token_check_login(of->token, of->session, err));
        key_template half = *asked;
        half.attributes[0] = (CK_ATTRIBUTE){CKA_CLASS, &class, sizeof class};
        CIHSM_TRY(find(of, half.attributes, half.count, &found, err));
    }
    if (found.count == 0) {
        return key_fail_none(of->token, of->session, asked, err);
    }
    if (found.count > 1) {
        const CK_ULONG told = found.count < CANDIDATES ? found.count : CANDIDATES;
        return key_fail_several(of->token, of->session, found.handles, told, err);
    }
    of->object = found.handles[0];
    return CIHSM_OK;
}

static cihsm_status read_names(doomed *of, cihsm_error *err)
{
    const pkcs11_link *link = &of->token->link;
    bool present = false;
    CIHSM_TRY(pkcs11_attribute(link, of->session, of->object, CKA_ID, &of->id, &present, err));
    return pkcs11_attribute(link, of->session, of->object, CKA_LABEL, &of->label, &present, err);
}

static cihsm_status count_with_id(const doomed *of, CK_OBJECT_CLASS class, unsigned *out,
                                  cihsm_error *err)
{
    CK_ATTRIBUTE wanted[] = {{CKA_CLASS, &class, sizeof class}, {CKA_ID, of->id.data, of->id.len}};
    CIHSM_AUTO(pkcs11_objects_free) pkcs11_objects found = {.count = 0};
    *out = 0;
    if (of->id.len > 0) {
        CIHSM_TRY(find(of, wanted, 2, &found, err));
        *out = (unsigned)found.count;
    }
    return CIHSM_OK;
}

/* The public key objects that go with the key: those of its id. A label decides, too, if other
 * private keys have that id, or if there is no id. */
static cihsm_status find_public(const doomed *of, unsigned keys_of_id, pkcs11_objects *out,
                                cihsm_error *err)
{
    CK_OBJECT_CLASS class = CKO_PUBLIC_KEY;
    CK_ATTRIBUTE wanted[3] = {{CKA_CLASS, &class, sizeof class}, {CKA_ID, of->id.data, of->id.len}};
    CK_ULONG count = 2;
    if (keys_of_id != 1) {
        wanted[count++] = (CK_ATTRIBUTE){CKA_LABEL, of->label.data, of->label.len};
    }
    if (of->id.len == 0 && of->label.len == 0) {
        return CIHSM_OK; /* nothing says which ones are its own */
    }
    return find(of, wanted, count, out, err);
}

static cihsm_status destroy_public(const doomed *of, const pkcs11_objects *objects,
                                   cihsm_key_deleted *out, cihsm_error *err)
{
    for (size_t i = 0; i < objects->count; i++) {
        const CK_RV rv =
            pkcs11_c_destroy_object(&of->token->link, of->session, objects->handles[i]);
        if (rv != CKR_OK) {
            return pkcs11_fail(err, rv,
                               "the private key is deleted, but not its public key object; repeat "
                               "to delete that too");
        }
        out->public_keys++;
    }
    return CIHSM_OK;
}

/* Everything is looked up before the first object goes. */
static cihsm_status delete_private(const doomed *of, cihsm_key_deleted *out, cihsm_error *err)
{
    unsigned keys_of_id = 0;
    CIHSM_AUTO(pkcs11_objects_free) pkcs11_objects public_keys = {.count = 0};
    CIHSM_TRY(count_with_id(of, CKO_PRIVATE_KEY, &keys_of_id, err));
    CIHSM_TRY(find_public(of, keys_of_id, &public_keys, err));

    const CK_RV rv = pkcs11_c_destroy_object(&of->token->link, of->session, of->object);
    if (rv != CKR_OK) {
        return pkcs11_fail(err, rv, "the token does not delete the private key, nothing was done");
    }
    out->private_keys = 1;
    return destroy_public(of, &public_keys, out, err);
}

static cihsm_status delete_orphan(const doomed *of, cihsm_key_deleted *out, cihsm_error *err)
{
    const CK_RV rv = pkcs11_c_destroy_object(&of->token->link, of->session, of->object);
    if (rv != CKR_OK) {
        return pkcs11_fail(err, rv, "the token does not delete the public key object");
    }
    out->public_keys = 1;
    return CIHSM_OK;
}

static cihsm_status delete_in_session(doomed *of, key_template *asked, cihsm_key_deleted *out,
                                      cihsm_error *err)
{
    CIHSM_TRY(find_doomed(of, asked, err));
    CIHSM_TRY(read_names(of, err));
    CIHSM_TRY(count_with_id(of, CKO_CERTIFICATE, &out->certificates_left, err));
    return of->is_private ? delete_private(of, out, err) : delete_orphan(of, out, err);
}

cihsm_status cihsm_key_delete(cihsm_token *token, const char *uri, cihsm_key_deleted *out,
                              cihsm_error *err)
{
    cihsm_error_clear(err);
    *out = (cihsm_key_deleted){.private_keys = 0};
    CIHSM_AUTO(p11_uri_cleanup) P11KitUri *parsed = NULL;
    CIHSM_TRY(pkcs11_uri_parse(uri, &parsed, err));
    if (!key_uri_selects(parsed)) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE,
                                "say which key is to be deleted: its URI needs an id or an object");
    }
    key_template asked;
    CIHSM_TRY(key_template_make(token, parsed, &asked, err));
    CIHSM_AUTO(doomed_free)
    doomed of = {.token = token, .id = buffer_new(VALUE_MAX), .label = buffer_new(VALUE_MAX)};
    pkcs11_lease lease;
    CIHSM_TRY(pkcs11_lease_take_writable(token, &lease, err));
    of.session = lease.session;
    const cihsm_status status = delete_in_session(&of, &asked, out, &lease.failure);
    return pkcs11_lease_return(&lease, status, err);
}
