/* SPDX-License-Identifier: Apache-2.0 */
#include "pkcs11/identity.h"

#include <stdio.h>

#include "pkcs11/token.h"

static void version(CK_VERSION of, char *out, size_t size)
{
    snprintf(out, size, "%u.%u", (unsigned)of.major, (unsigned)of.minor);
}

void pkcs11_identity_read(const cihsm_token *token, pkcs11_identity *out)
{
    const CK_TOKEN_INFO *info = &token->slot.info;
    pkcs11_slot_text(info->label, sizeof info->label, out->label);
    pkcs11_slot_text(info->serialNumber, sizeof info->serialNumber, out->serial);
    pkcs11_slot_text(info->manufacturerID, sizeof info->manufacturerID, out->manufacturer);
    pkcs11_slot_text(info->model, sizeof info->model, out->model);
    version(info->hardwareVersion, out->hardware, sizeof out->hardware);
    version(info->firmwareVersion, out->firmware, sizeof out->firmware);
}
