/* SPDX-License-Identifier: Apache-2.0 */
/* The tokens of a module; needs no PIN. */
#include <stdio.h>

#include <cihsm/scope.h>
#include <cihsm/token_admin.h>

cihsm_status list_tokens(const char *module, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_token_list_free) cihsm_token_list *list = NULL;
    cihsm_token_config config = {0};
    config.module = module;

    const cihsm_status status =
        cihsm_token_list_fetch(&config, &list, err);
    for (size_t i = 0;
         status == CIHSM_OK && i < cihsm_token_list_count(list);
         i++) {
        const cihsm_token_info *token =
            cihsm_token_list_at(list, i);
        printf("%s%s\n", token->uri,
               token->user_pin == CIHSM_PIN_LOCKED ? " is locked"
                                                   : "");
    }
    return status;
}
