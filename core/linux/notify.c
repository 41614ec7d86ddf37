/* SPDX-License-Identifier: BSD-2-Clause */
/* Calls to core: seccomp notifications of a PD, told apart and answered. */

#include "linux.h"
#include <osier/string.h>

/*
 * A notification names the calling thread by the page of its UTCB, which the caller itself states:
 * a PD that lies about it confuses its own threads alone, for the listener tells which PD it is.
 * Every notification is answered exactly once, by an answer or by letting the system call continue.
 */

enum {
	IOCTL_RECV = (int)0xc0502100,
	IOCTL_SEND = (int)0xc0182101,
	IOCTL_ADDFD = 0x40182103,
	ADDFD_SETFD = 1,
	ADDFD_SEND = 2,
	RESPONSE_CONTINUE = 1,
	DEBUG_LINES_MAX = 64, /* of one PD */
	ENDING_MAX = 16,      /* threads of one PD that have not quite ended */
};

struct response {
	uint64_t id;
	int64_t value;
	int32_t error;
	uint32_t flags;
};

void notify_answer(struct pd *pd, uint64_t id, int64_t value)
{
	struct response response = { .id = id, .value = value };

	/* fails if the thread has been killed meanwhile: its end is reported by the listener */
	SYSCALL_3(NR_ioctl, fd_number(pd->platform.listener), IOCTL_SEND, &response);
}

void notify_continue(struct pd *pd, uint64_t id)
{
	struct response response = { .id = id, .flags = RESPONSE_CONTINUE };

	SYSCALL_3(NR_ioctl, fd_number(pd->platform.listener), IOCTL_SEND, &response);
}

static bool add_fd(struct pd *pd, uint64_t id, struct fd fd, int at, uint32_t flags)
{
	struct {
		uint64_t id;
		uint32_t flags, source, target, target_flags;
	} add = { id, flags, (uint32_t)fd_number(fd), (uint32_t)at, O_CLOEXEC };

	return SYSCALL_3(NR_ioctl, fd_number(pd->platform.listener), IOCTL_ADDFD, &add) >= 0;
}

/* Give the PD a copy of `fd` as number `at`, in place of what it has there. */
bool notify_add_fd(struct pd *pd, uint64_t id, struct fd fd, int at)
{
	return add_fd(pd, id, fd, at, ADDFD_SETFD);
}

/*
 * The same as the answer, which is `at` then: one switch to the caller instead of two. The caller
 * knows it from an error by answer_fd in its UTCB.
 */
static bool answer_with_fd(struct thread *thread, uint64_t id, struct fd fd, int at)
{
	thread_utcb(thread)->answer_fd = (uint32_t)at;
	return add_fd(thread->pd, id, fd, at, ADDFD_SETFD | ADDFD_SEND);
}

/* ------------------------------------------------------------------ RPC to core's objects */

static void fd_slot_set(struct thread *thread, uint32_t slot, uint64_t size)
{
	thread_utcb(thread)->fd_slot = slot;
	thread_utcb(thread)->fd_size = size;
}

/* Memory that was just allocated is about to be attached: answer with its file. */
static bool answer_with_memory(struct thread *thread, uint64_t id, const struct os_msg *msg)
{
	struct object *object = cap_lookup_kind(thread->pd, msg->caps[0].slot, OBJECT_DATASPACE);
	struct dataspace *ds = object ? container_of(object, struct dataspace, object) : NULL;

	if (!ds || !ds->memory.fd.plus_one || !ds->writeable)
		return false;
	fd_slot_set(thread, msg->caps[0].slot, ds->size);
	if (answer_with_fd(thread, id, ds->memory.fd, thread_fd(thread, OS_LINUX_FD_MAP)))
		return true;
	fd_slot_set(thread, 0, 0);
	return false;
}

/* The capabilities of a message, read once; the payload goes another way. */
static void caps_copy_in(struct os_msg *to, const volatile struct os_msg *from)
{
	uint8_t cap_count = from->cap_count;

	to->cap_count = OS_MIN(cap_count, (uint8_t)OS_MSG_CAPS_MAX);
	to->cap_move = from->cap_move;
	for (uint32_t i = 0; i < to->cap_count; i++)
		to->caps[i] = (struct os_msg_cap){ from->caps[i].slot, 0 };
}

