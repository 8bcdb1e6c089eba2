/* SPDX-License-Identifier: Apache-2.0 */
/* Prints:
 * prod: pkcs11:token=prod
 */
#include <stdio.h>

#include <cihsm/config.h>
#include <cihsm/file.h>
#include <cihsm/scope.h>

int main(void)
{
    static const char TEXT[] =
        "profile = prod\n\n[prod]\ntoken = pkcs11:token=prod\n";
    CIHSM_AUTO(cihsm_config_free) cihsm_config *config = NULL;
    cihsm_error err = {0};

    if (cihsm_file_write("example.conf", 0600, TEXT,
                         sizeof TEXT - 1, &err) != CIHSM_OK ||
        cihsm_config_read("example.conf", true, &config, &err) !=
            CIHSM_OK) {
        fprintf(stderr, "%s\n", err.message);
        return cihsm_status_exit_code(err.status);
    }
    const char *name = cihsm_config_default_profile(config);
    const cihsm_profile *profile =
        cihsm_config_profile(config, name);
    printf("%s: %s\n", name, cihsm_profile_get(profile, "token"));
    return 0;
}
