/* SPDX-License-Identifier: Apache-2.0 */
#include "support/place.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int place_make(void **state)
{
    place *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return -1;
    }
    snprintf(made->folder, sizeof made->folder, "/tmp/cihsm-place-XXXXXX");
    if (mkdtemp(made->folder) == NULL) {
        free(made);
        return -1;
    }
    snprintf(made->file, sizeof made->file, "%s/a", made->folder);
    *state = made;
    return 0;
}

int place_remove(void **state)
{
    place *made = *state;
    unlink(made->file);
    const int removed = rmdir(made->folder);
    free(made);
    return removed;
}