static void msg_copy_in(struct os_msg *to, const volatile struct os_msg *from)
{
	uint16_t length = from->length;

	to->op = from->op;
	to->length = OS_MIN(length, (uint16_t)OS_MSG_PAYLOAD_MAX);
	to->flow = 0;
	memcpy(to->payload, (const uint8_t *)from->payload, to->length);
	caps_copy_in(to, from);
}

static int64_t call(struct thread *thread, uint64_t id, uint32_t slot)
{
	static struct os_msg msg;
	struct os_msg *shared = &thread_utcb(thread)->msg;
	struct pd *pd = thread->pd;
	bool alloc;
	enum os_err err;

	/* copied once, so that what is checked is what is used */
	msg_copy_in(&msg, shared);
	alloc = msg.op == PD_OP_ALLOC && cap_lookup_kind(pd, slot, OBJECT_PD);
	err = core_call(thread, slot, &msg);
	if (err == OS_ERR_CANCELLED)
		return NO_ANSWER;
	if (err)
		return err;
	shared->op = msg.op;
	shared->length = msg.length;
	shared->cap_count = msg.cap_count;
	shared->cap_move = 0;
	memcpy(shared->payload, msg.payload, msg.length);
	memcpy(shared->caps, msg.caps, msg.cap_count * sizeof(msg.caps[0]));
	if (alloc && msg.op == OS_OK && answer_with_memory(thread, id, &msg))
		return NO_ANSWER;
	return OS_OK;
}

/* ------------------------------------------------------------------ the other calls */

static int64_t dup_slot(struct pd *pd, uint32_t index)
{
	struct object *object = cap_lookup(pd, index);
	uint32_t slot;

	return object ? cap_insert(pd, object, &slot) : cap_lookup_error(pd, index);
}

/* Hand capabilities over ahead of a request, to the server behind `slot`, and ring if asked to. */
static int64_t caps_send(struct thread *thread, uint32_t slot, uint32_t sequence, bool ring)
{
	static struct os_msg msg;
	struct object *object = cap_lookup_kind(thread->pd, slot, OBJECT_RPC);
	struct channel *channel = NULL;
	int64_t err = OS_ERR_GONE;

	caps_copy_in(&msg, &thread_utcb(thread)->msg);
	if (object)
		channel = channel_to(thread, container_of(object, struct rpc_object, object)->ep);
	if (channel)
		err = caps_transfer(channel, true, thread->pd, sequence, &msg);
	if (!err && ring)
		doorbell_ring(channel->ep, channel->server_index);
	for (uint32_t i = 0; i < msg.cap_count; i++)
		if (msg.cap_move & 1u << i)
			cap_drop(thread->pd, msg.caps[i].slot);
	return err;
}

static int64_t caps_reply(struct thread *thread, uint32_t index, uint32_t sequence)
{
	static struct os_msg msg;
	struct channel *channel = channel_served(thread->pd, index);
	int64_t err = OS_ERR_GONE;

	caps_copy_in(&msg, &thread_utcb(thread)->msg);
	if (channel && channel->client)
		err = caps_transfer(channel, false, thread->pd, sequence, &msg);
	for (uint32_t i = 0; i < msg.cap_count; i++)
		if (msg.cap_move & 1u << i)
			cap_drop(thread->pd, msg.caps[i].slot);
	return err;
}

static int64_t ep_create(struct thread *thread, uint64_t id, uint32_t caps_max)
{
	struct pd *pd = thread->pd;
	struct entrypoint *ep;
	uint32_t number = 1, fd;
	enum os_err err;

	while (number < EPS_MAX && pd_ep(pd, number))
		number++;
	if (number == EPS_MAX)
		return OS_ERR_LIMIT;
	if ((err = entrypoint_create(pd, number, &ep)))
		return err;
	ep->platform.caps_max = OS_MIN(caps_max, (uint32_t)OS_MSG_CAPS_MAX);
	fd = OS_LINUX_FD_SERVE + OS_LINUX_FD_KINDS * number;
	if (!notify_add_fd(pd, id, ep->platform.read_end, (int)fd)) {
		entrypoint_destroy(ep);
		return OS_ERR_LIMIT;
	}
	SYSCALL_1(NR_close, fd_number(ep->platform.read_end));
	ep->platform.read_end = (struct fd){ 0 };
	thread_utcb(thread)->answer_fd = fd;
	thread_utcb(thread)->answer_index = number;
	return OS_OK;
}

