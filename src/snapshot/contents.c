/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The contents of the artifacts, several at a time: each is unpacked beside the folder and then
 * takes its place.
 *
 * Source: docs/sap-contract.md section 7.2.
 */
#include <string.h>
#include <strings.h>

#include "archive/unpack.h"
#include "base/error.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "odata/media.h"
#include "odata/page.h"
#include "odata/tidy.h"
#include "snapshot/digest.h"
#include "snapshot/job.h"
#include "snapshot/stable.h"

#define FILE_MODE 0644
#define NO_CONTENT 204
#define FORBIDDEN 403

/* --- what is known already ------------------------------------------------------------------- */

static const char *version_of(const snapshot_item *item)
{
    return cihsm_value_get_string(item->entity, "Version");
}

static bool is_draft(const snapshot_item *item)
{
    const char *version = version_of(item);
    return version != NULL && strcasecmp(version, "active") == 0;
}

static bool is_configure_only(const cihsm_snapshot *of, const snapshot_item *item)
{
    return of->packages[item->package].is_configure_only;
}

/* A version alone tells little: an upload can replace the content and keep it. */
static bool is_known(const cihsm_snapshot *of, const snapshot_item *item,
                     const snapshot_entry *entry)
{
    const char *modified = cihsm_value_get_string(item->entity, "ModifiedAt");
    const bool is_told = modified != NULL && *modified != '\0';
    return entry != NULL && !is_configure_only(of, item) &&
           text_equal(entry->version, version_of(item)) && text_equal(entry->modified, modified) &&
           (is_told || (!entry->is_before && !is_draft(item)));
}

static cihsm_status note(const cihsm_snapshot *of, const snapshot_item *item, char *path,
                         const char *digest, cihsm_error *err)
{
    CIHSM_AUTO(text_free) char *version = NULL;
    CIHSM_AUTO(text_free) char *modified = NULL;
    CIHSM_TRY(text_set(&version, version_of(item), err));
    CIHSM_TRY(text_set(&modified, cihsm_value_get_string(item->entity, "ModifiedAt"), err));
    snapshot_entry entry = {.path = path, .version = version, .modified = modified};
    memcpy(entry.digest, digest, strlen(digest) + 1);
    return snapshot_ledger_note(&of->ledger, &entry, err);
}

/* Its folder may have been changed meanwhile, by another branch for example. */
static cihsm_status skip_known(cihsm_snapshot *of, const snapshot_item *item, bool *is_done,
                               cihsm_error *err)
{
    char digest[SNAPSHOT_DIGEST_SIZE];
    CIHSM_AUTO(text_free) char *path = NULL;
    CIHSM_AUTO(text_free) char *whole = NULL;
    CIHSM_TRY(snapshot_item_path(of, item, &path, err));
    const snapshot_entry *entry = snapshot_ledger_find(&of->ledger, path);
    *is_done = false;
    if (!is_known(of, item, entry) || !snapshot_folder_has(of->folder, path, "artifact.json")) {
        return CIHSM_OK;
    }
    CIHSM_TRY(snapshot_folder_path(of->folder, path, &whole, err));
    CIHSM_TRY(snapshot_digest(whole, digest, err));
    *is_done = strcmp(digest, entry->digest) == 0;
    if (!*is_done) {
        return CIHSM_OK;
    }
    of->report.unchanged++;
    return note(of, item, path, digest, err);
}

/* --- taking its place ------------------------------------------------------------------------ */

static cihsm_status write_value(const cihsm_snapshot *of, const char *name,
                                const cihsm_value *value, cihsm_error *err)
{
    CIHSM_AUTO(text_free) char *path = NULL;
    CIHSM_TRY(text_format(&path, err, "%s/%s", of->folder->made, name));
    return cihsm_value_save(value, path, FILE_MODE, err);
}

