/* SPDX-License-Identifier: Apache-2.0 */
#include "odata/edmx_link.h"

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "odata/names.h"

enum { ENDS = 2 }; /* of an association, by its definition */

typedef struct links {
    odata_names associations;
    odata_names sets;
} links;

static void links_free(links *of)
{
    odata_names_free(&of->associations);
    odata_names_free(&of->sets);
}

static const cihsm_value *end_of(const odata_names *in, const char *relationship, const char *role)
{
    const cihsm_value *ends = cihsm_value_get(odata_names_find(in, relationship), "ends");
    const cihsm_value *end = cihsm_value_first(ends);
    for (int i = 0; i < ENDS && end != NULL; i++, end = cihsm_value_next(end)) {
        if (text_equal(cihsm_value_get_string(end, "name"), role)) {
            return end;
        }
    }
    return NULL;
}

static cihsm_status copy(const cihsm_value *from, const char *name, cihsm_value *to, const char *as,
                         cihsm_error *err)
{
    const char *text = cihsm_value_get_string(from, name);
    return text == NULL ? CIHSM_OK : cihsm_value_set_string(to, as, text, err);
}

static cihsm_status link_one(const links *by, cihsm_value *navigation, cihsm_error *err)
{
    cihsm_value *relationship = json_get(navigation, "relationship");
    cihsm_value *role = json_get(navigation, "role");
    const char *name = cihsm_value_string(relationship);
    const cihsm_value *end = end_of(&by->associations, name, cihsm_value_string(role));
    const cihsm_value *set_end = end_of(&by->sets, name, cihsm_value_string(role));
    CIHSM_TRY(copy(end, "type", navigation, "target", err));
    CIHSM_TRY(copy(end, "multiplicity", navigation, "multiplicity", err));
    CIHSM_TRY(copy(set_end, "set", navigation, "set", err));
    json_remove(navigation, relationship);
    json_remove(navigation, role);
    return CIHSM_OK;
}

static void drop(cihsm_value *document, const char *name)
{
    cihsm_value *member = json_get(document, name);
    if (member != NULL) {
        json_remove(document, member);
    }
}

cihsm_status edmx_link(cihsm_value *document, cihsm_error *err)
{
    CIHSM_AUTO(links_free) links by = {{0}, {0}};
    CIHSM_TRY(odata_names_make(json_get(document, "associations"), &by.associations, err));
    CIHSM_TRY(odata_names_make(json_get(document, "associationSets"), &by.sets, err));
    cihsm_value *type = json_first(json_get(document, "types"));
    for (; type != NULL; type = json_next(type)) {
        cihsm_value *navigation = json_first(json_get(type, "navigations"));
        for (; navigation != NULL; navigation = json_next(navigation)) {
            CIHSM_TRY(link_one(&by, navigation, err));
        }
    }
    drop(document, "associations");
    drop(document, "associationSets");
    return CIHSM_OK;
}
