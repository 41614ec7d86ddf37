/* SPDX-License-Identifier: BSD-2-Clause */
/* The calling side: requests and signals through channels, calls to core's own objects. */

#include "image.h"
#include <osier/string.h>

/*
 * A call's way: request into the page, ring if the server does not look by itself, wait for the
 * reply's sequence number, first spinning if the server runs on another CPU, then by futex.
 *
 *     client                                   server
 *     request, sequence = n  (full fence)      awake = 0  (full fence)
 *     awake? no: write to the doorbell         request there? no: read from the doorbell
 *     sleeping = 1  (full fence)               reply, reply.sequence = n  (full fence)
 *     reply.sequence == n? no: futex wait      sleeping? yes: futex wake
 *         (cancelled: give up the channel)
 *
 * With capabilities, the request without its number comes first, then the call to core, which hands
 * them over and rings for a server that was not awake before: it may have answered already when the
 * client goes on.
 */

enum { SIGNAL_PROBES = 8 };

static struct client_channel channels[OS_LINUX_CHANNELS_MAX];
static uint32_t channel_top, channel_free; /* free: + 1 */
static struct lock channel_lock;

static uint32_t channel_number_take(void)
{
	uint32_t number = OS_LINUX_CHANNELS_MAX;

	lock_take(&channel_lock);
	if (channel_free) {
		number = channel_free - 1;
		channel_free = channels[number].next;
	} else if (channel_top < OS_LINUX_CHANNELS_MAX) {
		number = channel_top++;
	}
	lock_release(&channel_lock);
	return number;
}

static void channel_number_give(uint32_t number)
{
	lock_take(&channel_lock);
	channels[number].next = channel_free;
	channel_free = number + 1;
	lock_release(&channel_lock);
}

static uint64_t channel_address(uint32_t number)
{
	return info->base + OS_LINUX_CLIENT_OFFSET + (uint64_t)number * OS_LINUX_PAGE;
}

static void channel_unmap(uint32_t number)
{
	struct client_channel *channel = &channels[number];

	SYSCALL_2(NR_munmap, channel->page, OS_LINUX_PAGE);
	SYSCALL_1(NR_close, channel->doorbell);
	*channel = (struct client_channel){ 0 };
}

/* Give up the channel that the link names. */
static void channel_close(uint32_t *link)
{
	const uint32_t number = *link - 1;

	*link = channels[number].next;
	core_call(OS_LINUX_CHANNEL_CLOSE, number, 0);
	channel_unmap(number);
	channel_number_give(number);
}

/* Give up the channels whose server is gone; `all`: every one. */
static void channels_sweep(struct thread *thread, bool all)
{
	uint32_t *link = &thread->first_channel;

	thread->recent = 0;
	while (*link) {
		struct client_channel *channel = &channels[*link - 1];

		if (!all && channel->page->reply.sequence != OS_LINUX_REPLY_GONE) {
			link = &channel->next;
			continue;
		}
		channel_close(link);
	}
}

/*
 * The answer to a request is not waited for any more. With the channel, all that may still come
 * ends up as if the client had ended: nowhere, and what goes with it is dropped.
 */
static void channel_abandon(struct thread *thread, const struct client_channel *channel)
{
	const uint32_t number = (uint32_t)(channel - channels) + 1;
	uint32_t *link = &thread->first_channel;

	thread->recent = 0;
	while (*link != number)
		link = &channels[*link - 1].next;
	channel_close(link);
}

void client_thread_fini(struct thread *thread)
{
	channels_sweep(thread, true);
}

static enum os_err channel_open(struct thread *thread, uint32_t slot, uint32_t ep_key,
                                struct client_channel **out)
{
	struct client_channel *channel;
	uint32_t number;
	long result;

