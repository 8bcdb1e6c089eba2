/* SPDX-License-Identifier: Apache-2.0 */
#include "client/typing.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "client/metadata_file.h"
#include "integration/catalogue.h"
#include "odata/metadata.h"

/* Read at most once. */
typedef struct kept {
    pthread_mutex_t lock;
    bool was_read;
    cihsm_metadata *metadata; /* NULL: nothing; not changed once it was read */
} kept;

struct typing {
    const integration_catalogue *catalogue;
    char *folder;
    char *root;
    kept *kept;
};

static const cihsm_metadata *metadata_of(const typing *of)
{
    pthread_mutex_lock(&of->kept->lock);
    if (!of->kept->was_read) {
        of->kept->was_read =
            metadata_file_read(of->folder, of->root, &of->kept->metadata, NULL) == CIHSM_OK;
    }
    const cihsm_metadata *metadata = of->kept->metadata;
    pthread_mutex_unlock(&of->kept->lock);
    return metadata;
}

static const char *type_of(const void *user, const char *owner, const char *property)
{
    const typing *of = user;
    const char *type = integration_property_type(of->catalogue, owner, property);
    if (type != NULL || of->folder == NULL) {
        return type;
    }
    const cihsm_metadata *metadata = metadata_of(of);
    return metadata == NULL ? NULL : odata_metadata_property_type(metadata, owner, property);
}

odata_types typing_types(const typing *of)
{
    return (odata_types){.type_of = type_of, .user = of};
}

static cihsm_status kept_new(kept **out, cihsm_error *err)
{
    *out = calloc(1, sizeof **out);
    if (*out == NULL) {
        return cihsm_fail_memory(err);
    }
    pthread_mutex_init(&(*out)->lock, NULL);
    return CIHSM_OK;
}

cihsm_status typing_new(const char *folder, const char *root, typing **out, cihsm_error *err)
{
    CIHSM_AUTO(typing_free) typing *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return cihsm_fail_memory(err);
    }
    CIHSM_TRY(kept_new(&made->kept, err));
    CIHSM_TRY(text_set(&made->folder, folder, err));
    CIHSM_TRY(text_set(&made->root, root, err));
    CIHSM_TRY(integration_catalogue_get(&made->catalogue, err));
    *out = CIHSM_MOVE(made);
    return CIHSM_OK;
}

void typing_free(typing **of)
{
    if (of == NULL || *of == NULL) {
        return;
    }
    if ((*of)->kept != NULL) {
        cihsm_metadata_free(&(*of)->kept->metadata);
        pthread_mutex_destroy(&(*of)->kept->lock);
        free((*of)->kept);
    }
    text_free(&(*of)->folder);
    text_free(&(*of)->root);
    free(*of);
    *of = NULL;
}
