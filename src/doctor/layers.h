/* SPDX-License-Identifier: Apache-2.0 */
/*
 * doctor/layers - one function a layer: looks, and writes its row.
 *
 * A layer runs only if those it needs did not fail (the table in doctor.c). A failure of the
 * function itself is none of the layer: out of memory and its like.
 */
#ifndef DOCTOR_LAYERS_H
#define DOCTOR_LAYERS_H

#include "doctor/examination.h"

typedef cihsm_status (*doctor_look_fn)(examination *of, doctor_row *row, cihsm_error *err);

/* configuration.c */
cihsm_status look_at_configuration(examination *of, doctor_row *row, cihsm_error *err);

/* token.c */
cihsm_status look_at_module(examination *of, doctor_row *row, cihsm_error *err);
cihsm_status look_at_token(examination *of, doctor_row *row, cihsm_error *err);
cihsm_status look_at_pin(examination *of, doctor_row *row, cihsm_error *err);
cihsm_status look_at_login(examination *of, doctor_row *row, cihsm_error *err);
cihsm_status look_at_key(examination *of, doctor_row *row, cihsm_error *err);
cihsm_status look_at_mechanisms(examination *of, doctor_row *row, cihsm_error *err);

/* identity.c */
cihsm_status look_at_certificate(examination *of, doctor_row *row, cihsm_error *err);
cihsm_status look_at_lint(examination *of, doctor_row *row, cihsm_error *err);
cihsm_status look_at_chain(examination *of, doctor_row *row, cihsm_error *err);
cihsm_status look_at_service_key(examination *of, doctor_row *row, cihsm_error *err);

/* network.c; the first of them sends the request */
cihsm_status look_at_proxy(examination *of, doctor_row *row, cihsm_error *err);
cihsm_status look_at_connect(examination *of, doctor_row *row, cihsm_error *err);
cihsm_status look_at_interception(examination *of, doctor_row *row, cihsm_error *err);
cihsm_status look_at_tls(examination *of, doctor_row *row, cihsm_error *err);

/* service.c */
cihsm_status look_at_oauth(examination *of, doctor_row *row, cihsm_error *err);
cihsm_status look_at_http(examination *of, doctor_row *row, cihsm_error *err);
cihsm_status look_at_role(examination *of, doctor_row *row, cihsm_error *err);
cihsm_status look_at_csrf(examination *of, doctor_row *row, cihsm_error *err);
cihsm_status look_at_clock(examination *of, doctor_row *row, cihsm_error *err);

#endif
