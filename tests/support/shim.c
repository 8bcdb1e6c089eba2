/* SPDX-License-Identifier: Apache-2.0 */
#include "support/shim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void path_in(const softhsm_fixture *fixture, const char *name, char out[256])
{
    snprintf(out, 256, "%s/%s", softhsm_folder(fixture), name);
}

bool shim_use(const softhsm_fixture *fixture, const char *rules)
{
    char rules_path[256];
    char report_path[256];
    path_in(fixture, "shim.rules", rules_path);
    path_in(fixture, "shim.report", report_path);
    FILE *file = fopen(rules_path, "we");
    if (file == NULL) {
        perror(rules_path);
        return false;
    }
    fprintf(file, "%s\n", rules);
    remove(report_path); /* of the test before */
    return fclose(file) == 0 && setenv("CIHSM_SHIM_MODULE", softhsm_module(fixture), 1) == 0 &&
           setenv("CIHSM_SHIM_RULES", rules_path, 1) == 0 &&
           setenv("CIHSM_SHIM_REPORT", report_path, 1) == 0;
}

unsigned long shim_reported(const softhsm_fixture *fixture, const char *name)
{
    char path[256];
    path_in(fixture, "shim.report", path);
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        perror(path);
        return 0;
    }
    char word[64];
    unsigned long value = 0;
    unsigned long found = 0;
    while (fscanf(file, "%63s %lu", word, &value) == 2) {
        found = strcmp(word, name) == 0 ? value : found;
    }
    fclose(file);
    return found;
}

static bool expect(bool good, const char *what)
{
    if (!good) {
        fprintf(stderr, "shim: %s\n", what);
    }
    return good;
}

bool shim_is_clean(const softhsm_fixture *fixture)
{
    const bool sessions = expect(shim_reported(fixture, "sessions-opened") ==
                                     shim_reported(fixture, "sessions-closed") +
                                         shim_reported(fixture, "sessions-dropped"),
                                 "a session was left open");
    const bool searches = expect(shim_reported(fixture, "searches-opened") ==
                                     shim_reported(fixture, "searches-closed"),
                                 "a search was left open");
    const bool calls =
        expect(shim_reported(fixture, "calls-after-finalize") == 0, "calls after C_Finalize");
    const bool pins = expect(shim_reported(fixture, "refused-pins-repeated") == 0,
                             "a refused PIN was offered again");
    return sessions && searches && calls && pins &&
           expect(shim_reported(fixture, "C_Finalize") > 0, "the module was not finalised");
}
