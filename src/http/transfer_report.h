/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http/transfer_report - how a transfer ended: for the person, the log and the timing. For
 * transfer.c only.
 */
#ifndef HTTP_TRANSFER_REPORT_H
#define HTTP_TRANSFER_REPORT_H

#include "http/transfer.h"

/**
 * Why there is no complete answer. @p err is filled.
 *
 * @return true: asking again would not help, whatever the status is (http_response.is_final)
 */
bool http_transfer_explain(const http_transfer *of, CURLcode code, cihsm_error *err);

/** Writes what its new TLS connection showed into the log; nothing if it found one to use. */
void http_transfer_report_connection(const http_transfer *of);

/** Writes the log lines and durations of a transfer that ended. */
void http_transfer_report(const http_transfer *of);

#endif