static int64_t ep_event(struct thread *thread, uint32_t id)
{
	struct os_linux_utcb *utcb = thread_utcb(thread);
	struct entrypoint *ep = pd_ep(thread->pd, id);
	struct os_list_node *node;

	utcb->event_kind = OS_LINUX_EVENT_NONE;
	if (!ep)
		return OS_LINUX_ANSWER;
	if ((node = os_list_first(&ep->platform.closed))) {
		struct channel *channel = OS_LIST_ITEM(node, struct channel, closed_node);

		os_list_remove(&ep->platform.closed, node);
		utcb->event_kind = OS_LINUX_EVENT_CLOSED;
		utcb->event_index = channel->server_index;
		channel->told = true;
	} else if ((node = os_list_first(&ep->platform.pending))) {
		struct signal_context *context =
		        OS_LIST_ITEM(node, struct signal_context, pending_node);

		os_list_remove(&ep->platform.pending, node);
		utcb->event_kind = OS_LINUX_EVENT_SIGNAL;
		utcb->event_badge = context->badge;
		utcb->event_count = context->pending;
		context->pending = 0;
	}
	return OS_LINUX_ANSWER +
	       (!os_list_empty(&ep->platform.closed) || !os_list_empty(&ep->platform.pending));
}

/* The PD has unmapped a channel that it was told to be closed. */
static int64_t release(struct pd *pd, uint32_t index)
{
	struct channel *channel = channel_served(pd, index);

	if (!channel || !channel->told)
		return OS_ERR_NOT_FOUND;
	channel_release(channel);
	return OS_OK;
}

static int64_t signal_submit(struct pd *pd, uint32_t slot, uint32_t count)
{
	struct object *object = cap_lookup_kind(pd, slot, OBJECT_SIGNAL);

	if (!object)
		return cap_lookup_error(pd, slot);
	signal_context_submit(container_of(object, struct signal_context, object), count);
	return OS_OK;
}

static int64_t dataspace_fd(struct thread *thread, uint64_t id, uint32_t slot, bool writeable)
{
	struct object *object = cap_lookup_kind(thread->pd, slot, OBJECT_DATASPACE);
	struct dataspace *ds;
	enum os_err err;

	if (!object)
		return cap_lookup_error(thread->pd, slot);
	ds = container_of(object, struct dataspace, object);
	if (!ds->memory.fd.plus_one)
		return OS_ERR_UNSUPPORTED;
	if ((err = map_offer(thread, id, ds, writeable)))
		return err;
	fd_slot_set(thread, slot, ds->size);
	return OS_OK;
}

static int64_t thread_prepare(struct pd *pd, uint32_t slot)
{
	struct object *object = cap_lookup_kind(pd, slot, OBJECT_THREAD);
	struct thread *thread;

	if (!object)
		return OS_ERR_CAP_INVALID;
	thread = container_of(object, struct thread, object);
	if (thread->pd != pd || !thread->platform.page || thread->started)
		return OS_ERR_INVALID;
	thread->started = true;
	thread->platform.prepared = true;
	return OS_LINUX_ANSWER + thread->platform.page;
}

/*
 * A thread may be cloned for each one that was prepared, with these flags and no others. Linux
 * counts, too: threads that outlive what pays for them leave no room for new ones.
 */
