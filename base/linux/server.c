/* SPDX-License-Identifier: BSD-2-Clause */
/* The serving side: entrypoints that receive calls and signals from channels, and from core. */

#include "image.h"
#include <osier/string.h>

/*
 * A client that sees `awake` in its channel relies on being looked at before the entrypoint sleeps;
 * all others ring the doorbell, a pipe that carries channel numbers. So the entrypoint looks at few
 * pages (its active channels, most recently used), however many clients it has:
 *
 *        +--> active channels ----- request or signal there? --------------> return it
 *        |         | nothing
 *        |    numbers from the doorbell: make the channel active ---+
 *        |         | none left                                      |
 *        |    spin, if the last client runs on another CPU          |
 *        |         |                                                |
 *        |    awake = 0 everywhere, fence, look once more           |
 *        |         |                                                |
 *        +---- sleep: read from the doorbell <----------------------+
 *
 * A doorbell that was full may have turned numbers away. That many numbers in a row without the
 * pipe running dry therefore make the entrypoint look at every channel.
 */

enum {
	EPS = 256,
	ACTIVE_MAX = 8,
	BATCH = 32,          /* numbers read at once */
	PIPE_NUMBERS = 1024, /* that fit into the doorbell */
	BELL_EVENT = 0xffffffff,
	BELL_INTERVAL =
	        64, /* events from active channels before the doorbell is looked at anyway */
};

struct server_channel {
	struct os_linux_channel *page; /* NULL: not mapped */
	uint32_t last_sequence, signal_sequence;
	uint32_t told_sequence; /* in the page when last_sequence was taken: request_handed() */
	uint32_t ep;
	uint32_t serial; /* of the request: unlike the client's numbers, never used for another */
	uint16_t lost, owed; /* its client is gone; last_sequence has not been answered */
};

struct ep {
	bool used, event_pending;
	int doorbell;
	uint32_t active[ACTIVE_MAX]; /* channel numbers, most recently used first */
	uint32_t active_count;
	uint32_t bells[BATCH];
	uint32_t bell_count, bell_next, unbroken;
	uint32_t scan, scan_end; /* channels still to be looked at */
	uint32_t scan_taken;     /* events of the channel `scan` so far */
	bool scan_first;
	uint32_t since_bell, turn;
	/* the channel that had something while ep_wait() stayed awake, and when; 0: none had */
	uint32_t seen_channel;
	uint64_t seen;
	struct spin spin;
	struct handoff handoff;
};

static struct server_channel channels[OS_LINUX_CHANNELS_MAX];
static uint32_t serial;      /* of the latest request */
static uint32_t channel_top; /* numbers from here on were never used */
static struct ep eps[EPS];

void server_init(void)
{
	eps[OS_EP_MAIN] = (struct ep){ .used = true,
		                       .doorbell = OS_LINUX_FD_DOORBELL,
		                       .spin = { .budget = SPIN_CYCLES_MAX } };
}

enum os_err ep_create(uint32_t caps_max, uint32_t *ep)
{
	struct os_linux_utcb *utcb = thread_self()->utcb;
	long err = core_call(OS_LINUX_EP_CREATE, caps_max, 0);

	if (err)
		return (enum os_err)err;
	*ep = utcb->answer_index;
	eps[*ep] = (struct ep){ .used = true,
		                .doorbell = (int)utcb->answer_fd,
		                .spin = { .budget = SPIN_CYCLES_MAX } };
	return OS_OK;
}

static void channel_unmap(uint32_t index)
{
	struct server_channel *channel = &channels[index];

	if (channel->page)
		SYSCALL_2(NR_munmap, channel->page, OS_LINUX_PAGE);
	*channel = (struct server_channel){ 0 };
}

void ep_destroy(uint32_t number)
{
	struct ep *ep = &eps[number];

	if (number >= EPS || !ep->used)
		return;
	for (uint32_t i = 0; i < channel_top; i++)
		if (channels[i].page && channels[i].ep == number)
			channel_unmap(i);
	SYSCALL_1(NR_close, ep->doorbell);
	*ep = (struct ep){ 0 };
	/* from here on another thread may get the same number, and the same descriptor */
	core_call(OS_LINUX_EP_DESTROY, number, 0);
}

