/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/message_list.h"

#include "cli/message_options.h"
#include "cli/report.h"

enum { PAGE_MAX = 1000 }; /* entries that a server gives at once */

/* The entries of the present page, one more than the limit to know that there is one. */
static cihsm_status take_page(cihsm_result *result, int64_t limit, int64_t *count,
                              cli_entry_fn take, void *user, cihsm_error *err)
{
    for (;;) {
        const cihsm_value *entry = NULL;
        CLI_TRY(cihsm_result_entry(result, &entry, err));
        if (entry == NULL) {
            return CIHSM_OK;
        }
        ++*count;
        if (limit > 0 && *count > limit) {
            return CIHSM_OK;
        }
        CLI_TRY(take(user, entry, err));
    }
}

cihsm_status cli_each_entry(cihsm_client *client, const char *path, const cihsm_query *query,
                            int64_t limit, cli_entry_fn take, void *user, bool *has_more,
                            cihsm_error *err)
{
    cihsm_query asked = *query;
    if (limit > 0 && limit < PAGE_MAX) {
        asked.top = limit + 1;
    }
    CIHSM_AUTO(cihsm_result_free) cihsm_result *result = NULL;
    CLI_TRY(cihsm_client_stream(client, path, &asked, NULL, &result, err));
    if (cihsm_result_what(result) != CIHSM_RESULT_COLLECTION) {
        return cli_fail(err, CIHSM_E_PROTOCOL, "%s is answered by something that is no list", path);
    }
    int64_t count = 0;
    CLI_TRY(take_page(result, limit, &count, take, user, err));
    while ((limit == 0 || count <= limit) && cihsm_result_has_more(result)) {
        CLI_TRY(cihsm_result_next(result, err));
        CLI_TRY(take_page(result, limit, &count, take, user, err));
    }
    if (has_more != NULL) {
        *has_more = limit > 0 && count > limit;
    }
    return CIHSM_OK;
}

static cihsm_status keep(void *user, const cihsm_value *entry, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *copy = cihsm_value_copy(entry);
    if (copy == NULL) {
        return cli_fail(err, CIHSM_E_NO_MEMORY, "out of memory");
    }
    return cihsm_value_append(user, &copy, err);
}

cihsm_status cli_read_list(cihsm_client *client, const char *path, cihsm_value **out,
                           cihsm_error *err)
{
    static const cihsm_query ALL = CIHSM_QUERY_INIT;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *list = cihsm_value_new_array();
    if (list == NULL) {
        return cli_fail(err, CIHSM_E_NO_MEMORY, "out of memory");
    }
    CLI_TRY(cli_each_entry(client, path, &ALL, 0, keep, list, NULL, err));
    *out = CIHSM_MOVE(list);
    return CIHSM_OK;
}

cihsm_status cli_explain_missing(cihsm_status status, const char *what, const char *id,
                                 cihsm_error *err)
{
    if (status != CIHSM_E_NOT_FOUND) {
        return status;
    }
    const cihsm_error said = *err;
    *err = (cihsm_error){0};
    (void)cli_fail(err, status,
                   "the tenant has no %s \"%.80s\" (a wrong id, older than the logs are kept, or "
                   "hidden by an access policy): %.300s",
                   what, id, said.message);
    err->origin = said.origin;
    err->native = said.native;
    return status;
}

cihsm_status cli_read_below_message(cihsm_client *client, const char *id, const char *navigation,
                                    cihsm_value **out, cihsm_error *err)
{
    char path[CIHSM_PATH_SIZE];
    CLI_TRY(cihsm_path_entity(CLI_MESSAGE_SET, id, navigation, path, err));
    return cli_explain_missing(cli_read_list(client, path, out, err), "message", id, err);
}