static void clone_request(struct pd *pd, const struct seccomp_notif *n)
{
	unsigned long flags =
	        CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM;
	struct thread *prepared = NULL;
	uint32_t started = 0;

	OS_LIST_FOR_EACH (node, &pd->threads) {
		struct thread *thread = OS_LIST_ITEM(node, struct thread, pd_node);

		started += thread->started;
		if (thread->platform.prepared)
			prepared = thread;
	}
	if (!prepared || n->data.args[0] != flags || process_threads(pd) >= started + ENDING_MAX) {
		notify_answer(pd, n->id, -E_PERM);
		return;
	}
	prepared->platform.prepared = false;
	notify_continue(pd, n->id);
}

/* It was paused before it began: it stops as soon as this call has been answered. */
static void begin_paused(struct thread *thread)
{
	if (thread->pauses && tracer_stop(thread))
		core_log("cannot pause \"%s\": the host forbids tracing", thread->pd->label);
}

static int64_t thread_running(struct thread *thread, uint32_t tid)
{
	/* nor does one thread run as two: which of them would wait for core? */
	if (thread->platform.tid || thread_by_tid(thread->pd, (int)tid))
		return OS_ERR_INVALID;
	thread->platform.tid = (int)tid;
	thread->platform.running = true;
	platform_thread_priority(thread);
	trace_thread_begins(thread);
	begin_paused(thread);
	return OS_OK;
}

static void text_of(struct thread *thread, char *text, size_t size)
{
	const volatile uint8_t *payload = thread_utcb(thread)->msg.payload;
	size_t i = 0;

	for (; i + 1 < size && (text[i] = (char)payload[i]); i++)
		continue;
	text[i] = 0;
}

static void panic(struct thread *thread)
{
	struct pd *pd = thread->pd;
	char text[PD_TEXT_MAX];

	text_of(thread, text, sizeof(text));
	core_log_lines(pd->label, text);
	process_kill(pd);
	pd_ended(pd, PD_STATE_CRASHED, text);
}

static int64_t debug(struct thread *thread)
{
	char text[256];

	text_of(thread, text, sizeof(text));
	/* for what goes wrong before LOG works; not a way around its throttle */
	if (thread->pd->platform.debug_lines++ < DEBUG_LINES_MAX)
		core_log_lines(thread->pd->label, text);
	return OS_OK;
}

/* Everything is mapped: stop, and tell what a debugger needs. */
static int64_t halt(struct pd *pd)
{
	const char *binary = pd->binary_name[0] ? pd->binary_name : os_label_last(pd->label);

	if (!options.halt || !os_str_equal(options.halt, pd->label))
		return OS_ERR_DENIED;
	SYSCALL_2(NR_kill, pd->platform.pid, SIGSTOP);
	core_log("halted %s pid %d binary %s base 0x%lx", pd->label, pd->platform.pid, binary,
	         (unsigned long)pd->platform.load_base);
	return OS_OK;
}

/* ------------------------------------------------------------------ dispatch */

static int64_t serve(struct thread *thread, const struct seccomp_notif *n)
{
	uint32_t a = (uint32_t)n->data.args[2], b = (uint32_t)n->data.args[3];
	struct pd *pd = thread->pd;
	struct channel *channel;
	struct entrypoint *ep;

	switch ((enum os_linux_call)n->data.args[0]) {
	case OS_LINUX_CALL:
		return call(thread, n->id, a);
	case OS_LINUX_NOTHING:
		return OS_OK;
	case OS_LINUX_CAP_DROP:
		cap_drop(pd, a);
		return OS_OK;
	case OS_LINUX_CAP_DUP:
		return dup_slot(pd, a);
	case OS_LINUX_CAPS_SEND:
		return caps_send(thread, a, b, n->data.args[3] & OS_LINUX_CAPS_RING);
	case OS_LINUX_CAPS_REPLY:
		return caps_reply(thread, a, b);
	case OS_LINUX_CHANNEL_CLOSE:
		if (a < pd->platform.client_count && (channel = pd->platform.client_channels[a]))
			channel_client_gone(channel);
		return OS_OK;
	case OS_LINUX_CHANNEL_RELEASE:
		return release(pd, a);
	case OS_LINUX_EP_CREATE:
		return ep_create(thread, n->id, a);
	case OS_LINUX_EP_DESTROY:
		if (a != OS_EP_MAIN && (ep = pd_ep(pd, a)))
			entrypoint_destroy(ep);
		return OS_OK;
	case OS_LINUX_EP_EVENT:
		return ep_event(thread, a);
	case OS_LINUX_SIGNAL:
		return signal_submit(pd, a, b);
	case OS_LINUX_DATASPACE_FD:
		return dataspace_fd(thread, n->id, a, b != 0);
	case OS_LINUX_THREAD_PREPARE:
		return thread_prepare(pd, a);
	case OS_LINUX_THREAD_RUNNING:
		return thread_running(thread, n->pid);
	case OS_LINUX_THREAD_EXIT:
		thread->platform.running = false;
		return OS_OK;
	case OS_LINUX_TRACE:
		return trace_place(thread, &thread_utcb(thread)->trace);
	case OS_LINUX_HALT:
		begin_paused(thread);
		return halt(pd);
	case OS_LINUX_DEBUG:
		return debug(thread);
	default:
		return OS_ERR_OPERATION;
	}
}

