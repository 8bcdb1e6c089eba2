/* SPDX-License-Identifier: Apache-2.0 */
/*
 * identity/csr_struct - what a cihsm_csr owns; for the two files that make one (csr.c, csr_read.c).
 */
#ifndef IDENTITY_CSR_STRUCT_H
#define IDENTITY_CSR_STRUCT_H

#include "base/buffer.h"
#include "cihsm/csr.h"

#define CSR_FILE_MAX ((size_t)1024 * 1024) /**< bytes */

struct cihsm_csr {
    buffer bytes;
    cihsm_value *summary;
};

#endif