	channels_sweep(thread, false);
	number = channel_number_take();
	if (number == OS_LINUX_CHANNELS_MAX)
		return OS_ERR_LIMIT;
	result = map_call(OS_LINUX_MAP_CHANNEL, slot, channel_address(number), OS_LINUX_PAGE,
	                  PROT_READ | PROT_WRITE, 0);
	if (result != (long)channel_address(number)) {
		channel_number_give(number);
		return result > 0 && result < OS_ERR_COUNT ? (enum os_err)result
		                                           : OS_ERR_OUT_OF_RAM;
	}
	channel = &channels[number];
	*channel = (struct client_channel){
		.page = (struct os_linux_channel *)result,
		.ep_key = ep_key,
		.server_index = thread->utcb->answer_index,
		.doorbell = thread->utcb->answer_fd,
		.spin = { .budget = SPIN_CYCLES_MAX },
		.next = thread->first_channel,
	};
	thread->first_channel = number + 1;
	*out = channel;
	return OS_OK;
}

/* The thread's channel to the entrypoint `ep_key`; opened with the capability in `slot`. */
static inline enum os_err channel_to(struct thread *thread, uint32_t slot, uint32_t ep_key,
                                     struct client_channel **out)
{
	uint32_t number = thread->recent;

	if (number && channels[number - 1].ep_key == ep_key) {
		*out = &channels[number - 1];
		return OS_OK;
	}
	for (number = thread->first_channel; number; number = channels[number - 1].next)
		if (channels[number - 1].ep_key == ep_key) {
			thread->recent = number;
			*out = &channels[number - 1];
			return OS_OK;
		}
	return channel_open(thread, slot, ep_key, out);
}

static void ring(const struct client_channel *channel)
{
	/* a full doorbell makes the server look everywhere: nothing is lost */
	SYSCALL_3(NR_write, channel->doorbell, &channel->server_index, 4);
}

/* ------------------------------------------------------------------ calling */

/* All of it but its number. */
static void request_write(struct client_channel *channel, uint32_t right, const struct os_msg *msg)
{
	struct os_linux_channel *page = channel->page;

	page->request.right = right;
	page->request.op = msg->op;
	page->request.length = msg->length;
	page->request.cap_count = msg->cap_count;
	page->request.flow = msg->flow;
	page->request.cpu = cpu_tell();
	page->request.sleeping = 0;
	memcpy(page->request.payload, msg->payload, msg->length);
}

static inline uint32_t reply_sequence(const struct os_linux_channel *page)
{
	return __atomic_load_n(&page->reply.sequence, __ATOMIC_ACQUIRE);
}

static inline bool reply_there(uint32_t now, uint32_t sequence)
{
	return now == sequence || now >= OS_LINUX_REPLY_CANCELLED;
}

/*
 * Spinning pays while the server runs elsewhere. One that has never answered has first to accept
 * the channel, and may well wait for this CPU to do so. `seen`: when the reply was there.
 */
static bool spin(struct client_channel *channel, uint64_t *seen)
{
	const struct os_linux_channel *page = channel->page;
	uint64_t start, waited = 0;
	bool there = false;

	if (!page->reply.cpu || page->reply.cpu == page->request.cpu)
		return false;
	start = cycles();
	while (!there && waited < channel->spin.budget) {
		there = reply_there(reply_sequence(page), channel->sequence);
		waited = cycles() - start;
		if (waited > SPIN_CYCLES_TIGHT)
			cpu_relax();
	}
	spin_learn(&channel->spin, there, waited);
	if (there)
		*seen = start + waited;
	return there;
}

/* The server runs on this CPU: let it. */
static bool hand_over(struct client_channel *channel, uint64_t *seen)
{
	const struct os_linux_channel *page = channel->page;
	bool there = false, ran = true;
	uint64_t start, now;

	if (page->reply.cpu != page->request.cpu || !handoff_worth(&channel->handoff))
		return false;
	now = cycles();
	for (int i = 0; i < YIELDS_MAX && ran && !there; i++) {
		start = now;
		SYSCALL_0(NR_sched_yield);
		/* in this order: nothing is seen before it is there */
		there = reply_there(reply_sequence(page), channel->sequence);
		now = cycles();
		ran = handoff_ran(now - start);
	}
	handoff_learn(&channel->handoff, there && ran);
	if (there)
		*seen = now;
	return there;
}

