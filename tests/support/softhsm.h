/* SPDX-License-Identifier: Apache-2.0 */
/*
 * support/softhsm - a SoftHSM of its own in a temporary folder, for one test.
 *
 * Sets SOFTHSM2_CONF of the process, so that a module initialised afterwards sees these tokens and
 * no others. The folder is removed when the fixture is freed. Problems go to stderr.
 */
#ifndef SUPPORT_SOFTHSM_H
#define SUPPORT_SOFTHSM_H

#include <stdbool.h>

typedef struct softhsm_fixture softhsm_fixture;

#define SOFTHSM_SO_PIN "87654321"

/** A folder with one token of that label and user PIN; NULL if it cannot be made. */
softhsm_fixture *softhsm_new(const char *label, const char *pin);

/** One more token. */
bool softhsm_add_token(softhsm_fixture *fixture, const char *label, const char *pin);

/** Adds a line to the configuration; heeded when the module is initialised the next time. */
bool softhsm_configure(softhsm_fixture *fixture, const char *line);

/** Moves the tokens away, as if the device were pulled, and back. A module that has seen them has
 * to be initialised anew to see them again. */
bool softhsm_hide(const softhsm_fixture *fixture);
bool softhsm_show(const softhsm_fixture *fixture);

/** Path of the module, of the configuration file and of the folder, which is yours to use too. */
const char *softhsm_module(const softhsm_fixture *fixture);
const char *softhsm_conf(const softhsm_fixture *fixture);
const char *softhsm_folder(const softhsm_fixture *fixture);

/** Removes the folder, sets *fixture to NULL. NULL is fine. */
void softhsm_free(softhsm_fixture **fixture);

#endif
