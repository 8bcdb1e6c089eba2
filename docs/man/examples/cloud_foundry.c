/* SPDX-License-Identifier: Apache-2.0 */
/* The service keys of an instance that end within 30 days. */
#include <stdio.h>

#include <cihsm/cloud_foundry.h>
#include <cihsm/scope.h>

static void warn(const cihsm_value *row)
{
    double days = 0;
    if (cihsm_value_number(cihsm_value_get(row, "daysLeft"),
                           &days) &&
        days < 30) {
        printf("%s ends in %.0f days\n",
               cihsm_value_get_string(row, "name"), days);
    }
}

cihsm_status warn_of_ends(const cihsm_secret *token,
                          cihsm_error *err)
{
    cihsm_cf_config config = {0};
    cihsm_cf_query query = {0};
    CIHSM_AUTO(cihsm_cf_free) cihsm_cf *cf = NULL;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *keys = NULL;
    config.api = "https://api.cf.eu10.hana.ondemand.com";
    config.token = token;
    query.instance = "cpi-api";

    cihsm_status status = cihsm_cf_open(&config, &cf, err);
    if (status == CIHSM_OK) {
        status = cihsm_cf_list_keys(cf, &query, &keys, err);
    }
    const cihsm_value *row = cihsm_value_first(keys);
    for (; row != NULL; row = cihsm_value_next(row)) {
        warn(row);
    }
    return status;
}
