/* SPDX-License-Identifier: Apache-2.0 */
#include "cihsm/cihsm.h"

const char *cihsm_version(void)
{
    return CIHSM_VERSION;
}