/* OS_LINUX_REPLY_CANCELLED if the thread is cancelled meanwhile. */
static uint32_t reply_sleep(struct client_channel *channel)
{
	struct os_linux_channel *page = channel->page;
	uint32_t now;
	long result;

	__atomic_store_n(&page->request.sleeping, 1, __ATOMIC_SEQ_CST);
	while (!reply_there(now = reply_sequence(page), channel->sequence))
		if (!cancellable(NR_futex, (long)&page->reply.sequence, FUTEX_WAIT, now, &result) &&
		    !reply_there(reply_sequence(page), channel->sequence)) {
			cancel_take();
			return OS_LINUX_REPLY_CANCELLED;
		}
	return reply_sequence(page);
}

static uint32_t reply_wait(struct client_channel *channel)
{
	struct os_trace_writer *trace = &thread_self()->block.trace;
	uint32_t now;

	/* core may have rung, and the server have answered */
	if (reply_there(reply_sequence(channel->page), channel->sequence) ||
	    hand_over(channel, &trace->seen) || spin(channel, &trace->seen))
		return reply_sequence(channel->page);
	os_trace_write(trace, OS_TRACE_BLOCK, OS_TRACE_WAIT_REPLY);
	now = reply_sleep(channel);
	(void)cpu_tell();
	os_trace_write(trace, OS_TRACE_WAKE, 0);
	return now;
}

static enum os_err reply_read(struct client_channel *channel, struct os_msg *msg)
{
	struct os_linux_channel *page = channel->page;
	uint32_t count = __atomic_load_n(&page->reply.cap_count, __ATOMIC_RELAXED);
	uint16_t length = __atomic_load_n(&page->reply.length, __ATOMIC_RELAXED);

	if (length > OS_MSG_PAYLOAD_MAX)
		return OS_ERR_PROTOCOL;
	msg->op = page->reply.op;
	msg->length = length;
	memcpy(msg->payload, page->reply.payload, length);
	return caps_take(client_record((uint32_t)(channel - channels)), channel->sequence, count,
	                 msg);
}

static uint32_t sequence_next(uint32_t sequence)
{
	sequence++;
	return sequence >= OS_LINUX_REPLY_CANCELLED ? 1 : sequence;
}

/* Have core hand over what goes with the request, and ring for it: `rung`. */
static enum os_err caps_send(struct client_channel *channel, uint32_t slot, struct os_msg *msg,
                             bool *rung)
{
	uint64_t sequence = channel->sequence;
	long result;

	if ((*rung = !channel->page->reply.awake))
		sequence |= OS_LINUX_CAPS_RING;
	result = core_call(OS_LINUX_CAPS_SEND, slot, sequence);
	msg->cap_move = 0; /* consumed by core, in every case */
	return (enum os_err)result;
}

static enum os_err call_direct(struct thread *thread, uint32_t slot, const struct os_linux_cap *cap,
                               struct os_msg *msg)
{
	struct client_channel *channel;
	uint32_t right = cap->right, now;
	bool rung = false;
	enum os_err err;

	if ((err = channel_to(thread, slot, cap->ep_key, &channel)))
		return err;
	if (msg->length > OS_MSG_PAYLOAD_MAX)
		return OS_ERR_INVALID;
	channel->sequence = sequence_next(channel->sequence);
	request_write(channel, right, msg);
	if (msg->cap_count && (err = caps_send(channel, slot, msg, &rung)))
		return err;
	/* the full fence of the exchange stands between the request and the look at `awake` */
	__atomic_exchange_n(&channel->page->request.sequence, channel->sequence, __ATOMIC_SEQ_CST);
	if (!rung && !channel->page->reply.awake)
		ring(channel);
	now = reply_wait(channel);
	if (now == OS_LINUX_REPLY_GONE) {
		channels_sweep(thread, false);
		return OS_ERR_GONE;
	}
	if (now == OS_LINUX_REPLY_CANCELLED) {
		channel_abandon(thread, channel);
		return OS_ERR_CANCELLED;
	}
	return reply_read(channel, msg);
}

