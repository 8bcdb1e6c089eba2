/* SPDX-License-Identifier: Apache-2.0 */
/* Prints the library's version and a JSON document that the library made, then its refusal. */
#include <stdio.h>

#include <cihsm/cihsm.h>

static cihsm_status print_document(cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *value = cihsm_value_new_object();
    if (value == NULL) {
        return cihsm_error_set(err, CIHSM_E_NO_MEMORY, "out of memory");
    }
    const cihsm_status status = cihsm_value_set_string(value, "Id", "a \"b\"", err);
    if (status == CIHSM_OK) {
        printf("Id = %s\n", cihsm_value_get_string(value, "Id"));
    }
    return status;
}

int main(void)
{
    cihsm_error err = {0};
    const cihsm_client_config config = {.service_key = "nowhere.json"};
    CIHSM_AUTO(cihsm_client_free) cihsm_client *client = NULL;

    printf("version %s\n", cihsm_version());
    if (print_document(&err) != CIHSM_OK) {
        fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    const cihsm_status status = cihsm_client_open(&config, &client, &err);
    printf("%d: %s\n", cihsm_status_exit_code(status), err.message);
    return 0;
}