/* What the PD has dropped since its last call. */
static void drops_serve(struct thread *thread)
{
	struct os_linux_utcb *utcb = thread_utcb(thread);
	const uint32_t said = __atomic_load_n(&utcb->drop_count, __ATOMIC_RELAXED);
	const uint32_t count = OS_MIN(said, (uint32_t)OS_LINUX_DROPS_MAX);

	utcb->drop_count = 0;
	for (uint32_t i = 0; i < count; i++) {
		const uint32_t index = __atomic_load_n(&utcb->drops[i].slot, __ATOMIC_RELAXED);
		const uint32_t times = __atomic_load_n(&utcb->drops[i].count, __ATOMIC_RELAXED);
		struct cap_slot *slot = cap_slot_at(thread->pd, index);

		/* never more often than it was taken, one by one */
		for (uint32_t n = slot ? OS_MIN(times, slot->count) : 0; n; n--)
			cap_drop(thread->pd, index);
	}
}

static void serve_call(struct pd *pd, const struct seccomp_notif *n)
{
	struct thread *thread = thread_by_page(pd, (uint32_t)n->data.args[1]);
	int64_t result;

	if (!thread) {
		notify_answer(pd, n->id, OS_ERR_INVALID);
		return;
	}
	core.current = thread;
	drops_serve(thread);
	if (n->data.args[0] == OS_LINUX_PANIC) {
		panic(thread);
		return;
	}
	if (n->data.args[0] == OS_LINUX_FAULT) {
		exception_request(thread, n);
		return;
	}
	result = serve(thread, n);
	if (result != NO_ANSWER)
		notify_answer(pd, n->id, result);
}

/* The process has ended by itself, or was killed from outside. */
static void process_ended(struct pd *pd)
{
	process_kill(pd);
	if (pd->state == PD_STATE_RUNNING || pd->state == PD_STATE_READY)
		pd_ended(pd, PD_STATE_KILLED, "the process was killed or ended itself");
}

static int caller;

int notify_caller(void)
{
	return caller;
}

void notify(struct pd *pd)
{
	struct seccomp_notif n = { 0 };
	struct thread *thread;
	long err;

	err = SYSCALL_3(NR_ioctl, fd_number(pd->platform.listener), IOCTL_RECV, &n);
	caller = err ? 0 : (int)n.pid;
	if (err == -E_NOENT) {
		/* the caller was killed before we looked, or all of the PD is gone */
		if (process_gone(pd))
			process_ended(pd);
		return;
	}
	if (err)
		return;
	switch (n.data.nr) {
	case OS_LINUX_CALL_NR:
		serve_call(pd, &n);
		return;
	case NR_mmap:
		thread = thread_by_tid(pd, (int)n.pid);
		if (thread)
			map_request(thread, &n);
		else
			notify_answer(pd, n.id, -E_PERM);
		return;
	case NR_munmap:
		unmap_request(pd, &n);
		return;
	case NR_clone:
		clone_request(pd, &n);
		return;
	default:
		notify_answer(pd, n.id, -E_PERM);
		return;
	}
}
