/* SPDX-License-Identifier: Apache-2.0 */
#include "pkcs11/orphan.h"

#include <stdlib.h>

#include "pkcs11/functions.h"
#include "pkcs11/module.h"

struct pkcs11_orphan {
    pkcs11_orphan *next;
    CK_SESSION_HANDLE session;
    unsigned long generation;
};

void pkcs11_orphans_init(pkcs11_orphans *of)
{
    of->first = NULL;
    pthread_mutex_init(&of->lock, NULL); /* cannot fail without attributes */
}

static void put(pkcs11_orphans *of, pkcs11_orphan *orphan)
{
    pthread_mutex_lock(&of->lock);
    orphan->next = of->first;
    of->first = orphan;
    pthread_mutex_unlock(&of->lock);
}

static pkcs11_orphan *take_all(pkcs11_orphans *of)
{
    pthread_mutex_lock(&of->lock);
    pkcs11_orphan *taken = of->first;
    of->first = NULL;
    pthread_mutex_unlock(&of->lock);
    return taken;
}

void pkcs11_orphan_add(pkcs11_module *module, CK_SESSION_HANDLE session, unsigned long generation)
{
    pkcs11_orphan *made = malloc(sizeof *made);
    if (made != NULL) {
        *made = (pkcs11_orphan){.session = session, .generation = generation};
        put(&module->orphans, made);
    }
}

void pkcs11_orphan_forget(pkcs11_module *module, CK_SESSION_HANDLE session)
{
    pkcs11_orphan *gone = NULL;
    pthread_mutex_lock(&module->orphans.lock);
    pkcs11_orphan **at = &module->orphans.first;
    while (*at != NULL && (*at)->session != session) {
        at = &(*at)->next;
    }
    if (*at != NULL) {
        gone = *at;
        *at = gone->next;
    }
    pthread_mutex_unlock(&module->orphans.lock);
    free(gone);
}

/* @return false: it did not answer */
static bool close_one(const pkcs11_link *link, const pkcs11_orphan *orphan)
{
    if (orphan->generation != pkcs11_module_generation(link->module)) {
        return true; /* it ended with its initialisation */
    }
    const CK_RV rv = pkcs11_c_close_session(link, orphan->session);
    return rv != PKCS11_R_NO_ANSWER && rv != PKCS11_R_STUCK;
}

void pkcs11_orphans_close(const pkcs11_link *link)
{
    pkcs11_orphan *next = NULL;
    for (pkcs11_orphan *at = take_all(&link->module->orphans); at != NULL; at = next) {
        next = at->next;
        if (close_one(link, at)) {
            free(at);
        } else {
            put(&link->module->orphans, at);
        }
    }
}

void pkcs11_orphans_clear(pkcs11_orphans *of)
{
    pkcs11_orphan *next = NULL;
    for (pkcs11_orphan *at = take_all(of); at != NULL; at = next) {
        next = at->next;
        free(at);
    }
}
