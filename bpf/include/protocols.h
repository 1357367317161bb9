/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
 * Does a call start with a message of a protocol that user space reads? Only to decide whether a connection is
 * worth reporting call by call; parsing is user space's. `head` is the first 8 bytes of the call, the rest 0
 * where it was shorter. */
#ifndef CODEXRAY_PROTOCOLS_H
#define CODEXRAY_PROTOCOLS_H

#include "types.h"

#define BYTES4(a, b, c, d) ((__u32)(a) | (__u32)(b) << 8 | (__u32)(c) << 16 | (__u32)(d) << 24)

/* A rare method is recognised by its response. "HTTP/2" and the HTTP/2 preface are not HTTP/1. */
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

static __always_inline __u32 big_endian(const __u8 *p)
{
	return (__u32)p[0] << 24 | (__u32)p[1] << 16 | (__u32)p[2] << 8 | p[3];
}

/* A session of protocol 3, a simple query, or a statement that is prepared. */
static __always_inline bool starts_postgres(const __u8 *head, __u32 size)
{
	__u32 length = big_endian(head + 1);

	if (head[0] == 'Q')
		return length == size - 1;
	if (head[0] == 'P')
		return length >= 8 && length < size && head[5] < 0x7f;
	return head[0] == 0 && head[1] == 0 && big_endian(head) <= size && head[4] == 0 && head[5] == 3 && head[6] == 0;
}

/* A command: an array of bulk strings. */
static __always_inline bool starts_redis(const __u8 *head)
{
	if (head[0] != '*' || head[1] < '1' || head[1] > '9')
		return false;
	if (head[2] == '\r')
		return head[3] == '\n' && head[4] == '$';
	return head[2] >= '0' && head[2] <= '9' && head[3] == '\r' && head[4] == '\n' && head[5] == '$';
}

static __always_inline bool starts_known(const __u8 *head, __u32 size)
{
	return starts_http(head) || starts_redis(head) || starts_postgres(head, size);
}

#endif