void server_channel_lost(uint32_t index)
{
	channels[index].lost = 1;
}

/* ------------------------------------------------------------------ active channels */

static void active_remove(struct ep *ep, uint32_t index)
{
	for (uint32_t i = 0; i < ep->active_count; i++)
		if (ep->active[i] == index) {
			ep->active[i] = ep->active[--ep->active_count];
			return;
		}
}

/* Map channel `index` if it is new; false if there is none. */
static bool channel_ready(uint32_t number, uint32_t index)
{
	uint64_t address = info->base + OS_LINUX_SERVER_OFFSET + (uint64_t)index * OS_LINUX_PAGE;
	struct server_channel *channel = &channels[index];
	struct os_linux_record *record;
	long result;

	if (channel->page)
		return channel->ep == number && !channel->lost;
	record = server_record(index);
	if (!record || !record->pd_tag || record->ep != number)
		return false;
	result = map_call(OS_LINUX_MAP_ACCEPT, index, address, OS_LINUX_PAGE,
	                  PROT_READ | PROT_WRITE, 0);
	if (result != (long)address)
		return false;
	*channel =
	        (struct server_channel){ .page = (struct os_linux_channel *)result, .ep = number };
	channel_top = OS_MAX(channel_top, index + 1);
	return true;
}

/* The number of a request that the client tells, and that has not been taken; else 0. */
static inline uint32_t request_told(const struct server_channel *channel)
{
	const uint32_t told = __atomic_load_n(&channel->page->request.sequence, __ATOMIC_ACQUIRE);

	return told != channel->told_sequence && told != channel->last_sequence ? told : 0;
}

static bool busy(const struct server_channel *channel)
{
	return !channel->lost && (request_told(channel) ||
	                          __atomic_load_n(&channel->page->request.signal_sequence,
	                                          __ATOMIC_ACQUIRE) != channel->signal_sequence);
}

/* Look at the channels from `first` to before `end`, whether they ring or not. */
static void scan_begin(struct ep *ep, uint32_t first, uint32_t end)
{
	ep->scan = first;
	ep->scan_end = end;
	ep->scan_taken = 0;
}

/* Let the client of `index` off ringing. The one that has been quiet for longest must ring again.
 */
static void activate(uint32_t number, uint32_t index)
{
	struct ep *ep = &eps[number];
	uint32_t i, old;

	if (!channel_ready(number, index))
		return;
	for (i = 0; i < ep->active_count; i++)
		if (ep->active[i] == index)
			return;
	if (ep->active_count == ACTIVE_MAX) {
		ep->turn = (ep->turn + 1) % ACTIVE_MAX;
		i = ep->turn;
		old = ep->active[i];
		__atomic_store_n(&channels[old].page->reply.awake, 0, __ATOMIC_SEQ_CST);
		/* it may have relied on us just before: look at it as if it had rung */
		if (busy(&channels[old]) && ep->scan >= ep->scan_end) {
			scan_begin(ep, old, old + 1);
		} else if (busy(&channels[old])) {
			scan_begin(ep, 0, OS_MAX(ep->scan_end, channel_top));
		}
	} else {
		i = ep->active_count++;
	}
	ep->active[i] = index;
	channels[index].page->reply.awake = 1;
}

/* ------------------------------------------------------------------ what has arrived */

static bool right_valid(const struct os_linux_right *right, uint32_t index, uint32_t number,
                        uint32_t kind)
{
	const struct os_linux_record *record = server_record(index);

	return record && record->pd_tag && right->pd_tag == record->pd_tag && right->kind == kind &&
	       right->ep == number;
}

static void reply_error(struct server_channel *channel, uint32_t index, uint32_t number,
                        enum os_err err)
{
	struct os_msg *msg = thread_self()->block.msg;

	msg->op = err;
	msg->length = 0;
	msg->cap_count = 0;
	msg->cap_move = 0;
	ep_reply(number, index, channel->serial, msg);
}

