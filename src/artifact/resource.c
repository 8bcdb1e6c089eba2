/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files in an artifact: read below it, written through its $links.
 */
#include "cihsm/artifact_resource.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "artifact/request.h"
#include "base/error.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "integration/artifact_type.h"

static const char SET[] = "Resources";

/* --- types ----------------------------------------------------------------------------------- */

typedef struct ending {
    const char *text;
    const char *type; /* ResourceType */
} ending;

static const ending ENDINGS[] = {
    {".edmx", "edmx"}, {".groovy", "groovy"}, {".gsh", "groovy"},  {".jar", "jar"},
    {".js", "js"},     {".mmap", "mmap"},     {".opmap", "opmap"}, {".wsdl", "wsdl"},
    {".xsd", "xsd"},   {".xslt", "xslt"},     {".xsl", "xslt"},
};

enum { ENDING_COUNT = sizeof ENDINGS / sizeof *ENDINGS };

const char *cihsm_artifact_resource_type(const char *name)
{
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; dot != NULL && i < ENDING_COUNT; i++) {
        if (strcasecmp(dot, ENDINGS[i].text) == 0) {
            return ENDINGS[i].type;
        }
    }
    return NULL;
}

static bool is_type(const char *type)
{
    for (size_t i = 0; i < ENDING_COUNT; i++) {
        if (strcmp(type, ENDINGS[i].type) == 0) {
            return true;
        }
    }
    return false;
}

static cihsm_status find_type(const cihsm_artifact_resource *of, const char **out, cihsm_error *err)
{
    static const char KNOWN[] = "edmx, groovy, jar, js, mmap, opmap, wsdl, xsd and xslt";
    *out = of->type == NULL ? cihsm_artifact_resource_type(of->name) : of->type;
    if (*out == NULL) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE,
                                "\"%.120s\" does not end like a resource of a known type, so name "
                                "the type: there are %s",
                                of->name, KNOWN);
    }
    return is_type(*out) ? CIHSM_OK
                         : cihsm_fail_plain(err, CIHSM_E_USAGE,
                                            "there is no type of resources \"%.60s\": there are "
                                            "%s",
                                            *out, KNOWN);
}

/* --- paths ----------------------------------------------------------------------------------- */

static cihsm_status check_artifact(const cihsm_artifact *artifact, cihsm_error *err)
{
    const artifact_type *type = artifact_type_of(artifact->type);
    return type->has_resources
               ? CIHSM_OK
               : cihsm_fail_plain(
                     err, CIHSM_E_USAGE,
                     "artifacts of the type %s have no resources that the tenant documents: those "
                     "of the types flow, message-mapping and script-collection have",
                     type->name);
}

/* Resources(Name='…',ResourceType='…'), below what is put before. */
static cihsm_status entity(const cihsm_artifact_resource *of, const char *before, const char *rest,
                           char out[CIHSM_PATH_SIZE], cihsm_error *err)
{
    char set[sizeof "$links/Resources"];
    const char *type = NULL;
    CIHSM_TRY(check_artifact(of->artifact, err));
    if (of->name[0] == '\0') {
        return cihsm_fail_plain(err, CIHSM_E_USAGE, "the name of the resource is empty");
    }
    CIHSM_TRY(find_type(of, &type, err));
    const cihsm_path_key keys[] = {{"Name", of->name}, {"ResourceType", type}};
    char below[CIHSM_PATH_SIZE];
    snprintf(set, sizeof set, "%s%s", before, SET);
    CIHSM_TRY(cihsm_path_entity_of(set, keys, 2, rest, below, err));
    return cihsm_artifact_path(of->artifact, below, out, err);
}

cihsm_status cihsm_artifact_resource_list_path(const cihsm_artifact *artifact,
                                               char out[CIHSM_PATH_SIZE], cihsm_error *err)
{
    cihsm_error_clear(err);
    CIHSM_TRY(check_artifact(artifact, err));
    return cihsm_artifact_path(artifact, SET, out, err);
}