/* What is marked as moved is consumed, also where no peer was reached. */
static void moved_drop(struct os_msg *msg)
{
	for (uint32_t i = 0; i < msg->cap_count && i < OS_MSG_CAPS_MAX; i++)
		if (msg->cap_move & 1u << i)
			cap_drop(msg->caps[i].slot);
	msg->cap_move = 0;
}

static enum os_err call_core(struct thread *thread, uint32_t slot)
{
	long result;

	/* the answer to an allocation is the memory's descriptor */
	thread->utcb->answer_fd = 0;
	result = core_call(OS_LINUX_CALL, slot, 0);
	if (result && result == (long)thread->utcb->answer_fd)
		return OS_OK;
	return (enum os_err)result;
}

enum os_err call(uint32_t slot, struct os_msg *msg)
{
	struct thread *thread = thread_self();
	const struct os_linux_cap *cap = cap_entry(slot);
	enum os_err err;

	thread->block.trace.seen = 0;
	switch (cap->kind) {
	case OS_LINUX_CAP_RPC:
		err = call_direct(thread, slot, cap, msg);
		break;
	case OS_LINUX_CAP_CORE:
		err = call_core(thread, slot);
		msg->cap_move = 0; /* consumed, in every case */
		return err;
	case OS_LINUX_CAP_DEAD:
		err = OS_ERR_GONE;
		break;
	default:
		err = cap->kind == OS_LINUX_CAP_SIGNAL ? OS_ERR_CAP_TYPE : OS_ERR_CAP_INVALID;
	}
	if (err && msg->cap_move)
		moved_drop(msg);
	return err;
}

/* ------------------------------------------------------------------ signals */

/*
 * Add to the signals of `right` that wait in the channel. False: no place near its own is free, or
 * the count would not fit.
 */
static bool signal_add(struct client_channel *channel, uint32_t right, uint32_t count)
{
	uint64_t *signals = channel->page->signals;

	for (uint32_t i = 0; i < SIGNAL_PROBES; i++) {
		uint64_t *slot = &signals[(right + i) % OS_LINUX_SIGNAL_SLOTS];
		uint64_t was = __atomic_load_n(slot, __ATOMIC_RELAXED);

		/* the server takes meanwhile: the slot may become free, but nobody else's */
		while ((!was || was >> 32 == right) && (uint32_t)was <= UINT32_MAX - count)
			if (__atomic_compare_exchange_n(
			            slot, &was, (uint64_t)right << 32 | ((uint32_t)was + count),
			            false, __ATOMIC_RELEASE, __ATOMIC_RELAXED))
				return true;
	}
	return false;
}

enum os_err signal_submit(uint32_t slot, uint32_t count)
{
	struct thread *thread = thread_self();
	const struct os_linux_cap *cap = cap_entry(slot);
	struct client_channel *channel;
	enum os_err err;

	if (cap->kind == OS_LINUX_CAP_DEAD)
		return OS_ERR_GONE;
	if (cap->kind != OS_LINUX_CAP_SIGNAL)
		return cap->kind ? OS_ERR_CAP_TYPE : OS_ERR_CAP_INVALID;
	if (!count)
		return OS_ERR_INVALID;
	if ((err = channel_to(thread, slot, cap->ep_key, &channel)))
		return err;
	if (!signal_add(channel, cap->right, count))
		return (enum os_err)core_call(OS_LINUX_SIGNAL, slot, count);
	channel->page->request.cpu = cpu_tell();
	__atomic_fetch_add(&channel->page->request.signal_sequence, 1, __ATOMIC_SEQ_CST);
	if (!channel->page->reply.awake)
		ring(channel);
	return OS_OK;
}
