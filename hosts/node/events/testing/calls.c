/* A client that uses the system calls named by its arguments, in order, on one connection: what a test cannot
 * make Node do. calls PORT CALL... */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

static char *const words[] = { "GET / ", "HTTP/1.1\r\n", "host: a\r\n", "\r\n" };

static int transfer(int fd, const char *call, char *in)
{
	struct iovec out[4], parts[2] = { { in, 5 }, { in + 5, 4091 } };
	struct mmsghdr message = { 0 };

	for (int i = 0; i < 4; i++)
		out[i] = (struct iovec){ words[i], strlen(words[i]) };
	message.msg_hdr.msg_iov = call[0] == 's' ? out : parts;
	message.msg_hdr.msg_iovlen = call[0] == 's' ? 4 : 2;
	if (!strcmp(call, "write"))
		return write(fd, "GET / HTTP/1.1\r\nhost: a\r\n\r\n", 27);
	if (!strcmp(call, "writev"))
		return writev(fd, out, 4);
	if (!strcmp(call, "sendto"))
		return sendto(fd, "GET / HTTP/1.1\r\nhost: a\r\n\r\n", 27, 0, 0, 0);
	if (!strcmp(call, "sendmsg"))
		return sendmsg(fd, &message.msg_hdr, 0);
	if (!strcmp(call, "sendmmsg"))
		return sendmmsg(fd, &message, 1, 0);
	if (!strcmp(call, "pwritev2"))
		return pwritev2(fd, out, 4, -1, 0);
	if (!strcmp(call, "read"))
		return read(fd, in, 4096);
	if (!strcmp(call, "readv"))
		return readv(fd, parts, 2);
	if (!strcmp(call, "preadv2"))
		return preadv2(fd, parts, 2, -1, 0);
	if (!strcmp(call, "recvfrom"))
		return recvfrom(fd, in, 4096, 0, 0, 0);
	if (!strcmp(call, "peek"))
		return recv(fd, in, 4096, MSG_PEEK);
	if (!strcmp(call, "truncate"))
		return recv(fd, in, 4096, MSG_TRUNC);
	if (!strcmp(call, "recvmsg"))
		return recvmsg(fd, &message.msg_hdr, 0);
	if (!strcmp(call, "recvmmsg"))
		return recvmmsg(fd, &message, 1, 0, 0);
	fprintf(stderr, "no call %s\n", call);
	return -1;
}

int main(int argc, char **argv)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	static char in[4096];

	if (argc < 2)
		return 2;
	to.sin_port = htons(atoi(argv[1]));
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)))
		return 3;
	for (int i = 2; i < argc; i++)
		if (transfer(fd, argv[i], in) <= 0)
			return 4;
	return 0;
}
