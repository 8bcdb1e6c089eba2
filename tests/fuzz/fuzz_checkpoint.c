/* SPDX-License-Identifier: Apache-2.0 */
/*
 * export_state_load: a checkpoint of any shape. What it takes lies in the window, without overlaps.
 */
#include <sys/mman.h>
#include <unistd.h>

#include "cihsm/scope.h"
#include "export/checkpoint.h"
#include "fuzz.h"

#define FROM_S 1772323200 /* 2026-03-01 */
#define TO_S 1774915200   /* 2026-03-31 */

static void check(const export_state *state, size_t size)
{
    int64_t at_s = FROM_S;
    for (size_t i = 0; i < state->done.count; i++) {
        const export_span *span = &state->done.items[i];
        fuzz_require(at_s <= span->from_s && span->from_s < span->to_s, "spans are in order");
        at_s = span->to_s + 1; /* those that touch are one */
    }
    fuzz_require(at_s <= TO_S + 1, "spans end with the window");
    fuzz_require(state->good <= size, "no more counts than there is");
    fuzz_require(state->files_gone <= state->files, "only what was there is gone");
    fuzz_require(state->has_plan || state->good == 0, "the plan comes first");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char set[] = "MessageProcessingLogs";
    char property[] = "LogEnd";
    export_plan plan = {.set = set, .property = property, .window = {FROM_S, TO_S}};
    char path[] = "folder";
    export_folder folder = {.path = path, .plan = &plan, .fd = -1};
    folder.checkpoint = memfd_create("checkpoint", MFD_CLOEXEC);
    fuzz_require(folder.checkpoint >= 0, "there is a file");
    fuzz_require(write(folder.checkpoint, data, size) == (ssize_t)size, "there is memory");
    CIHSM_AUTO(export_state_free) export_state state = {0};
    cihsm_error err = {0};
    if (export_state_load(&folder, &plan, &state, &err) == CIHSM_OK) {
        check(&state, size);
    }
    close(folder.checkpoint);
    return 0;
}
