/* SPDX-License-Identifier: BSD-2-Clause */
/* The other end on Linux: a socket and a file of pixels that core passes on. */

#include <abi/linux.h>
#include <base/linux/syscall.h>
#include <osier/thread.h>
#include <terminal/byte_ring.h>

#include "../platform.h"

/*
 * A thread waits for the host, the entrypoint never does:
 *
 *   read(2)   --> ring --> entrypoint      a full ring: the reader sleeps at `room`
 *   sendto(2) <----------- entrypoint      a full socket: nothing is sent
 *
 * Who is about to sleep says so first, then looks again; who makes room then wakes it, once.
 */

enum { EVENT = sizeof(struct display_event), E_FAULT = 14, E_PIPE = 32 };

_Static_assert(OS_BYTE_RING_SIZE % EVENT == 0, "events lie in one piece");

static struct {
	struct os_thread reader;
	struct os_byte_ring ring;
	struct signal_context_cap arrived;
	struct os_semaphore room;
	_Atomic(bool) sleeping;
} host;

static bool has_room(void)
{
	return os_byte_ring_room(&host.ring) >= EVENT;
}

static void wait_for_room(void)
{
	while (!has_room()) {
		atomic_store(&host.sleeping, true);
		/* if there is room by now, somebody may be about to wake us */
		if (!has_room() || !atomic_exchange(&host.sleeping, false))
			os_semaphore_down(&host.room);
	}
}

/* An empty message looks like the end; but who has ended cannot be sent one. */
static bool has_ended(void)
{
	return SYSCALL_6(NR_sendto, OS_LINUX_FD_HOST, NULL, 0, MSG_DONTWAIT | MSG_NOSIGNAL, NULL,
	                 0) == -E_PIPE;
}

static void read_all(struct os_thread *thread, void *argument)
{
	struct display_event event;

	(void)thread;
	(void)argument;
	for (;;) {
		const long size = SYSCALL_3(NR_read, OS_LINUX_FD_HOST, &event, EVENT);

		if (size == -E_INTR)
			continue;
		if (size < 0 || (size == 0 && has_ended()))
			return; /* nobody is at the other end, and nobody will be */
		if (size != EVENT)
			continue;
		wait_for_room();
		os_byte_ring_put(&host.ring, &event, EVENT);
		if (os_signal_submit(host.arrived, 1))
			return;
	}
}

bool platform_take(struct display_event *event)
{
	const bool taken = os_byte_ring_get(&host.ring, event, EVENT) == EVENT;

	if (taken && atomic_exchange(&host.sleeping, false))
		os_semaphore_up(&host.room);
	return taken;
}

bool platform_send(const struct display_request *request)
{
	return SYSCALL_6(NR_sendto, OS_LINUX_FD_HOST, request, sizeof(*request),
	                 MSG_DONTWAIT | MSG_NOSIGNAL, NULL, 0) == (long)sizeof(*request);
}

/* System calls do not wait for core to resolve a page. */
static void touch(const volatile uint8_t *start, uint64_t size)
{
	for (uint64_t at = 0; at < size; at += OS_PAGE_SIZE)
		(void)start[at];
	(void)start[size - 1];
}

static void write_at(const uint8_t *bytes, uint64_t size, uint64_t offset)
{
	while (size) {
		long done = SYSCALL_4(NR_pwrite64, OS_LINUX_FD_SCREEN, bytes, size, offset);

		if (done == -E_FAULT) {
			touch(bytes, size);
			done = SYSCALL_4(NR_pwrite64, OS_LINUX_FD_SCREEN, bytes, size, offset);
		}
		if (done == -E_INTR)
			continue;
		if (done <= 0)
			return; /* no memory of the host's: these pixels stay as they were */
		bytes += done;
		size -= (uint64_t)done;
		offset += (uint64_t)done;
	}
}

void platform_pixels(const uint32_t *pixels, uint32_t width, const struct display_part *part)
{
	const bool whole = part->width == width; /* rows in one piece */
	const uint32_t rows = whole ? 1 : part->height;
	const uint64_t size = 4ul * part->width * (whole ? part->height : 1);

	for (uint32_t row = 0; row < rows; row++) {
		const uint64_t at = (uint64_t)(part->y + row) * width + part->x;

		write_at((const uint8_t *)(pixels + at), size, 4 * at);
	}
}

enum os_err platform_init(struct os_env *env, struct signal_context_cap arrived)
{
	const struct display_request ready = { .kind = DISPLAY_READY };

	host.arrived = arrived;
	if (!platform_send(&ready))
		return OS_ERR_NOT_FOUND;
	return os_thread_init(&host.reader, env, "reader", 0, 0, read_all, NULL);
}
