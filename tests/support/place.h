/* SPDX-License-Identifier: Apache-2.0 */
/*
 * support/place - a temporary folder for one test, and the path of one file in it.
 */
#ifndef SUPPORT_PLACE_H
#define SUPPORT_PLACE_H

typedef struct place {
    char folder[64];
    char file[128]; /* not there yet */
} place;

/** For cmocka: *state is a place; it goes away with its file. */
int place_make(void **state);
int place_remove(void **state);

#endif