cihsm_status cihsm_artifact_resource_path(const cihsm_artifact_resource *resource, const char *rest,
                                          char out[CIHSM_PATH_SIZE], cihsm_error *err)
{
    cihsm_error_clear(err);
    return entity(resource, "", rest, out, err);
}

/* --- writes ---------------------------------------------------------------------------------- */

static cihsm_status begin(const cihsm_artifact_resource *of, const char *method, bool has_body,
                          cihsm_artifact_write **out, cihsm_error *err)
{
    const artifact_type *type = artifact_type_of(of->artifact->type);
    CIHSM_TRY(check_artifact(of->artifact, err));
    if (!type->takes_resources) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE,
                                "the tenant documents no way to write one resource of a %s: "
                                "\"cihsm artifact update\" replaces all of it",
                                type->title);
    }
    return request_begin(method, has_body, out, err);
}

static cihsm_status set_content(cihsm_artifact_write *to, const void *bytes, size_t len,
                                cihsm_error *err)
{
    if (len > CIHSM_ARTIFACT_RESOURCE_MAX) {
        return cihsm_fail_plain(err, CIHSM_E_LIMIT,
                                "the resource has %zu bytes, and a request takes %zu at most", len,
                                CIHSM_ARTIFACT_RESOURCE_MAX);
    }
    return cihsm_value_set_bytes(to->value, "ResourceContent", bytes, len, err);
}

cihsm_status cihsm_artifact_resource_add(const cihsm_artifact_resource *resource, const void *bytes,
                                         size_t len, cihsm_artifact_write **out, cihsm_error *err)
{
    cihsm_error_clear(err);
    char path[CIHSM_PATH_SIZE];
    const char *type = NULL;
    CIHSM_AUTO(cihsm_artifact_write_free) cihsm_artifact_write *write = NULL;
    CIHSM_TRY(begin(resource, "POST", true, &write, err));
    CIHSM_TRY(entity(resource, "", NULL, path, err));
    CIHSM_TRY(cihsm_query_check(path, NULL, err)); /* else it could never be read */
    CIHSM_TRY(find_type(resource, &type, err));
    CIHSM_TRY(cihsm_artifact_path(resource->artifact, SET, write->path, err));
    CIHSM_TRY(cihsm_value_set_string(write->value, "Name", resource->name, err));
    CIHSM_TRY(cihsm_value_set_string(write->value, "ResourceType", type, err));
    if (resource->referenced_type != NULL) {
        CIHSM_TRY(cihsm_value_set_string(write->value, "ReferencedResourceType",
                                         resource->referenced_type, err));
    }
    CIHSM_TRY(set_content(write, bytes, len, err));
    *out = CIHSM_MOVE(write);
    return CIHSM_OK;
}

/* A write to one that is there. */
static cihsm_status begin_link(const cihsm_artifact_resource *of, const char *method, bool has_body,
                               cihsm_artifact_write **out, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_artifact_write_free) cihsm_artifact_write *write = NULL;
    CIHSM_TRY(begin(of, method, has_body, &write, err));
    CIHSM_TRY(entity(of, "$links/", NULL, write->path, err));
    if (of->referenced_type != NULL) {
        CIHSM_TRY(request_add_parameter(write, "ReferencedResourceType", of->referenced_type, false,
                                        err));
    }
    *out = CIHSM_MOVE(write);
    return CIHSM_OK;
}

cihsm_status cihsm_artifact_resource_update(const cihsm_artifact_resource *resource,
                                            const void *bytes, size_t len,
                                            cihsm_artifact_write **out, cihsm_error *err)
{
    cihsm_error_clear(err);
    CIHSM_AUTO(cihsm_artifact_write_free) cihsm_artifact_write *write = NULL;
    CIHSM_TRY(begin_link(resource, "PUT", true, &write, err));
    CIHSM_TRY(set_content(write, bytes, len, err));
    *out = CIHSM_MOVE(write);
    return CIHSM_OK;
}

cihsm_status cihsm_artifact_resource_delete(const cihsm_artifact_resource *resource,
                                            cihsm_artifact_write **out, cihsm_error *err)
{
    cihsm_error_clear(err);
    return begin_link(resource, "DELETE", false, out, err);
}
