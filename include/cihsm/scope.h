/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm/scope.h - scope cleanup for owning locals (optional; gcc and clang).
 *
 * Every public destructor takes T ** and accepts a pointer to NULL, so it fits here:
 *
 *     CIHSM_AUTO(cihsm_client_free) cihsm_client *client = NULL;
 *     ...
 *     *out = CIHSM_MOVE(client);
 *
 * Plain macros, with no state to share between threads. Source: the manual of GCC, "Common
 * Variable Attributes", cleanup.
 */
#ifndef CIHSM_SCOPE_H
#define CIHSM_SCOPE_H

/** Runs free_fn(&variable) when the variable leaves its scope, which is use enough. */
#define CIHSM_AUTO(free_fn) __attribute__((cleanup(free_fn), unused))

/** Hands ownership on: yields the pointer and leaves NULL behind. */
#define CIHSM_MOVE(pointer)                     \
    __extension__({                             \
        __typeof__(pointer) moved_ = (pointer); \
        (pointer) = NULL;                       \
        moved_;                                 \
    })

#endif
