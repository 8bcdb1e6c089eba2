/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fault - which call of which kind fails, by the environment (allocation.c).
 */
#ifndef FAULT_H
#define FAULT_H

#include <stdbool.h>

typedef enum fault_kind {
    FAULT_OWN,
    FAULT_JSON,
    FAULT_CURL,
    FAULT_SEND,
    FAULT_RECV,
    FAULT_CONNECT,
    FAULT_KINDS
} fault_kind;

/** Counts a call. @return true, with errno set: this one fails */
bool fault_is_due(fault_kind kind, int number);

#endif
