/* SPDX-License-Identifier: BSD-2-Clause */
/* The line on Linux: the terminal that core passes on, with a thread for each direction. */

#include <abi/linux.h>
#include <base/linux/syscall.h>
#include <osier/thread.h>

#include "../platform.h"

/*
 * The threads wait for the host, the entrypoint never does:
 *
 *   read(2)  --> input ring  --> sessions     a full ring: the reader sleeps at `room`
 *   write(2) <-- output ring <-- sessions     an empty one: the writer sleeps at `work`
 *
 * Who is about to sleep says so first, then looks again; who changes the ring then wakes it, once.
 */

enum { PIECE = 512, SECOND = 1000000000, RETRY = SECOND / 50 };

/* struct winsize of ioctl_tty(2) */
struct window {
	uint16_t lines, columns, width, height;
};

/* A thread that sleeps while there is nothing to do. */
struct worker {
	struct os_thread thread;
	struct os_semaphore work;
	_Atomic(bool) sleeping;
};

static struct {
	struct line *line;
	struct signal_context_cap changed;
	struct os_env *env;
	struct worker reader, writer;
	struct os_thread watcher;
	bool watched;
	struct window window;    /* the watcher's: the size that it has seen last */
	uint32_t columns, lines; /* where the host knows no better */
} terminal;

static void tell(void)
{
	const enum os_err err = os_signal_submit(terminal.changed, 1);

	OS_ASSERT(!err);
}

static void wake(struct worker *worker)
{
	if (atomic_exchange(&worker->sleeping, false))
		os_semaphore_up(&worker->work);
}

/* Sleep unless `ready()`. */
static void rest(struct worker *worker, bool (*ready)(void))
{
	atomic_store(&worker->sleeping, true);
	if (!ready()) {
		os_semaphore_down(&worker->work);
		return;
	}
	/* somebody may be about to wake us */
	if (!atomic_exchange(&worker->sleeping, false))
		os_semaphore_down(&worker->work);
}

/* futex(2): nobody wakes us, the time does */
static void pause(int64_t nanoseconds)
{
	const struct timespec time = { nanoseconds / SECOND, nanoseconds % SECOND };
	uint32_t word = 0;

	SYSCALL_4(NR_futex, &word, FUTEX_WAIT | FUTEX_PRIVATE, 0, &time);
}

/* ------------------------------------------------------------------ both directions */

static bool has_room(void)
{
	return os_byte_ring_room(&terminal.line->input);
}

static bool has_work(void)
{
	return os_byte_ring_used(&terminal.line->output);
}

static void read_all(struct os_thread *thread, void *argument)
{
	uint8_t piece[PIECE];

	(void)thread;
	(void)argument;
	for (;;) {
		const uint32_t room = os_byte_ring_room(&terminal.line->input);
		long count;

		if (!room) {
			rest(&terminal.reader, has_room);
			continue;
		}
		count = SYSCALL_3(NR_read, OS_LINUX_FD_HOST, piece, OS_MIN(room, (uint32_t)PIECE));
		if (count == -E_INTR)
			continue;
		if (count == -E_AGAIN) {
			pause(RETRY); /* another program has set it so */
			continue;
		}
		if (count <= 0)
			return; /* nobody is at the other end, and nobody will */
		os_byte_ring_put(&terminal.line->input, piece, (uint32_t)count);
		tell();
	}
}

/* Where nobody is at the other end, what is written is gone. */
static void write_piece(const uint8_t *piece, uint32_t size)
{
	uint32_t done = 0;

	while (done < size) {
		const long count = SYSCALL_3(NR_write, OS_LINUX_FD_HOST, piece + done, size - done);

		if (count == -E_AGAIN)
			pause(RETRY);
		else if (count < 0 && count != -E_INTR)
			return;
		else if (count > 0)
			done += (uint32_t)count;
	}
}

static void write_all(struct os_thread *thread, void *argument)
{
	uint8_t piece[PIECE];

	(void)thread;
	(void)argument;
	for (;;) {
		const uint32_t size = os_byte_ring_get(&terminal.line->output, piece, PIECE);

		if (!size) {
			rest(&terminal.writer, has_work);
			continue;
		}
		tell();
		write_piece(piece, size);
	}
}

void platform_output(void)
{
	wake(&terminal.writer);
}

void platform_input(void)
{
	wake(&terminal.reader);
}

/* ------------------------------------------------------------------ size */

static void host_size(struct window *window)
{
	*window = (struct window){ 0 };
	/* ioctl_tty(2); an error: it is no terminal */
	SYSCALL_3(NR_ioctl, OS_LINUX_FD_HOST, TIOCGWINSZ, window);
}

void platform_size(uint32_t *columns, uint32_t *lines)
{
	struct window window;

	host_size(&window);
	*columns = window.columns ? window.columns : terminal.columns;
	*lines = window.lines ? window.lines : terminal.lines;
}

/* The host's signal for this goes to the processes of a terminal's own session alone. */
static void watch(struct os_thread *thread, void *argument)
{
	struct window *const last = &terminal.window;
	struct window now;

	(void)thread;
	(void)argument;
	for (;;) {
		pause(SECOND);
		host_size(&now);
		if (now.columns == last->columns && now.lines == last->lines)
			continue;
		*last = now;
		tell();
	}
}

void platform_size_watch(void)
{
	enum os_err err;

	if (terminal.watched)
		return;
	host_size(&terminal.window);
	err = os_thread_init(&terminal.watcher, terminal.env, "size", 0, 0, watch, NULL);
	if (err)
		os_warning(terminal.env, "changes of the size stay unseen: %s", os_err_text(err));
	terminal.watched = !err;
}

enum os_err platform_init(struct os_env *env, struct os_xml config, struct line *line,
                          struct signal_context_cap changed)
{
	enum os_err err;

	terminal.env = env;
	terminal.line = line;
	terminal.changed = changed;
	terminal.columns = (uint32_t)os_xml_u64(config, "columns", 80);
	terminal.lines = (uint32_t)os_xml_u64(config, "lines", 25);
	if ((err = os_thread_init(&terminal.reader.thread, env, "reader", 0, 0, read_all, NULL)))
		return err;
	return os_thread_init(&terminal.writer.thread, env, "writer", 0, 0, write_all, NULL);
}
