/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules of identity/lint that matter before a connection.
 */
#include "identity/chain.h"
#include "identity/lint.h"

cihsm_status identity_chain_check(const identity_chain *chain, time_t now, identity_finding out[],
                                  size_t *count, cihsm_error *err)
{
    const identity_lint_input input = {
        .chain = chain,
        .is_connecting = true,
        .now = now,
        .warn_days = IDENTITY_EXPIRY_WARN_DAYS,
    };
    finding_list found = {.items = out, .room = *count};
    const cihsm_status status = identity_lint(&input, &found, err);
    *count = found.count;
    return status;
}
