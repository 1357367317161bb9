/* A client whose answer arrives through io_uring while its thread sits in read() of something else: uring PORT.
 * Sends with io_uring too. Ends when its standard input does; fails unless the answer had arrived by then. */
#include <arpa/inet.h>
#include <linux/io_uring.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct io_uring_params params;
static char *submissions, *completions;
static struct io_uring_sqe *entries;
static int ring;

static void submit(int operation, int fd, void *buffer, unsigned size, unsigned wait)
{
	unsigned *tail = (unsigned *)(submissions + params.sq_off.tail);
	unsigned *array = (unsigned *)(submissions + params.sq_off.array);
	unsigned at = *tail & (params.sq_entries - 1);

	memset(&entries[at], 0, sizeof(entries[at]));
	entries[at].opcode = operation;
	entries[at].fd = fd;
	entries[at].addr = (unsigned long)buffer;
	entries[at].len = size;
	array[at] = at;
	__atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
	if (syscall(SYS_io_uring_enter, ring, 1, wait, wait ? IORING_ENTER_GETEVENTS : 0, 0, 0) != 1)
		exit(3);
}

int main(int argc, char **argv)
{
	static char request[] = "GET / HTTP/1.1\r\nhost: a\r\n\r\n";
	static char other[64] = "HTTP/1.1 999 not yours\r\n\r\n", answer[4096];
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	to.sin_port = htons(argc > 1 ? atoi(argv[1]) : 0);
	ring = syscall(SYS_io_uring_setup, 4, &params);
	if (ring < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)))
		return 2;
	submissions = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_SQ_RING);
	completions = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_CQ_RING);
	entries = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_SQES);
	submit(IORING_OP_SEND, fd, request, sizeof(request) - 1, 1);
	submit(IORING_OP_RECV, fd, answer, sizeof(answer), 0);
	if (read(0, other, sizeof(other)) != 0)
		return 4;
	return *(unsigned *)(completions + params.cq_off.tail) == 2 && answer[0] == 'H' ? 0 : 5;
}
