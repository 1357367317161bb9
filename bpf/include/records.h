/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
 * Records of the two ring buffers, as user space reads them (docs/formats.md, "Kernel records").
 * Little-endian, no implicit padding; all times are CLOCK_MONOTONIC nanoseconds (CLOCK_BOOTTIME is not used:
 * latencies must not count suspend). Addresses are 16 bytes, IPv4 as ::ffff:a.b.c.d. */
#ifndef CODEXRAY_RECORDS_H
#define CODEXRAY_RECORDS_H

enum record_kind {
	/* data ring, read by the l7 component */
	RECORD_CONNECTION = 1, /* struct connection_record: established or found open */
	RECORD_CONNECT_FAILED = 2, /* struct connection_record: SYN_SENT -> CLOSE */
	RECORD_DATA = 3, /* struct data_record and `captured` bytes of payload */
	RECORD_BYTES = 4, /* struct bytes_record: bytes that no RECORD_DATA reported */
	RECORD_CLOSE = 5, /* struct bytes_record: the connection is gone */
	/* control ring, read by the host */
	RECORD_PROCESS_START = 16, /* struct process_record: fork of a new process */
	RECORD_PROCESS_EXEC = 17, /* struct process_record */
	RECORD_PROCESS_EXIT = 18, /* struct process_record */
	RECORD_LISTEN = 19, /* struct listen_record */
	RECORD_UNLISTEN = 20, /* struct listen_record */
};

enum connection_role {
	ROLE_OUTBOUND = 1,
	ROLE_INBOUND = 2,
	ROLE_FOUND_OPEN = 3, /* opened before the agent started: direction not known */
};

enum data_direction {
	DIRECTION_RECEIVE = 0,
	DIRECTION_SEND = 1,
};

struct connection_record { /* 88 bytes */
	__u8 kind;
	__u8 role;
	__u16 reserved;
	__u32 pid; /* thread group */
	__u64 time;
	__u64 cookie;
	__u64 cgroup; /* id of the cgroup v2 directory */
	__u64 duration; /* SYN_SENT to this record, ns; 0 inbound */
	__u32 netns;
	__u16 local_port; /* host order */
	__u16 remote_port;
	__u8 local[16];
	__u8 remote[16];
	__u64 reserved2;
};

struct data_record { /* 24 bytes, then payload */
	__u8 kind;
	__u8 direction;
	__u16 captured;
	__u32 size; /* bytes the call moved */
	__u64 time;
	__u64 cookie;
};

struct bytes_record { /* 40 bytes */
	__u8 kind;
	__u8 reserved[3];
	__u32 retransmits; /* of the whole connection; RECORD_CLOSE only */
	__u64 time;
	__u64 cookie;
	__u64 sent;
	__u64 received;
};

struct process_record { /* 48 bytes */
	__u8 kind;
	__u8 oom_victim; /* RECORD_PROCESS_EXIT: the kernel ended it for its memory */
	__u8 reserved[2];
	__u32 pid; /* thread group */
	__u64 time;
	__u64 cgroup;
	__u32 parent; /* thread group; RECORD_PROCESS_START only */
	__u32 reserved2;
	char comm[16];
};

struct listen_record { /* 48 bytes */
	__u8 kind;
	__u8 reserved;
	__u16 port; /* host order */
	__u32 pid;
	__u64 time;
	__u64 cgroup;
	__u32 netns;
	__u32 reserved2;
	__u8 address[16];
};

#endif