static cihsm_status write_properties(const cihsm_snapshot *of, const snapshot_item *item,
                                     cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *stable = NULL;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *whole = cihsm_value_copy(item->entity);
    if (whole == NULL) {
        return cihsm_fail_memory(err);
    }
    CIHSM_TRY(cihsm_value_set_string(whole, "Type", cihsm_artifact_type_name(item->type), err));
    CIHSM_TRY(snapshot_stable(whole, &stable, err));
    return write_value(of, "artifact.json", stable, err);
}

static cihsm_status count_change(cihsm_snapshot *of, const snapshot_item *item,
                                 snapshot_change change, cihsm_error *err)
{
    switch (change) {
    case SNAPSHOT_NEW:
        of->report.added++;
        return snapshot_add_item_row(of, item, "new", NULL, err);
    case SNAPSHOT_CHANGED:
        of->report.changed++;
        return snapshot_add_item_row(of, item, "changed", NULL, err);
    case SNAPSHOT_SAME:
        break;
    }
    of->report.unchanged++;
    return CIHSM_OK;
}

/* The folder in the making has all but the properties. */
static cihsm_status commit(cihsm_snapshot *of, const snapshot_item *item, cihsm_error *err)
{
    char digest[SNAPSHOT_DIGEST_SIZE];
    snapshot_change change = SNAPSHOT_SAME;
    CIHSM_AUTO(text_free) char *path = NULL;
    CIHSM_TRY(write_properties(of, item, err));
    CIHSM_TRY(snapshot_digest(of->folder->made, digest, err));
    CIHSM_TRY(snapshot_item_path(of, item, &path, err));
    CIHSM_TRY(snapshot_folder_commit(of->folder, path, digest, &change, err));
    CIHSM_TRY(count_change(of, item, change, err));
    return note(of, item, path, digest, err);
}

/* --- answers --------------------------------------------------------------------------------- */

static cihsm_status note_failure(cihsm_snapshot *of, const snapshot_item *item, const char *reason,
                                 cihsm_error *err)
{
    of->report.failed++;
    return snapshot_add_item_row(of, item, "not-read", reason, err);
}

static cihsm_status unpack(const cihsm_snapshot *of, const http_response *response,
                           cihsm_error *err)
{
    CIHSM_AUTO(text_free) char *content = NULL;
    CIHSM_TRY(text_format(&content, err, "%s/content", of->folder->made));
    CIHSM_TRY(unpack_into(response->body.data, response->body.len, content, err));
    CIHSM_TRY(snapshot_stable_content(content, err));
    char digest[SNAPSHOT_DIGEST_SIZE];
    return snapshot_digest(content, digest, err);
}

static cihsm_status take_zip(cihsm_snapshot *of, const snapshot_item *item,
                             const http_response *response, cihsm_error *err)
{
    cihsm_error why = {0};
    if (odata_media_of(response) == ODATA_MEDIA_HTML) {
        return cihsm_fail_plain(err, CIHSM_E_PROTOCOL,
                                "the tenant answers with an HTML page instead of a zip, perhaps a "
                                "login page; check that the url of the service key is the API host "
                                "of plan api");
    }
    if (response->status == NO_CONTENT || response->body.len == 0) {
        return note_failure(of, item, "the tenant gives no content", err);
    }
    of->report.downloaded++;
    of->progress.artifacts++;
    of->progress.bytes += response->body.len;
    CIHSM_TRY(snapshot_folder_begin(of->folder, err));
    if (unpack(of, response, &why) == CIHSM_OK) {
        return commit(of, item, err);
    }
    snapshot_folder_discard(of->folder);
    return why.status == CIHSM_E_PROTOCOL
               ? note_failure(of, item, why.message, err)
               : cihsm_fail(err, why.status, why.origin, why.native, "%s", why.message);
}

