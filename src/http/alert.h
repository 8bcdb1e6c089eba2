/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http/alert - what a TLS alert of the server means for a client with a certificate.
 */
#ifndef HTTP_ALERT_H
#define HTTP_ALERT_H

/** @return name and advice for an alert number of RFC 8446 section 6; NULL for 0 (none).
 *          Never NULL for a number. */
const char *http_alert_meaning(int alert);

#endif
