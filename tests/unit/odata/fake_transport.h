/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fake_transport - an http_transport that answers from a table by URL and keeps what was asked.
 * Borrows the table.
 */
#ifndef FAKE_TRANSPORT_H
#define FAKE_TRANSPORT_H

#include "http/transport.h"

typedef struct fake_answer {
    const char *url; /* exactly; NULL: any */
    long status;     /* 0: the transport fails with CIHSM_E_NETWORK */
    const char *content_type;
    const char *body;
} fake_answer;

typedef struct fake_transport {
    const fake_answer *answers; /* the first with that URL counts; ends with body NULL */
    unsigned requests;
    char url[512];    /* of the last request */
    char accept[64];  /* Accept of the last request */
    char version[16]; /* DataServiceVersion */
} fake_transport;

/** @return a transport over @p fake, which must outlive it. */
http_transport fake_transport_table(fake_transport *fake);

#endif