/* Copy the request, once, and check it as far as the platform can. False: answered with an error.
 */
static bool request_take(uint32_t number, uint32_t index, uint32_t sequence,
                         struct os_ep_event *event)
{
	struct server_channel *channel = &channels[index];
	struct os_linux_channel *page = channel->page;
	struct thread *thread = thread_self();
	struct os_msg *msg = thread->block.msg;
	struct os_linux_right right;
	uint32_t cap_count;
	uint16_t length;

	channel->last_sequence = sequence;
	channel->told_sequence = __atomic_load_n(&page->request.sequence, __ATOMIC_RELAXED);
	channel->owed = 1;
	channel->serial = __atomic_add_fetch(&serial, 1, __ATOMIC_RELAXED);
	right = *right_entry(__atomic_load_n(&page->request.right, __ATOMIC_RELAXED));
	cap_count = __atomic_load_n(&page->request.cap_count, __ATOMIC_RELAXED);
	length = __atomic_load_n(&page->request.length, __ATOMIC_RELAXED);
	msg->op = page->request.op;
	msg->flow = page->request.flow;
	msg->length = length;
	msg->cap_move = 0;
	msg->cap_count = 0;
	if (length > OS_MSG_PAYLOAD_MAX) {
		reply_error(channel, index, number, OS_ERR_PROTOCOL);
		return false;
	}
	memcpy(msg->payload, page->request.payload, length);
	if (caps_take(server_record(index), channel->last_sequence, cap_count, msg)) {
		reply_error(channel, index, number, OS_ERR_PROTOCOL);
		return false;
	}
	if (!right_valid(&right, index, number, OS_LINUX_CAP_RPC)) {
		for (uint32_t i = 0; i < msg->cap_count; i++)
			cap_drop(msg->caps[i].slot);
		reply_error(channel, index, number, OS_ERR_GONE);
		return false;
	}
	*event = (struct os_ep_event){ OS_EP_CALL, right.badge, index, channel->serial, 0 };
	thread->block.trace.seen = eps[number].seen_channel == index ? eps[number].seen : 0;
	return true;
}

/* The next signal of a channel; false when all have been taken. */
static bool signal_take(uint32_t number, uint32_t index, struct os_ep_event *event)
{
	struct server_channel *channel = &channels[index];
	struct os_linux_channel *page = channel->page;
	uint32_t sequence = __atomic_load_n(&page->request.signal_sequence, __ATOMIC_ACQUIRE);

	/* it may be signals that have been seen, and a request that has come since */
	eps[number].seen = 0;
	for (uint32_t i = 0; i < OS_LINUX_SIGNAL_SLOTS; i++) {
		uint64_t signal = __atomic_load_n(&page->signals[i], __ATOMIC_RELAXED);
		struct os_linux_right right;

		if (!signal)
			continue;
		/* before they are taken: core may withdraw it, after taking what is left itself */
		right = *right_entry((uint32_t)(signal >> 32));
		signal = __atomic_exchange_n(&page->signals[i], 0, __ATOMIC_ACQUIRE);
		if (signal >> 32 != right.name)
			right = *right_entry((uint32_t)(signal >> 32));
		if (channel->lost || !(uint32_t)signal ||
		    !right_valid(&right, index, number, OS_LINUX_CAP_SIGNAL))
			continue;
		*event = (struct os_ep_event){ OS_EP_SIGNAL, right.badge, 0, 0, (uint32_t)signal };
		return true;
	}
	channel->signal_sequence = sequence;
	return false;
}

/* Anything in channel `index`? Signals and requests in turn, so that neither starves the other. */
static bool channel_take(uint32_t number, uint32_t index, struct os_ep_event *event)
{
	struct server_channel *channel = &channels[index];
	struct os_linux_channel *page = channel->page;
	uint32_t sequence;

	if (channel->lost)
		return false;
	if (__atomic_load_n(&page->request.signal_sequence, __ATOMIC_ACQUIRE) !=
	            channel->signal_sequence &&
	    signal_take(number, index, event))
		return true;
	sequence = request_told(channel);
	return sequence && request_take(number, index, sequence, event);
}

