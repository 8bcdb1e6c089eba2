/* SPDX-License-Identifier: Apache-2.0 */
/*
 * support/shim - drives the PKCS#11 shim module (tests/shim) from a test: rules in, report out.
 * Rules and report live in the folder of a softhsm_fixture. Depend on the target cihsm_shim.
 */
#ifndef SUPPORT_SHIM_H
#define SUPPORT_SHIM_H

#include <stdbool.h>

#include "support/softhsm.h"

/** Path of the module. */
#define SHIM_MODULE TEST_BINARY_DIR "/lib/libcihsm_shim.so"

/** Puts the shim over the fixture's SoftHSM with these rules (lines; "" for none). Heeded when the
 *  module is loaded or initialised the next time. */
bool shim_use(const softhsm_fixture *fixture, const char *rules);

/** A value of the report written at the last C_Finalize, for example "C_Sign" or "calls"; 0 if it
 *  does not stand there. */
unsigned long shim_reported(const softhsm_fixture *fixture, const char *name);

/** True if the report says that all sessions and searches were closed, or ended by a C_Finalize
 * that was followed by another C_Initialize, nothing was called after C_Finalize and no refused PIN
 * was offered again. Says on stderr what was wrong. */
bool shim_is_clean(const softhsm_fixture *fixture);

#endif