static cihsm_status take_parameters(cihsm_snapshot *of, const snapshot_item *item,
                                    const http_response *response, cihsm_error *err)
{
    CIHSM_AUTO(odata_page_free) odata_page page = {0};
    CIHSM_AUTO(cihsm_value_free) cihsm_value *parameters = NULL;
    CIHSM_TRY(odata_page_parse(response, ODATA_WANT_ENTRIES, &page, err));
    if (page.kind != CIHSM_RESULT_COLLECTION || page.next != NULL) {
        return note_failure(of, item, "the tenant gives no list of parameters, or a part", err);
    }
    CIHSM_TRY(odata_tidy(page.value, "Configurations", &of->service->types, err));
    CIHSM_TRY(snapshot_stable_list(page.value, "ParameterKey", &parameters, err));
    CIHSM_TRY(snapshot_folder_begin(of->folder, err));
    CIHSM_TRY(write_value(of, "configuration.json", parameters, err));
    return commit(of, item, err);
}

/* --- requests -------------------------------------------------------------------------------- */

static cihsm_status take(void *user, size_t job, const http_response *response, cihsm_error *err)
{
    cihsm_snapshot *of = user;
    const snapshot_item *item = &of->items[job];
    return is_configure_only(of, item) ? take_parameters(of, item, response, err)
                                       : take_zip(of, item, response, err);
}

/* Who may list artifacts may download them: where one is refused, it is about that one. */
static cihsm_status fail(void *user, size_t job, const cihsm_error *why, cihsm_error *err)
{
    cihsm_snapshot *of = user;
    const bool is_forbidden = why->origin == CIHSM_FROM_HTTP && why->native == FORBIDDEN;
    return snapshot_is_fatal(why) && !is_forbidden
               ? cihsm_fail(err, why->status, why->origin, why->native, "%s", why->message)
               : note_failure(of, &of->items[job], why->message, err);
}

static cihsm_status ask_content(cihsm_snapshot *of, const snapshot_item *item,
                                char path[CIHSM_PATH_SIZE], cihsm_error *err)
{
    bool is_done = false;
    const cihsm_artifact artifact = {.type = item->type, .id = item->name.id};
    if (is_draft(item) && of->options.leaves_out_drafts) {
        return snapshot_add_item_row(of, item, "not-read", "a draft: it has no version yet", err);
    }
    CIHSM_TRY(skip_known(of, item, &is_done, err));
    return is_done ? CIHSM_OK : cihsm_artifact_path(&artifact, "$value", path, err);
}

/* Of what can only be configured there are the properties, and of flows the parameters. */
static cihsm_status ask_parameters(cihsm_snapshot *of, const snapshot_item *item,
                                   char path[CIHSM_PATH_SIZE], cihsm_error *err)
{
    const cihsm_artifact artifact = {.type = item->type, .id = item->name.id};
    if (item->type == CIHSM_ARTIFACT_FLOW) {
        return cihsm_artifact_path(&artifact, "Configurations", path, err);
    }
    CIHSM_TRY(snapshot_folder_begin(of->folder, err));
    return commit(of, item, err);
}

static cihsm_status ask(void *user, size_t job, char path[CIHSM_PATH_SIZE], cihsm_error *err)
{
    cihsm_snapshot *of = user;
    const snapshot_item *item = &of->items[job];
    *path = '\0';
    if (!item->is_wanted) {
        return CIHSM_OK;
    }
    of->report.artifacts++;
    of->report.drafts += is_draft(item) ? 1 : 0;
    return is_configure_only(of, item) ? ask_parameters(of, item, path, err)
                                       : ask_content(of, item, path, err);
}

static void tell(void *user, size_t done)
{
    cihsm_snapshot *of = user;
    snapshot_tell(of, done, of->item_count);
}

cihsm_status snapshot_read_contents(cihsm_snapshot *of, cihsm_error *err)
{
    const snapshot_work work = {
        .count = of->item_count, .ask = ask, .take = take, .fail = fail, .tell = tell, .user = of};
    return snapshot_engine_run(&of->engine, &work, err);
}