/*
 * The number of a request that core has rung for, when it had put capabilities into the record; or
 * 0. The request is complete then, and may be taken already, although its client has yet to tell
 * its number, when it goes on.
 */
static uint32_t request_handed(uint32_t index)
{
	const struct server_channel *channel = &channels[index];
	const uint8_t count = __atomic_load_n(&channel->page->request.cap_count, __ATOMIC_RELAXED);
	uint64_t word;

	if (!count || channel->lost)
		return 0;
	word = __atomic_load_n(&server_record(index)->caps_word, __ATOMIC_ACQUIRE);
	if (!word || (uint32_t)word == channel->last_sequence)
		return 0;
	/* else these are left over from a client that did not call */
	return (word ^ os_linux_caps_word((uint32_t)word, count, 0)) << 24 ? 0 : (uint32_t)word;
}

/*
 * The same as channel_take() for a channel that has been rung for. Before signals, which are found
 * without the bell as well: what was handed over is not, until its client goes on.
 */
static bool rung_take(uint32_t number, uint32_t index, struct os_ep_event *event)
{
	const uint32_t sequence = request_handed(index);

	if (sequence) {
		eps[number].seen = 0;
		if (request_take(number, index, sequence, event))
			return true;
	}
	return channel_take(number, index, event);
}

/* What core has for this entrypoint: ended clients, signals that came by way of core. */
static bool event_take(uint32_t number, struct os_ep_event *event)
{
	struct os_linux_utcb *utcb = thread_self()->utcb;
	struct ep *ep = &eps[number];

	while (ep->event_pending) {
		ep->event_pending = core_call(OS_LINUX_EP_EVENT, number, 0) == OS_LINUX_ANSWER + 1;
		if (utcb->event_kind == OS_LINUX_EVENT_CLOSED &&
		    utcb->event_index < OS_LINUX_CHANNELS_MAX) {
			uint32_t index = utcb->event_index;

			active_remove(ep, index);
			channel_unmap(index);
			ep->seen = 0;
			/* from here on the number may be used again, at any entrypoint */
			core_call(OS_LINUX_CHANNEL_RELEASE, index, 0);
		}
		if (utcb->event_kind == OS_LINUX_EVENT_SIGNAL) {
			*event = (struct os_ep_event){ OS_EP_SIGNAL, utcb->event_badge, 0, 0,
				                       utcb->event_count };
			return true;
		}
	}
	return false;
}

/* ------------------------------------------------------------------ the doorbell */

/* Read numbers; with `block` wait for some. False: the thread was cancelled meanwhile. */
static bool bells_read(struct ep *ep, bool block)
{
	struct {
		void *base;
		size_t length;
	} vector = { ep->bells, sizeof(ep->bells) };
	bool on = true;
	long got;

	if (block)
		on = cancellable(NR_read, ep->doorbell, (long)ep->bells, sizeof(ep->bells), &got);
	else
		got = syscall6(NR_preadv2, ep->doorbell, (long)&vector, 1, -1, -1, RWF_NOWAIT);
	ep->bell_next = 0;
	ep->bell_count = got > 0 ? (uint32_t)got / 4 : 0;
	ep->unbroken += ep->bell_count;
	if (ep->bell_count < BATCH) {
		if (ep->unbroken >= PIPE_NUMBERS) {
			scan_begin(ep, 0, OS_LINUX_CHANNELS_MAX);
			ep->event_pending = true;
		}
		ep->unbroken = 0;
	} else if (ep->unbroken >= PIPE_NUMBERS) {
		scan_begin(ep, 0, OS_LINUX_CHANNELS_MAX);
		ep->event_pending = true;
		ep->unbroken = 0;
	}
	return on;
}

