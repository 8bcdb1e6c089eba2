/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm/cihsm.h - everything.
 *
 * What threads may do stands at the top of each header, and where its rules come from:
 * "Source: docs/..." is a file of the project, installed below share/doc/cihsm.
 */
#ifndef CIHSM_CIHSM_H
#define CIHSM_CIHSM_H

#include "cihsm/api.h"
#include "cihsm/archive.h"
#include "cihsm/artifact.h"
#include "cihsm/artifact_resource.h"
#include "cihsm/batch.h"
#include "cihsm/btp.h"
#include "cihsm/cancel.h"
#include "cihsm/catalogue.h"
#include "cihsm/certificate.h"
#include "cihsm/client.h"
#include "cihsm/cloud_foundry.h"
#include "cihsm/config.h"
#include "cihsm/csr.h"
#include "cihsm/csv.h"
#include "cihsm/doctor.h"
#include "cihsm/download.h"
#include "cihsm/enrolment.h"
#include "cihsm/error.h"
#include "cihsm/evidence.h"
#include "cihsm/export.h"
#include "cihsm/file.h"
#include "cihsm/key.h"
#include "cihsm/keystore.h"
#include "cihsm/log.h"
#include "cihsm/message.h"
#include "cihsm/metadata.h"
#include "cihsm/nearest.h"
#include "cihsm/package.h"
#include "cihsm/partner.h"
#include "cihsm/path.h"
#include "cihsm/pin.h"
#include "cihsm/role.h"
#include "cihsm/scope.h"
#include "cihsm/secret.h"
#include "cihsm/service_key.h"
#include "cihsm/signer.h"
#include "cihsm/snapshot.h"
#include "cihsm/time.h"
#include "cihsm/token.h"
#include "cihsm/token_admin.h"
#include "cihsm/value.h"
#include "cihsm/value_mapping.h"
#include "cihsm/write.h"

CIHSM_BEGIN_DECLS

/** @return the version of the library, for example "0.1.0". */
CIHSM_API const char *cihsm_version(void);

CIHSM_END_DECLS

#endif
