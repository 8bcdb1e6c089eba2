/* SPDX-License-Identifier: Apache-2.0 */
/*
 * artifact/request - a request with all that it points to: what a cihsm_artifact_write is.
 */
#ifndef ARTIFACT_REQUEST_H
#define ARTIFACT_REQUEST_H

#include "cihsm/artifact.h"

#define REQUEST_PARAMETERS_MAX 9

struct cihsm_artifact_write {
    cihsm_request request; /* points to what follows */
    char path[CIHSM_PATH_SIZE];
    cihsm_value *value; /* the body; NULL: there is none */
    cihsm_parameter parameters[REQUEST_PARAMETERS_MAX];
    char *texts[REQUEST_PARAMETERS_MAX]; /* their values */
};

/** @param out  yours (cihsm_artifact_write_free); its path is still "" */
CIHSM_NODISCARD cihsm_status request_begin(const char *method, bool has_body,
                                           cihsm_artifact_write **out, cihsm_error *err);

/** Sets a path that fits, such as the name of a set or a function import. */
void request_set_path(cihsm_artifact_write *write, const char *path);

/**
 * @param name     a literal: it is borrowed
 * @param is_text  the value is sent in quotes, as those of function imports are
 */
CIHSM_NODISCARD cihsm_status request_add_parameter(cihsm_artifact_write *write, const char *name,
                                                   const char *value, bool is_text,
                                                   cihsm_error *err);

/** Sets a property of the body to the base64 of a zip. */
CIHSM_NODISCARD cihsm_status request_set_archive(cihsm_artifact_write *write, const char *property,
                                                 const cihsm_archive *content, cihsm_error *err);

#endif
