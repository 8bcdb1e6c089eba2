/* SPDX-License-Identifier: Apache-2.0 */
/*
 * archive/utf8 - libarchive converts names to the character set of the thread; here that is UTF-8,
 * whatever the program around has chosen.
 */
#ifndef ARCHIVE_UTF8_H
#define ARCHIVE_UTF8_H

#include <locale.h>

typedef struct utf8_scope {
    locale_t ours; /* 0: it could not be made, the thread keeps its own */
    locale_t before;
} utf8_scope;

/** @return what utf8_leave takes, in the same thread. */
utf8_scope utf8_enter(void);
void utf8_leave(utf8_scope *scope);

#endif
