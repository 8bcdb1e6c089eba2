/* SPDX-License-Identifier: Apache-2.0 */
/*
 * btp/cloud_foundry_job - work of Cloud Foundry that goes on after its answer, waited for.
 */
#ifndef BTP_CLOUD_FOUNDRY_JOB_H
#define BTP_CLOUD_FOUNDRY_JOB_H

#include "btp/cloud_foundry.h"

#define CF_JOB_REASON_SIZE 301

/** How the waiting is told. Borrowed. */
typedef struct cf_job_words {
    const char *name;   /**< of the service key */
    const char *going;  /**< "being created" */
    const char *failed; /**< "was not created" */
} cf_job_words;

/**
 * Sends a request and waits for the job that its answer names, if it names one.
 *
 * @param wait_s  0: 300 s
 *
 * @retval CIHSM_E_REJECTED  the job failed; the message has its reasons
 * @retval CIHSM_E_TIMEOUT, CIHSM_E_CANCELED  it goes on; the message says how to look after it
 * @retval others            as for cf_send
 */
CIHSM_NODISCARD cihsm_status cf_job_run(cihsm_cf *cf, const cf_request *request,
                                        const cf_job_words *words, int64_t wait_s,
                                        cihsm_error *err);

typedef enum cf_job_state { CF_JOB_GOING = 0, CF_JOB_DONE, CF_JOB_FAILED } cf_job_state;

/**
 * Reads a job.
 *
 * @param reason  of one that failed: its errors, escaped; "" if it gives none
 * @retval CIHSM_E_PROTOCOL  no job
 */
CIHSM_NODISCARD cihsm_status cf_job_read(const cihsm_value *job, const char *host,
                                         cf_job_state *out, char reason[CF_JOB_REASON_SIZE],
                                         cihsm_error *err);

#endif
