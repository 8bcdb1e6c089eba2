/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/lint_path.h"

#include <openssl/x509v3.h>

#include "base/error.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "identity/certificate.h"

typedef enum path_end {
    PATH_LISTED = 0,  /* a root of the load balancer */
    PATH_ROOT,        /* another self-signed root */
    PATH_SELF_SIGNED, /* the leaf has no issuer but itself */
    PATH_LOOP,        /* the issuer stands on the path already */
    PATH_FORGED,      /* the issuer is there, but its key does not verify the signature */
    PATH_OPEN         /* the issuer is not there */
} path_end;

identity_level lint_refusal(const identity_lint_input *input)
{
    return input->is_connecting ? IDENTITY_WARN : IDENTITY_FATAL;
}

/* The last certificate of the path that is sent. */
static X509 *top_of(const identity_chain *chain)
{
    const int count = sk_X509_num(chain->intermediates);
    return count == 0 ? chain->leaf : sk_X509_value(chain->intermediates, count - 1);
}

static bool holds_issuer_of(const STACK_OF(X509) * list, X509 *of)
{
    for (int i = 0; i < sk_X509_num(list); i++) {
        if (certificate_issued(sk_X509_value(list, i), of)) {
            return true;
        }
    }
    return false;
}

static bool holds_issuer_by_name(const STACK_OF(X509) * list, X509 *of)
{
    for (int i = 0; i < sk_X509_num(list); i++) {
        if (X509_check_issued(sk_X509_value(list, i), of) == X509_V_OK) {
            return true;
        }
    }
    return false;
}

/* The certificate itself stands on the list, or one that issued it. */
static bool leads_to(const STACK_OF(X509) * list, X509 *certificate)
{
    for (int i = 0; i < sk_X509_num(list); i++) {
        if (certificate_same(sk_X509_value(list, i), certificate)) {
            return true;
        }
    }
    return holds_issuer_of(list, certificate);
}

/* The load balancer looks for any path to a root of its own, so a cross certificate counts too. */
static bool reaches_listed_root(const identity_lint_input *input)
{
    const identity_chain *chain = input->chain;
    bool reached = leads_to(input->lb_roots, chain->leaf) ||
                   (chain->root != NULL && leads_to(input->lb_roots, chain->root));
    for (int i = 0; i < sk_X509_num(chain->intermediates) && !reached; i++) {
        reached = leads_to(input->lb_roots, sk_X509_value(chain->intermediates, i));
    }
    return reached;
}

static path_end find_end(const identity_lint_input *input)
{
    const identity_chain *chain = input->chain;
    X509 *top = top_of(chain);
    if (reaches_listed_root(input)) {
        return PATH_LISTED;
    }
    if (chain->root != NULL) {
        return PATH_ROOT;
    }
    if (certificate_is_self_signed(chain->leaf)) {
        return PATH_SELF_SIGNED;
    }
    if (holds_issuer_of(chain->intermediates, top)) {
        return PATH_LOOP;
    }
    return holds_issuer_by_name(input->pool, top) ? PATH_FORGED : PATH_OPEN;
}

static cihsm_status add_loop(const identity_lint_input *input, finding_list *found,
                             cihsm_error *err)
{
    return finding_add(found, lint_refusal(input), "chain-loop",
                       "ask the CA for the chain up to its root, and leave these out", err,
                       "the certificates above the leaf issued each other in a circle, no root is "
                       "reached");
}

static cihsm_status add_forged(const identity_lint_input *input, finding_list *found,
                               cihsm_error *err)
{
    CIHSM_AUTO(text_free) char *subject = NULL;
    CIHSM_AUTO(text_free) char *issuer = NULL;
    CIHSM_TRY(certificate_subject(top_of(input->chain), &subject, err));
    CIHSM_TRY(certificate_issuer(top_of(input->chain), &issuer, err));
    return finding_add(found, lint_refusal(input), "signature-invalid",
                       "get the certificate of that issuer that signed it from the CA again", err,
                       "the signature of %.150s does not verify with the key of %.150s", subject,
                       issuer);
}

