/* SPDX-License-Identifier: Apache-2.0 */
/* Prints:
 * asked to end
 */
#include <signal.h>
#include <stdio.h>

#include <cihsm/cancel.h>

/* given to clients by cihsm_client_config.cancel */
static cihsm_cancel *cancel;

static void on_signal(int number)
{
    (void)number;
    cihsm_cancel_request(cancel);
}

int main(void)
{
    cihsm_error err = {0};
    if (cihsm_cancel_new(&cancel, &err) != CIHSM_OK) {
        fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    signal(SIGTERM, on_signal);
    raise(SIGTERM);
    puts(cihsm_cancel_is_requested(cancel) ? "asked to end"
                                           : "goes on");
    cihsm_cancel_free(&cancel);
    return 0;
}
