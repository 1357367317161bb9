/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
 * Does a call start with an HTTP/1 message? Only to decide whether a connection is worth reporting call
 * by call; parsing is user space's. */
#ifndef CODEXRAY_HTTP_H
#define CODEXRAY_HTTP_H

#include "types.h"

#define BYTES4(a, b, c, d) ((__u32)(a) | (__u32)(b) << 8 | (__u32)(c) << 16 | (__u32)(d) << 24)

/* `head`: the first 8 bytes of the call, the rest 0 where it was shorter. A rare method is recognised by
 * its response. "HTTP/2" and the HTTP/2 preface are not HTTP/1. */
static __always_inline bool starts_http(const __u8 *head)
{
	__u32 first = *(const __u32 *)head;
	__u32 second = *(const __u32 *)(head + 4);

	switch (first) {
	case BYTES4('G', 'E', 'T', ' '):
	case BYTES4('P', 'U', 'T', ' '):
		return true;
	case BYTES4('H', 'T', 'T', 'P'):
		return (second & 0xffffff) == BYTES4('/', '1', '.', 0);
	case BYTES4('P', 'O', 'S', 'T'):
	case BYTES4('H', 'E', 'A', 'D'):
		return (second & 0xff) == ' ';
	case BYTES4('P', 'A', 'T', 'C'):
		return (second & 0xffff) == BYTES4('H', ' ', 0, 0);
	case BYTES4('D', 'E', 'L', 'E'):
		return (second & 0xffffff) == BYTES4('T', 'E', ' ', 0);
	case BYTES4('O', 'P', 'T', 'I'):
		return second == BYTES4('O', 'N', 'S', ' ');
	case BYTES4('C', 'O', 'N', 'N'):
		return second == BYTES4('E', 'C', 'T', ' ');
	case BYTES4('T', 'R', 'A', 'C'):
		return (second & 0xffff) == BYTES4('E', ' ', 0, 0);
	default:
		return false;
	}
}

#endif