/* Work through the numbers at hand until one has something to tell. */
static bool bells_take(uint32_t number, struct os_ep_event *event)
{
	struct ep *ep = &eps[number];

	while (ep->bell_next < ep->bell_count) {
		uint32_t index = ep->bells[ep->bell_next++];

		if (index == BELL_EVENT) {
			ep->event_pending = true;
			if (event_take(number, event))
				return true;
		} else if (index < OS_LINUX_CHANNELS_MAX && channel_ready(number, index)) {
			activate(number, index);
			if (rung_take(number, index, event))
				return true;
		}
	}
	return false;
}

/*
 * Look at every channel that exists, also at such as have not been accepted yet. Each is looked at
 * until it has nothing more: its client does not ring for what it had before. What comes
 * afterwards is rung for, so that a client cannot hold up the scan for long.
 */
static bool scan_take(uint32_t number, struct os_ep_event *event)
{
	struct ep *ep = &eps[number];

	while (ep->scan < ep->scan_end) {
		uint32_t index = ep->scan;

		if (index % OS_LINUX_RECORDS_PER_PAGE == 0 && !server_record(index)) {
			ep->scan = ep->scan_end; /* records are made in order: none beyond */
			break;
		}
		if (ep->scan_taken++ <= OS_LINUX_SIGNAL_SLOTS && channel_ready(number, index) &&
		    rung_take(number, index, event))
			return true;
		ep->scan_taken = 0;
		ep->scan++;
	}
	return false;
}

static bool active_take(uint32_t number, struct os_ep_event *event)
{
	struct ep *ep = &eps[number];

	for (uint32_t i = 0; i < ep->active_count; i++) {
		uint32_t index = ep->active[(ep->turn + i) % ep->active_count];

		if (channel_take(number, index, event)) {
			ep->turn = (ep->turn + i + 1) % ep->active_count;
			return true;
		}
	}
	return false;
}

/* ------------------------------------------------------------------ waiting */

static bool take(uint32_t number, struct os_ep_event *event)
{
	struct ep *ep = &eps[number];

	if (ep->event_pending && event_take(number, event))
		return true;
	if (bells_take(number, event))
		return true;
	if (ep->since_bell++ >= BELL_INTERVAL) {
		ep->since_bell = 0;
		bells_read(ep, false);
		if (bells_take(number, event))
			return true;
	}
	/* in turn: clients that always have something must not keep a scan from going on */
	ep->scan_first = !ep->scan_first;
	if (ep->scan_first)
		return scan_take(number, event) || active_take(number, event);
	return active_take(number, event) || scan_take(number, event);
}

/* The last client runs on another CPU: its next call may come soon. */
static bool spin(struct ep *ep, uint32_t index)
{
	uint64_t start = cycles(), waited = 0;
	bool there = false;

	while (!there && waited < ep->spin.budget) {
		there = busy(&channels[index]);
		waited = cycles() - start;
		if (waited > SPIN_CYCLES_TIGHT)
			cpu_relax();
	}
	spin_learn(&ep->spin, there, waited);
	if (there) {
		ep->seen_channel = index;
		ep->seen = start + waited;
	}
	return there;
}

/* Is there something in an active channel? The first such is `seen_channel`. */
static bool any_busy(struct ep *ep)
{
	for (uint32_t i = 0; i < ep->active_count; i++)
		if (busy(&channels[ep->active[i]])) {
			ep->seen_channel = ep->active[i];
			return true;
		}
	return false;
}

/* The last client runs on this CPU: let it, and the others; one of them may come with a call. */
static bool hand_over(struct ep *ep)
{
	bool there = false, ran = true;
	uint64_t start, now;

	if (!handoff_worth(&ep->handoff))
		return false;
	now = cycles();
	for (int i = 0; i < YIELDS_MAX && ran && !there; i++) {
		start = now;
		SYSCALL_0(NR_sched_yield);
		/* in this order: nothing is seen before it is there */
		there = any_busy(ep);
		now = cycles();
		ran = handoff_ran(now - start);
	}
	handoff_learn(&ep->handoff, there && ran);
	if (there)
		ep->seen = now;
	return there;
}

