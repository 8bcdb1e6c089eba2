/* SPDX-License-Identifier: Apache-2.0 */
/*
 * script_transport - an http_transport that expects requests in an order and answers each as
 * written beside it. Borrows the script.
 */
#ifndef SCRIPT_TRANSPORT_H
#define SCRIPT_TRANSPORT_H

#include "http/transport.h"

typedef struct script_line {
    const char *method; /* expected; NULL ends the script */
    const char *url;    /* expected */
    const char *token;  /* expected X-CSRF-Token; NULL: the header must be absent */
    const char *body;   /* expected; NULL: none */
    long status;        /* of the answer; 0: none, the transport fails with CIHSM_E_TIMEOUT */
    const char *gives;  /* X-CSRF-Token of the answer; NULL: none */
    const char *type;   /* Content-Type of the answer; NULL: none */
    const char *says;   /* body of the answer; NULL: empty */
    bool was_sent;      /* without an answer: a part of the request may have left */
} script_line;

typedef struct script_transport {
    const script_line *line; /* the next one */
} script_transport;

/** @return a transport over @p script, which must outlive it. */
http_transport script_transport_table(script_transport *script);

#endif
