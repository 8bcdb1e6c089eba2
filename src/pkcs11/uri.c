/* SPDX-License-Identifier: Apache-2.0 */
#include "pkcs11/uri.h"

#include <stdbool.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"

typedef struct attribute_rule {
    const char *name;
    const char *refusal; /* NULL: allowed */
} attribute_rule;

/* Everything RFC 7512 section 2.3 knows. */
static const attribute_rule RULES[] = {
    {"token", NULL},
    {"serial", NULL},
    {"manufacturer", NULL},
    {"model", NULL},
    {"slot-id", NULL},
    {"id", NULL},
    {"object", NULL},
    {"type", NULL},
    {"slot-description", "select the token by token, serial or slot-id"},
    {"slot-manufacturer", "select the token by token, serial or slot-id"},
    {"library-manufacturer", "name the module with --module"},
    {"library-description", "name the module with --module"},
    {"library-version", "name the module with --module"},
    {"module-name", "name the module with --module"},
    {"module-path", "name the module with --module"},
    {"pin-value", "everybody can read it in the process list; use --pin-source"},
    {"pin-source", "use --pin-source"},
};
enum { RULE_COUNT = sizeof RULES / sizeof *RULES, NAME_SHOWN = 40 };

static size_t rule_of(const char *name, size_t len)
{
    size_t i = 0;
    while (i < RULE_COUNT &&
           (strlen(RULES[i].name) != len || memcmp(RULES[i].name, name, len) != 0)) {
        i++;
    }
    return i;
}

static cihsm_status check_attribute(const char *name, size_t len, bool seen[RULE_COUNT],
                                    cihsm_error *err)
{
    const size_t at = rule_of(name, len);
    if (at == RULE_COUNT) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE, "unknown attribute '%.*s' in a PKCS#11 URI",
                                (int)(len < NAME_SHOWN ? len : NAME_SHOWN), name);
    }
    if (RULES[at].refusal != NULL) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE, "%s is not taken from a PKCS#11 URI; %s",
                                RULES[at].name, RULES[at].refusal);
    }
    if (seen[at]) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE, "attribute '%s' stands twice in a PKCS#11 URI",
                                RULES[at].name);
    }
    seen[at] = true;
    return CIHSM_OK;
}

/* Attributes are divided by ';', after the '?' by '&'. */
static cihsm_status check_attributes(const char *text, cihsm_error *err)
{
    bool seen[RULE_COUNT] = {false};
    const char *at = text;
    while (*at != '\0') {
        const size_t len = strcspn(at, ";?&");
        if (len > 0) {
            CIHSM_TRY(check_attribute(at, strcspn(at, "=;?&"), seen, err));
        }
        at += len;
        at += *at == '\0' ? 0 : 1;
    }
    return CIHSM_OK;
}

static cihsm_status fail_parse(int code, cihsm_error *err)
{
    if (code == P11_KIT_URI_BAD_ENCODING) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE,
                                "a PKCS#11 URI holds a bad percent-encoding or a value that is "
                                "too long");
    }
    return cihsm_fail_plain(err, CIHSM_E_USAGE,
                            "malformed PKCS#11 URI; it looks like \"pkcs11:token=LABEL\", "
                            "attributes divided by ';', in quotes");
}

cihsm_status pkcs11_uri_parse(const char *text, P11KitUri **out, cihsm_error *err)
{
    static const char SCHEME[] = "pkcs11:";
    CIHSM_AUTO(p11_uri_cleanup) P11KitUri *uri = p11_kit_uri_new();
    if (uri == NULL) {
        return cihsm_fail_memory(err);
    }
    if (text != NULL) {
        if (!text_starts(text, SCHEME)) {
            return fail_parse(P11_KIT_URI_BAD_SCHEME, err);
        }
        CIHSM_TRY(check_attributes(text + sizeof SCHEME - 1, err));
        const int code = p11_kit_uri_parse(text, P11_KIT_URI_FOR_ANY, uri);
        if (code != P11_KIT_URI_OK) {
            return fail_parse(code, err);
        }
    }
    *out = CIHSM_MOVE(uri);
    return CIHSM_OK;
}

bool pkcs11_uri_names_token(P11KitUri *uri)
{
    const CK_TOKEN_INFO *info = p11_kit_uri_get_token_info(uri);
    return info->label[0] != '\0' || info->serialNumber[0] != '\0' ||
           info->manufacturerID[0] != '\0' || info->model[0] != '\0' ||
           p11_kit_uri_get_slot_id(uri) != CK_UNAVAILABLE_INFORMATION;
}

static cihsm_status format(P11KitUri *uri, char **out, cihsm_error *err)
{
    char *made = NULL;
    if (p11_kit_uri_format(uri, P11_KIT_URI_FOR_OBJECT_ON_TOKEN, &made) != P11_KIT_URI_OK) {
        return cihsm_fail_memory(err);
    }
    text_free(out);
    *out = made;
    return CIHSM_OK;
}

cihsm_status pkcs11_uri_of_token(const CK_TOKEN_INFO *info, char **out, cihsm_error *err)
{
    CIHSM_AUTO(p11_uri_cleanup) P11KitUri *uri = p11_kit_uri_new();
    if (uri == NULL) {
        return cihsm_fail_memory(err);
    }
    *p11_kit_uri_get_token_info(uri) = *info;
    return format(uri, out, err);
}

cihsm_status pkcs11_uri_of_token_short(const CK_TOKEN_INFO *info, char **out, cihsm_error *err)
{
    CK_TOKEN_INFO some = *info;
    some.manufacturerID[0] = '\0'; /* p11-kit leaves such fields out */
    some.model[0] = '\0';
    return pkcs11_uri_of_token(&some, out, err);
}

cihsm_status pkcs11_uri_of_slot(CK_SLOT_ID slot, char **out, cihsm_error *err)
{
    return text_format(out, err, "pkcs11:slot-id=%lu", slot);
}

static bool set_attribute(P11KitUri *uri, const CK_ATTRIBUTE *from)
{
    CK_ATTRIBUTE copy = {0};
    if (from == NULL) {
        return true;
    }
    copy = *from;
    return p11_kit_uri_set_attribute(uri, &copy) == P11_KIT_URI_OK;
}

static cihsm_status uri_of_object(const CK_TOKEN_INFO *info, CK_OBJECT_CLASS class,
                                  const CK_ATTRIBUTE *id, const CK_ATTRIBUTE *label, char **out,
                                  cihsm_error *err)
{
    CIHSM_AUTO(p11_uri_cleanup) P11KitUri *uri = p11_kit_uri_new();
    if (uri == NULL) {
        return cihsm_fail_memory(err);
    }
    if (info != NULL) {
        *p11_kit_uri_get_token_info(uri) = *info;
    }
    const CK_ATTRIBUTE type = {CKA_CLASS, &class, sizeof class};
    if (!set_attribute(uri, &type) || !set_attribute(uri, id) || !set_attribute(uri, label)) {
        return cihsm_fail_memory(err);
    }
    return format(uri, out, err);
}

cihsm_status pkcs11_uri_of_key(const CK_TOKEN_INFO *info, const CK_ATTRIBUTE *id,
                               const CK_ATTRIBUTE *label, char **out, cihsm_error *err)
{
    return uri_of_object(info, CKO_PRIVATE_KEY, id, label, out, err);
}

cihsm_status pkcs11_uri_of_certificate(const CK_TOKEN_INFO *info, const CK_ATTRIBUTE *id,
                                       const CK_ATTRIBUTE *label, char **out, cihsm_error *err)
{
    return uri_of_object(info, CKO_CERTIFICATE, id, label, out, err);
}
