/* SPDX-License-Identifier: Apache-2.0 */
/* A header of your own that C and C++ programs include. */
#include <cihsm/api.h>

CIHSM_BEGIN_DECLS
CIHSM_PRINTF(1, 2) CIHSM_NODISCARD int say(const char *format, ...);
CIHSM_END_DECLS
