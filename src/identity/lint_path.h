/* SPDX-License-Identifier: Apache-2.0 */
/*
 * identity/lint_path - the rules about where a chain ends; for lint.c only.
 */
#ifndef IDENTITY_LINT_PATH_H
#define IDENTITY_LINT_PATH_H

#include "identity/lint.h"

/** The level of what servers refuse: an error, but before a connection a warning. */
identity_level lint_refusal(const identity_lint_input *input);

/** Complete up to a self-signed root or to an issuer among lb_roots; each signature verifies. */
CIHSM_NODISCARD cihsm_status lint_path(const identity_lint_input *input, finding_list *found,
                                       cihsm_error *err);

/** The root is one that the load balancer accepts. */
CIHSM_NODISCARD cihsm_status lint_root(const identity_lint_input *input, finding_list *found,
                                       cihsm_error *err);

#endif
