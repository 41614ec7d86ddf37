/* SPDX-License-Identifier: BSD-2-Clause */
/* The serving side: entrypoints, where calls and signals arrive, and the answers. */

#include "image.h"
#include "replies.h"

/*
 * The kernel binds the right to answer to the thread that has received a call, until that waits
 * again. Usually it answers before, in one step with waiting (ep_reply_wait). Otherwise the right
 * is saved in a slot, and found there by channel and sequence number of the request (replies.h):
 * when base says so (ep_reply_save), or at the latest when the thread waits.
 */

enum { EPS = 256 };

static uint32_t eps[EPS]; /* slots of the endpoints */
static struct replies replies;

void server_init(void)
{
	eps[OS_EP_MAIN] = OS_PC_SLOT_ENDPOINT;
	replies_init(&replies);
}

enum os_err ep_create(uint32_t caps_max, uint32_t *ep)
{
	struct {
		uint32_t ep, slot;
	} answer;
	enum os_err err;

	if ((err = core_call(OS_PC_EP_CREATE, &caps_max, sizeof(caps_max), &answer,
	                     sizeof(answer))))
		return err;
	if (answer.ep >= EPS)
		return OS_ERR_LIMIT;
	eps[answer.ep] = answer.slot;
	*ep = answer.ep;
	return OS_OK;
}

void ep_destroy(uint32_t ep)
{
	if (ep >= EPS || !eps[ep])
		return;
	/* from the call on, another thread may get the same number */
	eps[ep] = 0;
	(void)!core_call(OS_PC_EP_DESTROY, &ep, sizeof(ep), NULL, 0);
}

/* ------------------------------------------------------------------ requests and their rights */

static inline bool owed(const struct thread *self, uint32_t channel, uint32_t sequence)
{
	return self->owed && self->channel == channel && self->sequence == sequence;
}

/* A number for the requests to come. Without memory there is none: they are answered at once. */
static void channel_take(struct thread *self)
{
	uint64_t page;

	self->channel = replies_take(&replies, &self->sequence);
	if (self->channel || core_call(OS_PC_MEMORY, NULL, 0, &page, sizeof(page)))
		return;
	if (replies_add(&replies, (void *)page))
		self->channel = replies_take(&replies, &self->sequence);
}

static enum os_err right_save(uint32_t *slot)
{
	uint64_t saved = 0;
	enum os_err err = os_kernel_reply_save(&saved);

	if (err == OS_ERR_CAP_SLOTS) {
		slots_grow();
		err = os_kernel_reply_save(&saved);
	}
	*slot = (uint32_t)saved;
	return err;
}

/* Keep the right to answer the current request for later. */
static enum os_err owed_save(struct thread *self)
{
	uint32_t slot;
	enum os_err err;

	if (!self->channel)
		return OS_ERR_OUT_OF_RAM;
	if ((err = right_save(&slot)) && err != OS_ERR_EMPTY)
		return err;
	self->owed = false;
	if (err) /* the caller is gone: nobody to answer */
		return OS_OK;
	replies_save(&replies, self->channel, self->sequence, slot);
	self->channel = 0;
	return OS_OK;
}

enum os_err ep_reply_save(uint32_t ep, uint32_t channel, uint32_t sequence)
{
	struct thread *self = thread_self();

	(void)ep;
	return owed(self, channel, sequence) ? owed_save(self) : OS_OK;
}

void server_thread_fini(struct thread *thread)
{
	if (thread->channel)
		replies_give(&replies, thread->channel, thread->sequence);
	thread->channel = 0;
}

/* ------------------------------------------------------------------ waiting */

/* Other events than calls, and those that tell that slots run out. */
static enum os_err event_signal(uint64_t kind, uint64_t count, struct os_ep_event *event)
{
	event->kind = kind & OS_EVENT_SIGNAL ? OS_EP_SIGNAL : OS_EP_CALL;
	event->count = count;
	if (kind & OS_KERNEL_SLOTS_LOW)
		slots_grow();
	return OS_OK;
}

static inline enum os_err wait(struct thread *self, uint32_t ep, uint64_t flags, uint64_t header,
                               struct os_ep_event *event)
{
	uint64_t value, badge, kind, sender;
	enum os_err err =
	        os_kernel_reply_wait(eps[ep], flags, header, 0, &value, &badge, &kind, &sender);

	if (__builtin_expect(err != OS_OK, 0)) {
		*event = (struct os_ep_event){ .kind = OS_EP_NONE };
		return err;
	}
	event->badge = (uint32_t)badge;
	if (__builtin_expect(!(kind & OS_EVENT_CALL), 0))
		return event_signal(kind, value, event);
	header_set(self->block.msg, value);
	self->owed = true;
	event->channel = self->channel;
	event->sequence = ++self->sequence;
	event->kind = OS_EP_CALL;
	return kind == OS_EVENT_CALL ? OS_OK : event_signal(kind, 0, event);
}

enum os_err ep_wait(uint32_t ep, bool block, struct os_ep_event *event)
{
	struct thread *self = thread_self();

	*event = (struct os_ep_event){ .kind = OS_EP_NONE };
	if (ep >= EPS || !eps[ep])
		return OS_ERR_INVALID;
	/* what cannot be saved will not be answered: the kernel tells the caller GONE */
	if (self->owed && owed_save(self))
		self->owed = false;
	if (!self->channel)
		channel_take(self);
	return wait(self, ep, block ? 0 : OS_WAIT_POLL, 0, event);
}

enum os_err ep_reply_wait(uint32_t ep, uint32_t channel, uint32_t sequence, struct os_msg *msg,
                          struct os_ep_event *event)
{
	struct thread *self = thread_self();

	if (__builtin_expect(ep >= EPS || !owed(self, channel, sequence), 0)) {
		ep_reply(ep, channel, sequence, msg);
		return ep_wait(ep, true, event);
	}
	self->owed = false;
	return wait(self, ep, OS_WAIT_REPLY, header_get(msg), event);
}

/* ------------------------------------------------------------------ answering */

static void moved_drop(const struct os_msg *msg)
{
	for (uint32_t i = 0; i < msg->cap_count && i < OS_MSG_CAPS_MAX; i++)
		if (msg->cap_move & 1u << i && msg->caps[i].slot)
			(void)!os_kernel_cap_drop(msg->caps[i].slot, 1);
}

void ep_reply(uint32_t ep, uint32_t channel, uint32_t sequence, struct os_msg *msg)
{
	struct thread *self = thread_self();
	uint32_t slot;

	(void)ep;
	if (owed(self, channel, sequence)) {
		self->owed = false;
		if (right_save(&slot))
			slot = 0;
	} else {
		slot = replies_answer(&replies, channel, sequence);
	}
	if (slot)
		(void)!os_kernel_reply(slot, header_get(msg));
	else
		moved_drop(msg);
}
