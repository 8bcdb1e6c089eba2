/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fake_transport - an http_transport that answers from a table by URL and keeps what was asked.
 * What was started arrives by one step a wait: the head, then the body in pieces. Borrows the
 * table.
 */
#ifndef FAKE_TRANSPORT_H
#define FAKE_TRANSPORT_H

#include "http/transport.h"

#define FAKE_EXCHANGES 4

typedef struct fake_answer {
    const char *url; /* exactly; NULL: any */
    long status;     /* 0: the transport fails with CIHSM_E_NETWORK */
    const char *content_type;
    const char *body;
} fake_answer;

typedef struct fake_flight {
    http_exchange *exchange; /* NULL: free */
    const fake_answer *row;
    size_t sent; /* bytes of the body */
} fake_flight;

typedef struct fake_transport {
    const fake_answer *answers; /* the first with that URL counts; ends with body NULL */
    size_t chunk;               /* bytes that arrive at once; 0: all */
    size_t cut;         /* bytes after which the connection of a started GET ends; 0: it does not */
    unsigned cuts_left; /* how often it does; 0: always */
    const char *disposition; /* Content-Disposition of all; may be NULL */
    unsigned requests;
    unsigned cancelled;
    char url[512];    /* of the last request */
    char accept[64];  /* Accept of the last request */
    char version[16]; /* DataServiceVersion */
    fake_flight flights[FAKE_EXCHANGES];
} fake_transport;

/** @return a transport over @p fake, which must outlive it. */
http_transport fake_transport_table(fake_transport *fake);

/** @return the number of exchanges that are neither done nor cancelled. */
unsigned fake_transport_in_flight(const fake_transport *fake);

#endif