static cihsm_status add_missing(const identity_lint_input *input, finding_list *found,
                                cihsm_error *err)
{
    CIHSM_AUTO(text_free) char *issuer = NULL;
    CIHSM_TRY(certificate_issuer(top_of(input->chain), &issuer, err));
    return finding_add(found, lint_refusal(input), "issuer-missing",
                       "add the intermediate certificates to the chain file", err,
                       "the issuer %.200s is not in the chain%s; if it is not a root on the load "
                       "balancer's list, the certificate is dropped",
                       issuer, input->chain->unused > 0 ? " (other certificates are)" : "");
}

static cihsm_status add_unlisted_issuer(const identity_lint_input *input, finding_list *found,
                                        cihsm_error *err)
{
    CIHSM_AUTO(text_free) char *issuer = NULL;
    CIHSM_TRY(certificate_issuer(top_of(input->chain), &issuer, err));
    return finding_add(found, lint_refusal(input), "issuer-missing",
                       "add the missing intermediate certificates, or use a CA on the list", err,
                       "the issuer %.200s is neither in the chain nor among the load balancer's "
                       "roots",
                       issuer);
}

static cihsm_status add_self_signed(const identity_lint_input *input, finding_list *found,
                                    cihsm_error *err)
{
    return finding_add(found, lint_refusal(input), "self-signed",
                       "have the CSR of the key signed by a CA that the load balancer accepts", err,
                       "the leaf is signed by its own key, the load balancer drops it");
}

cihsm_status lint_path(const identity_lint_input *input, finding_list *found, cihsm_error *err)
{
    switch (find_end(input)) {
    case PATH_ROOT:
    case PATH_LISTED:
        return CIHSM_OK;
    case PATH_SELF_SIGNED:
        return input->is_connecting ? CIHSM_OK : add_self_signed(input, found, err);
    case PATH_LOOP:
        return add_loop(input, found, err);
    case PATH_FORGED:
        return add_forged(input, found, err);
    case PATH_OPEN:
        break;
    }
    if (input->lb_roots != NULL) {
        return add_unlisted_issuer(input, found, err);
    }
    /* a chain is sent and kept without its root, so with an intermediate it may be complete */
    return sk_X509_num(input->chain->intermediates) > 0 ? CIHSM_OK : add_missing(input, found, err);
}

static cihsm_status add_unchecked(const identity_lint_input *input, finding_list *found,
                                  cihsm_error *err)
{
    CIHSM_AUTO(text_free) char *root = NULL;
    CIHSM_TRY(certificate_issuer(top_of(input->chain), &root, err));
    return finding_add(found, IDENTITY_INFO, "root-unchecked",
                       "save the roots of SAP Note 2801396 as PEM and give them with --lb-roots",
                       err, "whether the load balancer accepts the root %.200s was not checked",
                       root);
}

static cihsm_status add_unlisted_root(const identity_lint_input *input, finding_list *found,
                                      cihsm_error *err)
{
    CIHSM_AUTO(text_free) char *root = NULL;
    CIHSM_TRY(certificate_subject(input->chain->root, &root, err));
    return finding_add(found, lint_refusal(input), "root-not-listed",
                       "have the CSR signed by a CA on the list, or look for a newer list", err,
                       "the root %.200s is not among the load balancer's roots", root);
}

cihsm_status lint_root(const identity_lint_input *input, finding_list *found, cihsm_error *err)
{
    const path_end end = find_end(input);
    if (input->lb_roots != NULL) {
        return end == PATH_ROOT ? add_unlisted_root(input, found, err) : CIHSM_OK;
    }
    const bool is_complete =
        end == PATH_ROOT || (end == PATH_OPEN && sk_X509_num(input->chain->intermediates) > 0);
    return is_complete ? add_unchecked(input, found, err) : CIHSM_OK;
}
