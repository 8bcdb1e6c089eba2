/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/subject_types.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

#include <openssl/err.h>

#include "base/error.h"

typedef struct subject_type {
    const char *name;
    int nid;
} subject_type;

/* OpenSSL's own table also knows algorithms and extensions, so it cannot be asked by name. */
static const subject_type TYPES[] = {
    {"CN", NID_commonName},
    {"commonName", NID_commonName},
    {"O", NID_organizationName},
    {"organizationName", NID_organizationName},
    {"OU", NID_organizationalUnitName},
    {"organizationalUnitName", NID_organizationalUnitName},
    {"C", NID_countryName},
    {"countryName", NID_countryName},
    {"ST", NID_stateOrProvinceName},
    {"S", NID_stateOrProvinceName},
    {"stateOrProvinceName", NID_stateOrProvinceName},
    {"L", NID_localityName},
    {"localityName", NID_localityName},
    {"STREET", NID_streetAddress},
    {"streetAddress", NID_streetAddress},
    {"postalCode", NID_postalCode},
    {"DC", NID_domainComponent},
    {"domainComponent", NID_domainComponent},
    {"UID", NID_userId},
    {"userId", NID_userId},
    {"E", NID_pkcs9_emailAddress},
    {"emailAddress", NID_pkcs9_emailAddress},
    {"serialNumber", NID_serialNumber},
    {"SN", NID_surname},
    {"surname", NID_surname},
    {"GN", NID_givenName},
    {"givenName", NID_givenName},
    {"initials", NID_initials},
    {"title", NID_title},
    {"name", NID_name},
    {"pseudonym", NID_pseudonym},
    {"generationQualifier", NID_generationQualifier},
    {"dnQualifier", NID_dnQualifier},
    {"description", NID_description},
    {"businessCategory", NID_businessCategory},
    {"organizationIdentifier", NID_organizationIdentifier},
};

bool subject_type_is_dotted(const char *oid)
{
    size_t arcs = 0;
    for (const char *at = oid;; at++) {
        const size_t digits = strspn(at, "0123456789");
        at += digits;
        arcs++;
        if (digits == 0 || (*at != '.' && *at != '\0')) {
            return false;
        }
        if (*at == '\0') {
            return arcs >= 2;
        }
    }
}

static cihsm_status find_oid(const char *oid, ASN1_OBJECT **out, cihsm_error *err)
{
    ERR_set_mark();
    *out = subject_type_is_dotted(oid) ? OBJ_txt2obj(oid, 1) : NULL;
    ERR_pop_to_mark();
    if (*out == NULL) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE, "subject: \"%.60s\" is no valid OID", oid);
    }
    return CIHSM_OK;
}

cihsm_status subject_type_find(const char *name, ASN1_OBJECT **out, cihsm_error *err)
{
    const char *oid = strncasecmp(name, "OID.", 4) == 0 ? name + 4 : name;
    if (*oid >= '0' && *oid <= '9') {
        return find_oid(oid, out, err);
    }
    for (size_t i = 0; i < sizeof TYPES / sizeof *TYPES; i++) {
        if (strcasecmp(name, TYPES[i].name) == 0) {
            *out = OBJ_nid2obj(TYPES[i].nid); /* static, freeing it does nothing */
            return CIHSM_OK;
        }
    }
    return cihsm_fail_plain(err, CIHSM_E_USAGE,
                            "subject: unknown attribute type \"%.60s\"; use CN, O, OU, C, ST, L, "
                            "DC, UID, emailAddress, serialNumber or a dotted OID",
                            name);
}
