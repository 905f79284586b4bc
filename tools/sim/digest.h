/* SPDX-License-Identifier: GPL-2.0 */
/* A result in one number, to be compared: FNV-1a (Fowler, Noll, Vo). */
#ifndef SIM_DIGEST_H
#define SIM_DIGEST_H

#include <stddef.h>
#include <stdint.h>

/* Of nothing. */
#define DIGEST UINT64_C(14695981039346656037)

/* Of what `digest` is of, and these bytes. */
static inline uint64_t digest_add(uint64_t digest, const void *bytes,
				  size_t len)
{
	const unsigned char *at = bytes;

	while (len--)
		digest = (digest ^ *at++) * UINT64_C(1099511628211);
	return digest;
}

#endif
