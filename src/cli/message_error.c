/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/message_error.h"

#include <string.h>

#include "cli/message_list.h"
#include "cli/message_options.h"
#include "cli/report.h"

cihsm_status cli_check_message_id(const char *id, cihsm_error *err)
{
    char path[CIHSM_PATH_SIZE];
    CLI_TRY(cihsm_path_entity(CLI_MESSAGE_SET, id, NULL, path, err));
    return cihsm_query_check(path, NULL, err);
}

cihsm_status cli_read_message(cihsm_client *client, const char *id, const char *expand,
                              cihsm_value **out, cihsm_error *err)
{
    char path[CIHSM_PATH_SIZE];
    cihsm_query query = CIHSM_QUERY_INIT;
    query.expand = expand;
    CIHSM_AUTO(cihsm_result_free) cihsm_result *result = NULL;
    CLI_TRY(cihsm_path_entity(CLI_MESSAGE_SET, id, NULL, path, err));
    CLI_TRY(cli_explain_missing(cihsm_client_get(client, path, &query, &result, err), "message", id,
                                err));
    if (cihsm_result_what(result) != CIHSM_RESULT_ENTITY) {
        return cli_fail(err, CIHSM_E_PROTOCOL, "%.200s is answered by something that is no entry",
                        path);
    }
    *out = cihsm_value_copy(cihsm_result_value(result));
    return *out == NULL ? cli_fail(err, CIHSM_E_NO_MEMORY, "out of memory") : CIHSM_OK;
}

bool cli_can_have_error(const char *status)
{
    static const char *const NONE[] = {"COMPLETED", "PROCESSING", "DISCARDED"};
    for (size_t i = 0; status != NULL && i < sizeof NONE / sizeof *NONE; i++) {
        if (strcmp(status, NONE[i]) == 0) {
            return false;
        }
    }
    return true;
}

/* A GET that may find nothing. @param out  yours; NULL: nothing */
static cihsm_status get_optional(cihsm_client *client, const char *id, const char *below,
                                 cihsm_result **out, cihsm_error *err)
{
    char path[CIHSM_PATH_SIZE];
    CLI_TRY(cihsm_path_entity(CLI_MESSAGE_SET, id, below, path, err));
    const cihsm_status status = cihsm_client_get(client, path, NULL, out, err);
    if (status == CIHSM_E_NOT_FOUND) {
        *err = (cihsm_error){0};
        return CIHSM_OK;
    }
    return status;
}

cihsm_status cli_read_error_text(cihsm_client *client, const char *id, cihsm_result **out,
                                 cihsm_error *err)
{
    return get_optional(client, id, "ErrorInformation/$value", out, err);
}

cihsm_status cli_read_message_error(cihsm_client *client, const char *id, cihsm_value **out,
                                    cihsm_error *err)
{
    CIHSM_AUTO(cihsm_result_free) cihsm_result *about = NULL;
    CIHSM_AUTO(cihsm_result_free) cihsm_result *text = NULL;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *found = NULL;
    CLI_TRY(get_optional(client, id, "ErrorInformation", &about, err));
    if (about == NULL) {
        return CIHSM_OK;
    }
    CLI_TRY(cli_read_error_text(client, id, &text, err));
    size_t len = 0;
    const char *bytes = text == NULL ? NULL : cihsm_result_bytes(text, &len);
    found = cihsm_value_copy(cihsm_result_value(about));
    if (found == NULL) {
        return cli_fail(err, CIHSM_E_NO_MEMORY, "out of memory");
    }
    CLI_TRY(cihsm_value_set_string(found, "Text", bytes, err));
    *out = CIHSM_MOVE(found);
    return CIHSM_OK;
}
