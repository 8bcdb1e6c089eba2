/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes one allocation of a run fail, or one call of the network (network.c). Linked into
 * cihsm_fault, which is the program and the library in one, by the linker's --wrap: the allocations
 * of our own objects, and those that cJSON and libcurl make through their hooks. OpenSSL and
 * PKCS#11 modules keep theirs.
 *
 *     CIHSM_FAULT=own:17        the 17th of our own fails; json:N, curl:N; without it none does
 *     CIHSM_FAULT_REPORT=FILE   what was counted, a line each: "own 300", "curl 200", "hit 1"
 */
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cJSON.h>
#include <curl/curl.h>

#include "fault.h"

static const char *const NAMES[FAULT_KINDS] = {"own", "json", "curl", "send", "recv", "connect"};
static atomic_ulong counts[FAULT_KINDS];
static unsigned long fails_at[FAULT_KINDS]; /* 0: none does */
static atomic_bool was_hit;
static atomic_ulong left_alone;

enum { FRAMES_MAX = 64, LIBCURL_8_8 = 0x080800 };

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__real_reallocarray(void *old, size_t count, size_t size);
char *__real_strdup(const char *text);
char *__real_strndup(const char *text, size_t len);
int __real_vasprintf(char **out, const char *format, va_list args);

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
void *__wrap_reallocarray(void *old, size_t count, size_t size);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t len);
int __wrap_vasprintf(char **out, const char *format, va_list args);
int __wrap_asprintf(char **out, const char *format, ...);

bool fault_is_due(fault_kind kind, int number)
{
    if (atomic_fetch_add(&counts[kind], 1) + 1 != fails_at[kind]) {
        return false;
    }
    atomic_store(&was_hit, true);
    errno = number;
    return true;
}

static bool fails(fault_kind kind)
{
    return fault_is_due(kind, ENOMEM);
}

void *__wrap_malloc(size_t size)
{
    return fails(FAULT_OWN) ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails(FAULT_OWN) ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    return fails(FAULT_OWN) ? NULL : __real_realloc(old, size);
}

void *__wrap_reallocarray(void *old, size_t count, size_t size)
{
    return fails(FAULT_OWN) ? NULL : __real_reallocarray(old, count, size);
}

char *__wrap_strdup(const char *text)
{
    return fails(FAULT_OWN) ? NULL : __real_strdup(text);
}

char *__wrap_strndup(const char *text, size_t len)
{
    return fails(FAULT_OWN) ? NULL : __real_strndup(text, len);
}

int __wrap_vasprintf(char **out, const char *format, va_list args)
{
    return fails(FAULT_OWN) ? -1 : __real_vasprintf(out, format, args);
}

int __wrap_asprintf(char **out, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const int len = __wrap_vasprintf(out, format, args);
    va_end(args);
    return len;
}

static void *json_malloc(size_t size)
{
    return fails(FAULT_JSON) ? NULL : __real_malloc(size);
}

static bool is_below_openssl(void)
{
    void *frames[FRAMES_MAX];
    const int count = backtrace(frames, FRAMES_MAX);
    for (int i = 0; i < count; i++) {
        Dl_info place;
        if (dladdr(frames[i], &place) != 0 && strstr(place.dli_fname, "/libssl.so") != NULL) {
            return true;
        }
    }
    return false;
}

/* Before 8.8 libcurl frees the host's name twice if it has no memory to keep a TLS session
 * (Curl_ssl_addsessionid of its lib/vtls/vtls.c: the name that was freed stays in the slot), and
 * crashes later. What it allocates when OpenSSL calls it is left alone there, and counted. */
static bool curl_fails(void)
{
    if (curl_version_info(CURLVERSION_NOW)->version_num < LIBCURL_8_8 && is_below_openssl()) {
        atomic_fetch_add(&left_alone, 1);
        return false;
    }
    return fails(FAULT_CURL);
}

static void *curl_malloc(size_t size)
{
    return curl_fails() ? NULL : __real_malloc(size);
}

static void *curl_calloc(size_t count, size_t size)
{
    return curl_fails() ? NULL : __real_calloc(count, size);
}

static void *curl_realloc(void *old, size_t size)
{
    return curl_fails() ? NULL : __real_realloc(old, size);
}

static char *curl_strdup(const char *text)
{
    return curl_fails() ? NULL : __real_strdup(text);
}

static void report(void)
{
    const char *path = getenv("CIHSM_FAULT_REPORT");
    FILE *file = path == NULL ? NULL : fopen(path, "we");
    if (file == NULL) {
        return;
    }
    for (int kind = 0; kind < FAULT_KINDS; kind++) {
        fprintf(file, "%s %lu\n", NAMES[kind], atomic_load(&counts[kind]));
    }
    fprintf(file, "left-alone %lu\n", atomic_load(&left_alone));
    fprintf(file, "hit %d\n", atomic_load(&was_hit) ? 1 : 0);
    fclose(file);
}

static void read_wish(const char *wish)
{
    for (int kind = 0; wish != NULL && kind < FAULT_KINDS; kind++) {
        const size_t len = strlen(NAMES[kind]);
        if (strncmp(wish, NAMES[kind], len) == 0 && wish[len] == ':') {
            fails_at[kind] = strtoul(wish + len + 1, NULL, 10);
        }
    }
}

__attribute__((constructor)) static void begin(void)
{
    cJSON_Hooks hooks = {.malloc_fn = json_malloc, .free_fn = free};
    cJSON_InitHooks(&hooks);
    curl_global_init_mem(CURL_GLOBAL_DEFAULT, curl_malloc, free, curl_realloc, curl_strdup,
                         curl_calloc);
    for (int kind = 0; kind < FAULT_KINDS; kind++) {
        atomic_store(&counts[kind], 0);
    }
    read_wish(getenv("CIHSM_FAULT"));
    atexit(report);
}
