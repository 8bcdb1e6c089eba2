/* SPDX-License-Identifier: Apache-2.0 */
#include "odata/metadata.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "odata/edmx.h"
#include "odata/edmx_link.h"
#include "odata/names.h"

struct cihsm_metadata {
    cihsm_value *digest;
    odata_names sets;
    odata_names types;
};

cihsm_status odata_metadata_new(cihsm_value **digest, cihsm_metadata **out, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_metadata_free) cihsm_metadata *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return cihsm_fail_memory(err);
    }
    made->digest = CIHSM_MOVE(*digest);
    CIHSM_TRY(odata_names_make(cihsm_value_get(made->digest, "sets"), &made->sets, err));
    CIHSM_TRY(odata_names_make(cihsm_value_get(made->digest, "types"), &made->types, err));
    if (made->sets.count == 0) {
        return cihsm_fail_plain(err, CIHSM_E_PROTOCOL,
                                "the metadata declares no entity set; \"cihsm metadata --raw\" "
                                "shows it");
    }
    *out = CIHSM_MOVE(made);
    return CIHSM_OK;
}

cihsm_status cihsm_metadata_parse(const char *xml, size_t len, cihsm_metadata **out,
                                  cihsm_error *err)
{
    cihsm_error_clear(err);
    CIHSM_AUTO(cihsm_value_free) cihsm_value *digest = NULL;
    CIHSM_TRY(odata_edmx_read(xml, len, &digest, err));
    CIHSM_TRY(edmx_link(digest, err));
    return odata_metadata_new(&digest, out, err);
}

cihsm_status odata_metadata_stamp(cihsm_metadata *metadata, const char *root,
                                  const char *fetched_at, cihsm_error *err)
{
    CIHSM_TRY(cihsm_value_set_number(metadata->digest, "format", ODATA_METADATA_FORMAT, err));
    CIHSM_TRY(cihsm_value_set_string(metadata->digest, "root", root, err));
    return cihsm_value_set_string(metadata->digest, "fetchedAt", fetched_at, err);
}

const char *cihsm_metadata_fetched_at(const cihsm_metadata *metadata)
{
    return cihsm_value_get_string(metadata->digest, "fetchedAt");
}

const cihsm_value *odata_metadata_digest(const cihsm_metadata *metadata)
{
    return metadata->digest;
}

const cihsm_value *odata_metadata_set(const cihsm_metadata *metadata, const char *name)
{
    return odata_names_find(&metadata->sets, name);
}

const cihsm_value *odata_metadata_type(const cihsm_metadata *metadata, const char *name)
{
    return odata_names_find(&metadata->types, name);
}

static const char *own_property_type(const cihsm_value *type, const char *property)
{
    const cihsm_value *one = cihsm_value_first(cihsm_value_get(type, "properties"));
    while (one != NULL && !text_equal(cihsm_value_get_string(one, "name"), property)) {
        one = cihsm_value_next(one);
    }
    return cihsm_value_get_string(one, "type");
}

const char *odata_metadata_property_type(const void *metadata, const char *owner,
                                         const char *property)
{
    const cihsm_value *set = odata_metadata_set(metadata, owner);
    const char *name = set == NULL ? owner : cihsm_value_get_string(set, "type");
    const char *found = NULL;
    for (int i = 0; i < ODATA_BASES_MAX && name != NULL && found == NULL; i++) {
        const cihsm_value *type = odata_metadata_type(metadata, name);
        found = own_property_type(type, property);
        name = cihsm_value_get_string(type, "base");
    }
    return found;
}

void cihsm_metadata_free(cihsm_metadata **metadata)
{
    if (metadata == NULL || *metadata == NULL) {
        return;
    }
    odata_names_free(&(*metadata)->sets);
    odata_names_free(&(*metadata)->types);
    cihsm_value_free(&(*metadata)->digest);
    free(*metadata);
    *metadata = NULL;
}
