/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/cert_report - chains and findings for people, and the options of the lint.
 */
#ifndef CLI_CERT_REPORT_H
#define CLI_CERT_REPORT_H

#include "cli/env.h"

#define CERT_WARN_DAYS 30 /**< the same as before a connection */

/** Reads --days, --lb-roots and --service-key. */
CIHSM_NODISCARD cihsm_status cert_rules(const cli_env *env, cihsm_certificate_rules *out,
                                        cihsm_error *err);

/** Reads --days. */
CIHSM_NODISCARD cihsm_status cert_warn_days(const cli_env *env, long *out, cihsm_error *err);

/** Prints what "cert check" found about one chain as lines "name  value". */
CIHSM_NODISCARD cihsm_status cert_print_report(const cli_env *env, const cihsm_value *report,
                                               cihsm_error *err);

/** Sets the findings of a level as an array of two-line texts under its name; none: nothing. */
CIHSM_NODISCARD cihsm_status cert_put_findings(const cihsm_value *report, const char *level,
                                               cihsm_value *to, cihsm_error *err);

/** Prints the findings of a level to stderr, without the first @p skip of them. */
void cert_note_findings(const cihsm_value *report, const char *level, size_t skip);

/** @return the number of errors of a report. */
size_t cert_errors(const cihsm_value *report);

/** @return the first finding of a level, borrowed; NULL if there is none. */
const cihsm_value *cert_first_finding(const cihsm_value *report, const char *level);

/** Prints the leaf of what was imported, its key and what was stored; not those two without a key.
 */
CIHSM_NODISCARD cihsm_status cert_print_import(const cli_env *env, const cihsm_value *report,
                                               cihsm_error *err);

/** Notes the errors that the error line has no room for, and the warnings. */
void cert_note_rest(const cihsm_value *report);

/** Writes the chain of a report to a file, and says so. */
CIHSM_NODISCARD cihsm_status cert_write_chain(const cihsm_value *report, const char *path,
                                              cihsm_error *err);

#endif
