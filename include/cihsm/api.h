/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm/api.h - attributes used by the other public headers.
 *
 * Plain macros, with no state to share between threads. Source: the manual of GCC, "Function
 * Attributes", which clang shares.
 */
#ifndef CIHSM_API_H
#define CIHSM_API_H

#ifdef __cplusplus
#define CIHSM_BEGIN_DECLS extern "C" {
#define CIHSM_END_DECLS }
#else
#define CIHSM_BEGIN_DECLS
#define CIHSM_END_DECLS
#endif

/** Marks what the shared library exports. */
#define CIHSM_API __attribute__((visibility("default")))
/** The result must be looked at. */
#define CIHSM_NODISCARD __attribute__((warn_unused_result))
/** Lets the compiler check a printf-like call. */
#define CIHSM_PRINTF(format_at, first_at) __attribute__((format(printf, format_at, first_at)))

#endif
