/* SPDX-License-Identifier: Apache-2.0 */
/* Prints:
 * a password of 6 bytes
 */
#include <stdio.h>

#include <cihsm/file.h>
#include <cihsm/scope.h>
#include <cihsm/secret.h>

int main(void)
{
    CIHSM_AUTO(cihsm_secret_free)
    cihsm_secret *password = NULL; /* wiped */
    cihsm_error err = {0};

    if (cihsm_file_write("password", 0600, "s3cret\n", 7, &err) !=
            CIHSM_OK ||
        cihsm_secret_read("file:password", "password", &password,
                          &err) != CIHSM_OK) {
        fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    printf("a password of %zu bytes\n", cihsm_secret_len(password));
    return 0;
}
