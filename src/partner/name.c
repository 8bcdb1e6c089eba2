/* SPDX-License-Identifier: Apache-2.0 */
#include "partner/name.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static bool is_plain(unsigned char sign)
{
    static const char PLAIN[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_@~.-";
    return sign != '\0' && strchr(PLAIN, sign) != NULL;
}

static bool is_capital(char sign)
{
    return sign >= 'A' && sign <= 'Z';
}

/* What Windows takes for a device, whatever stands behind a dot. */
static bool is_device(const char *id)
{
    static const char *const DEVICES[] = {"con", "prn", "aux", "nul"};
    const size_t len = strcspn(id, ".");
    for (size_t i = 0; i < sizeof DEVICES / sizeof *DEVICES; i++) {
        if (len == strlen(DEVICES[i]) && strncasecmp(id, DEVICES[i], len) == 0) {
            return true;
        }
    }
    return len == 4 && (strncasecmp(id, "com", 3) == 0 || strncasecmp(id, "lpt", 3) == 0) &&
           id[3] >= '0' && id[3] <= '9';
}

static bool is_kept(const char *id, size_t at, bool is_crowded)
{
    const char sign = id[at];
    const bool is_bad_first = at == 0 && (strchr(".-~", sign) != NULL || is_device(id));
    const bool is_bad_last = sign == '.' && id[at + 1] == '\0';
    return is_plain((unsigned char)sign) && !is_bad_first && !is_bad_last &&
           !(is_crowded && is_capital(sign));
}

bool partner_name_make(const char *id, bool is_crowded, char out[PARTNER_NAME_SIZE])
{
    char name[PARTNER_NAME_SIZE];
    size_t len = 0;
    for (size_t at = 0; id[at] != '\0'; at++) {
        const bool is_as_it_is = is_kept(id, at, is_crowded);
        const size_t need = is_as_it_is ? 1 : 3;
        if (len + need >= sizeof name) {
            return false;
        }
        snprintf(name + len, sizeof name - len, is_as_it_is ? "%c" : "%%%02X",
                 (unsigned char)id[at]);
        len += need;
    }
    if (len > 0) {
        memcpy(out, name, len + 1);
    }
    return len > 0;
}

static int digit(char sign)
{
    static const char DIGITS[] = "0123456789ABCDEF";
    const char *at = sign == '\0' ? NULL : strchr(DIGITS, sign);
    return at == NULL ? -1 : (int)(at - DIGITS);
}

/* Undoes %XX. */
static bool unescape(const char *name, size_t len, char out[PARTNER_ID_SIZE])
{
    size_t made = 0;
    for (size_t at = 0; at < len; at++) {
        out[made] = name[at];
        if (name[at] == '%') {
            const int high = at + 2 < len ? digit(name[at + 1]) : -1;
            const int low = high < 0 ? -1 : digit(name[at + 2]);
            if (low < 0 || high * 16 + low == 0) {
                return false;
            }
            out[made] = (char)(high * 16 + low);
            at += 2;
        }
        made++;
    }
    out[made] = '\0';
    return true;
}

bool partner_name_read(const char *name, size_t len, char out[PARTNER_ID_SIZE])
{
    char id[PARTNER_ID_SIZE];
    char again[PARTNER_NAME_SIZE];
    if (len >= PARTNER_NAME_SIZE || !unescape(name, len, id)) {
        return false;
    }
    for (int crowded = 0; crowded < 2; crowded++) {
        if (partner_name_make(id, crowded == 1, again) && strlen(again) == len &&
            memcmp(again, name, len) == 0) {
            memcpy(out, id, sizeof id);
            return true;
        }
    }
    return false;
}

int partner_id_compare_folded(const char *a, const char *b)
{
    while (*a != '\0' && tolower((unsigned char)*a) == tolower((unsigned char)*b)) {
        a++;
        b++;
    }
    return tolower((unsigned char)*a) - tolower((unsigned char)*b);
}