/* Stay awake for a while, in the way that suits where the client runs that was served last. */
static bool wait_awake(uint32_t number)
{
	struct ep *ep = &eps[number];
	const struct server_channel *channel;
	uint32_t index;

	ep->seen = 0;
	if (!ep->active_count)
		return false;
	index = ep->active[(ep->turn + ep->active_count - 1) % ep->active_count];
	channel = &channels[index];
	if (channel->lost)
		return false;
	/* who passes capabilities talks to core first, which yielding would only hold up */
	if (channel->page->request.cpu == cpu_told())
		return !channel->page->request.cap_count && hand_over(ep);
	return spin(ep, index);
}

static void awake_set(struct ep *ep, uint16_t awake)
{
	for (uint32_t i = 0; i < ep->active_count; i++)
		channels[ep->active[i]].page->reply.awake = awake;
}

static bool bells_sleep(struct ep *ep)
{
	struct os_trace_writer *trace = &thread_self()->block.trace;
	bool on;

	os_trace_write(trace, OS_TRACE_BLOCK, OS_TRACE_WAIT_EVENT);
	on = bells_read(ep, true);
	(void)cpu_tell();
	os_trace_write(trace, OS_TRACE_WAKE, 0);
	return on;
}

enum os_err ep_wait(uint32_t number, bool block, struct os_ep_event *event)
{
	struct ep *ep;
	bool on;

	*event = (struct os_ep_event){ .kind = OS_EP_NONE };
	if (number >= EPS || !eps[number].used)
		return OS_ERR_INVALID;
	ep = &eps[number];
	ep->seen = 0;
	for (;;) {
		if (take(number, event))
			return OS_OK;
		if (!block) {
			bells_read(ep, false);
			return take(number, event) ? OS_OK : OS_ERR_EMPTY;
		}
		if (wait_awake(number))
			continue;
		drops_flush();
		awake_set(ep, 0);
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
		on = active_take(number, event) || bells_sleep(ep);
		awake_set(ep, 1);
		if (event->kind != OS_EP_NONE)
			return OS_OK;
		if (!on && cancel_take())
			return OS_ERR_CANCELLED;
	}
}

/* ------------------------------------------------------------------ answering */

static void moved_drop(const struct os_msg *msg)
{
	for (uint32_t i = 0; i < msg->cap_count && i < OS_MSG_CAPS_MAX; i++)
		if (msg->cap_move & 1u << i)
			cap_drop(msg->caps[i].slot);
}

void ep_reply(uint32_t number, uint32_t index, uint32_t request, struct os_msg *msg)
{
	uint16_t length = OS_MIN(msg->length, (uint16_t)OS_MSG_PAYLOAD_MAX);
	struct os_linux_channel *page;
	struct server_channel *channel;
	long err = 0;

	channel = index < OS_LINUX_CHANNELS_MAX ? &channels[index] : NULL;
	if (!channel || !channel->page || channel->lost || channel->ep != number ||
	    !channel->owed || channel->serial != request) {
		moved_drop(msg);
		return;
	}
	channel->owed = 0;
	page = channel->page;
	if (msg->cap_count)
		err = core_call(OS_LINUX_CAPS_REPLY, index, channel->last_sequence);
	page->reply.op = err ? (uint16_t)err : msg->op;
	length = err ? 0 : length; /* what stands in the page may be changed by the client */
	page->reply.length = length;
	page->reply.cap_count = err ? 0 : msg->cap_count;
	page->reply.cpu = cpu_tell();
	memcpy(page->reply.payload, msg->payload, length);
	__atomic_exchange_n(&page->reply.sequence, channel->last_sequence, __ATOMIC_SEQ_CST);
	if (page->request.sleeping)
		futex_wake(&page->reply.sequence, 1, 0);
}

enum os_err ep_reply_wait(uint32_t number, uint32_t index, uint32_t request, struct os_msg *msg,
                          struct os_ep_event *event)
{
	ep_reply(number, index, request, msg);
	return ep_wait(number, true, event);
}

/* A request can be answered at any time, by any thread, as it is. */
enum os_err ep_reply_save(uint32_t number, uint32_t index, uint32_t request)
{
	(void)number;
	(void)index;
	(void)request;
	return OS_OK;
}
