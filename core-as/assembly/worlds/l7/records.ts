// Records of the kernel's data ring: the layout of bpf/include/records.h, little-endian.

export const RECORD_CONNECTION: u32 = 1;
export const RECORD_CONNECT_FAILED: u32 = 2;
export const RECORD_DATA: u32 = 3;
export const RECORD_BYTES: u32 = 4;
export const RECORD_CLOSE: u32 = 5;
/** From here on a record is for the host. */
export const FIRST_CONTROL_RECORD: u32 = 16;

export const OUTBOUND: u32 = 1;
export const INBOUND: u32 = 2;
export const FOUND_OPEN: u32 = 3;

export const CONNECTION_SIZE: u32 = 88;
export const DATA_SIZE: u32 = 24;
export const BYTES_SIZE: u32 = 40;

@unmanaged
export class ConnectionRecord {
	kind: u8;
	role: u8;
	reserved: u16;
	pid: u32;
	time: u64;
	cookie: u64;
	cgroup: u64;
	/** Nanoseconds from SYN_SENT; 0 inbound. */
	duration: u64;
	netns: u32;
	localPort: u16;
	remotePort: u16;
	localLow: u64;
	localHigh: u64;
	remoteLow: u64;
	remoteHigh: u64;
	reserved2: u64;
}

@unmanaged
export class DataRecord {
	kind: u8;
	direction: u8;
	captured: u16;
	/** Bytes that the call moved. */
	size: u32;
	time: u64;
	cookie: u64;
}

@unmanaged
export class BytesRecord {
	kind: u8;
	reserved: u8;
	reserved2: u16;
	retransmits: u32;
	time: u64;
	cookie: u64;
	sent: u64;
	received: u64;
}
