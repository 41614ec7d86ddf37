/* SPDX-License-Identifier: BSD-2-Clause */
/* Round trip of 32 bytes over AF_UNIX SEQPACKET; "descriptor": with one descriptor each way. */

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>

#include "baseline.h"

enum { CALLS = 2000, SIZE = 32 };

static void serve(void *argument)
{
	const int socket = *(int *)argument;
	char message[SIZE];

	while (read(socket, message, SIZE) == SIZE)
		if (write(socket, message, SIZE) != SIZE)
			return;
}

static void call(void *argument, int calls)
{
	const int socket = *(int *)argument;
	char message[SIZE] = { 0 };

	for (int i = 0; i < calls; i++)
		check(write(socket, message, SIZE) == SIZE && read(socket, message, SIZE) == SIZE,
		      "socket");
}

/* ------------------------------------------------------------------ with a descriptor */

union control {
	struct cmsghdr head;
	char space[CMSG_SPACE(sizeof(int))];
};

static int send_descriptor(int socket, char *message, int fd)
{
	union control control = { 0 };
	struct iovec vector = { message, SIZE };
	struct msghdr header = { .msg_iov = &vector,
		                 .msg_iovlen = 1,
		                 .msg_control = &control,
		                 .msg_controllen = sizeof(control) };

	control.head = (struct cmsghdr){ .cmsg_len = CMSG_LEN(sizeof(int)),
		                         .cmsg_level = SOL_SOCKET,
		                         .cmsg_type = SCM_RIGHTS };
	memcpy(CMSG_DATA(&control.head), &fd, sizeof(fd));
	return sendmsg(socket, &header, 0) == SIZE;
}

static int receive_descriptor(int socket, char *message, int *fd)
{
	union control control;
	struct iovec vector = { message, SIZE };
	struct msghdr header = { .msg_iov = &vector,
		                 .msg_iovlen = 1,
		                 .msg_control = &control,
		                 .msg_controllen = sizeof(control) };

	if (recvmsg(socket, &header, MSG_CMSG_CLOEXEC) != SIZE || !header.msg_controllen)
		return 0;
	memcpy(fd, CMSG_DATA(&control.head), sizeof(*fd));
	return 1;
}

static void serve_descriptor(void *argument)
{
	const int socket = *(int *)argument;
	char message[SIZE];
	int fd;

	while (receive_descriptor(socket, message, &fd)) {
		if (!send_descriptor(socket, message, fd))
			return;
		close(fd);
	}
}

static void call_descriptor(void *argument, int calls)
{
	static int sent = -1;
	const int socket = *(int *)argument;
	char message[SIZE] = { 0 };
	int fd;

	if (sent < 0)
		sent = open("/dev/null", O_RDONLY | O_CLOEXEC);
	for (int i = 0; i < calls; i++) {
		check(send_descriptor(socket, message, sent) &&
		              receive_descriptor(socket, message, &fd),
		      "socket");
		close(fd);
	}
}

int main(int argc, char **argv)
{
	const int descriptor = argc > 1 && strcmp(argv[1], "descriptor") == 0;
	int ends[2];

	check(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends) == 0, "socketpair");
	start_process(descriptor ? serve_descriptor : serve, &ends[1]);
	printf("us %.4f\n", measure(descriptor ? call_descriptor : call, &ends[0], CALLS));
	return 0;
}
