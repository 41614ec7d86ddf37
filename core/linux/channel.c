/* SPDX-License-Identifier: BSD-2-Clause */
/* Entrypoints with their doorbells, and channels between client threads and entrypoints. */

#include "linux.h"
#include <osier/string.h>

/*
 * The life of a channel. Either side may go first; what is left is kept for the other.
 *
 *   channel_open ---> OPEN --- client gone ---> CLOSED, in ep.closed --- server has let go --->
 * freed |                          (signals rescued, memory truncated: the server's | platform
 * image maps a scratch page instead)
 *                      +------ server gone ---> the client finds OS_LINUX_REPLY_GONE in it,
 *                                               and closes it, or dies ---> freed
 *
 * The client's account pays for the page, and for one capability.
 */

enum {
	DOORBELL_EVENT = 0xffffffff, /* look at core's events */
	PIPE_SIZE = 4096,
	TABLE_STEP = 64,
};

/* ------------------------------------------------------------------ entrypoints */

enum os_err platform_ep_init(struct entrypoint *ep)
{
	struct platform_ep *p = &ep->platform;
	int ends[2];

	if (SYSCALL_2(NR_pipe2, ends, O_CLOEXEC))
		return OS_ERR_OUT_OF_RAM;
	/* a full doorbell makes the server look everywhere; writers never wait */
	SYSCALL_3(NR_fcntl, ends[1], F_SETPIPE_SZ, PIPE_SIZE);
	SYSCALL_3(NR_fcntl, ends[1], F_SETFL, O_NONBLOCK);
	p->read_end = fd_of(ends[0]);
	p->doorbell = fd_of(ends[1]);
	p->key = ep_key_next();
	p->caps_max = OS_MSG_CAPS_MAX;
	return OS_OK;
}

void platform_ep_fini(struct entrypoint *ep)
{
	struct platform_ep *p = &ep->platform;

	OS_LIST_FOR_EACH (node, &p->channels) {
		struct channel *channel = OS_LIST_ITEM(node, struct channel, ep_node);

		if (channel->closed)
			channel_release(channel);
		else
			channel_server_gone(channel);
	}
	p->closed = (struct os_list){ 0 };
	if (p->read_end.plus_one)
		SYSCALL_1(NR_close, fd_number(p->read_end));
	if (p->doorbell.plus_one)
		SYSCALL_1(NR_close, fd_number(p->doorbell));
	p->read_end = p->doorbell = (struct fd){ 0 };
}

void doorbell_ring(struct entrypoint *ep, uint32_t index)
{
	if (ep->platform.doorbell.plus_one)
		SYSCALL_3(NR_write, fd_number(ep->platform.doorbell), &index, sizeof(index));
}

void platform_signal(struct signal_context *context)
{
	os_list_append(&context->ep->platform.pending, &context->pending_node);
	doorbell_ring(context->ep, DOORBELL_EVENT);
}

/* ------------------------------------------------------------------ tables of channels */

/* Make `*table` hold entry `index`. */
static enum os_err table_grow(struct channel ***table, uint32_t *count, uint32_t index)
{
	uint32_t wanted = (uint32_t)os_align_up(index + 1, TABLE_STEP);
	enum os_err err;
	void *memory;

	if (index < *count)
		return OS_OK;
	if (index >= OS_LINUX_CHANNELS_MAX)
		return OS_ERR_LIMIT;
	wanted = OS_MAX(wanted, *count * 2);
	if ((err = os_alloc(core.heap, wanted * sizeof(struct channel *), &memory)))
		return err;
	if (*count)
		memcpy(memory, *table, *count * sizeof(struct channel *));
	os_free(core.heap, *table, *count * sizeof(struct channel *));
	*table = memory;
	*count = wanted;
	return OS_OK;
}

static uint32_t free_index(struct platform_pd *p)
{
	/* start where the last one was found: channels are made far more often than removed */
	for (uint32_t n = 0; n < p->channel_count; n++) {
		uint32_t index = (p->channel_hint + n) % p->channel_count;

		if (!p->channels[index]) {
			p->channel_hint = index + 1;
			return index;
		}
	}
	return p->channel_count;
}

struct channel *channel_served(struct pd *pd, uint32_t index)
{
	return index < pd->platform.channel_count ? pd->platform.channels[index] : NULL;
}

struct channel *channel_to(struct thread *thread, struct entrypoint *ep)
{
	OS_LIST_FOR_EACH (node, &thread->platform.channels) {
		struct channel *channel = OS_LIST_ITEM(node, struct channel, client_node);

		if (channel->ep == ep)
			return channel;
	}
	return NULL;
}

/* ------------------------------------------------------------------ opening */

static struct entrypoint *target_ep(struct object *object)
{
	if (object->kind == OBJECT_RPC)
		return container_of(object, struct rpc_object, object)->ep;
	if (object->kind == OBJECT_SIGNAL)
		return container_of(object, struct signal_context, object)->ep;
	return NULL;
}

static enum os_err channel_register(struct channel *channel)
{
	struct pd *client = channel->client_pd, *server = channel->ep->pd;
	struct platform_pd *c = &client->platform, *s = &server->platform;
	enum os_err err;

	channel->server_index = free_index(s);
	if ((err = table_grow(&s->channels, &s->channel_count, channel->server_index)) ||
	    (err = table_grow(&c->client_channels, &c->client_count, channel->client_index)) ||
	    (err = record_page(server, control_info(server)->record_pages,
	                       channel->server_index)) ||
	    (err = record_page(client, control_info(client)->client_pages, channel->client_index)))
		return err;
	if (c->client_channels[channel->client_index])
		return OS_ERR_CONFLICT;
	s->channels[channel->server_index] = channel;
	c->client_channels[channel->client_index] = channel;
	os_list_append(&channel->client->platform.channels, &channel->client_node);
	os_list_append(&channel->ep->platform.channels, &channel->ep_node);
	*server_record(channel) =
	        (struct os_linux_record){ .pd_tag = c->tag, .ep = channel->ep->id };
	*client_record(channel) = (struct os_linux_record){ 0 };
	return OS_OK;
}

enum os_err channel_open(struct thread *thread, struct object *target, uint32_t client_index,
                         struct channel **out)
{
	struct pd *pd = thread->pd;
	struct channel *channel;
	enum os_err err;
	void *memory;

	if (target->kind != OBJECT_RPC && target->kind != OBJECT_SIGNAL)
		return OS_ERR_CAP_TYPE;
	if (!target_ep(target))
		return OS_ERR_GONE;
	if ((err = account_charge(pd->account, OS_LINUX_PAGE, 1 + core.scarce_price)))
		return err;
	if ((err = os_alloc(core.heap, sizeof(*channel), &memory)))
		goto refund;
	channel = memory;
	channel->client = thread;
	channel->client_pd = pd;
	channel->ep = target_ep(target);
	channel->client_index = client_index;
	if ((err = platform_memory_create(OS_LINUX_PAGE, &channel->memory)))
		goto free;
	if ((err = channel_register(channel))) {
		platform_memory_destroy(&channel->memory);
		goto free;
	}
	*out = channel;
	return OS_OK;
free:
	os_free(core.heap, channel, sizeof(*channel));
refund:
	account_refund(pd->account, OS_LINUX_PAGE, 1 + core.scarce_price);
	return err;
}

/* ------------------------------------------------------------------ closing */

/* Capabilities that were sent along and not taken go back. `taken` is the word to exchange. */
static void caps_withdraw(struct pd *receiver, struct pending_caps *pending,
                          struct os_linux_record *record)
{
	uint64_t word = pending->word;

	if (!word)
		return;
	pending->word = 0;
	if (__atomic_exchange_n(&record->caps_word, 0, __ATOMIC_ACQ_REL) != word)
		return;
	for (uint32_t i = 0; i < pending->count; i++)
		cap_drop(receiver, pending->slots[i]);
}

/* The context that the client may submit to by the right `name`, or NULL. */
static struct signal_context *context_of(const struct channel *channel, uint32_t name)
{
	const struct platform_pd *server = &channel->ep->pd->platform;
	uint32_t index = name & OS_LINUX_RIGHT_INDEX;
	struct signal_context *context;
	const struct cap_slot *slot;

	slot = index < server->right_count ? server->rights[index].slot : NULL;
	if (!slot || slot->right != name || slot->pd != channel->client_pd || !slot->object ||
	    slot->object->kind != OBJECT_SIGNAL)
		return NULL;
	context = container_of(slot->object, struct signal_context, object);
	return context->ep == channel->ep ? context : NULL;
}

/*
 * Signals outlive who submitted them: what the server has not taken yet goes on by way of core. All
 * of the channel, or those of the right `only`.
 */
void channel_take_signals(struct channel *channel, uint32_t only)
{
	struct os_linux_channel *page;

	page = channel->ep ? platform_memory_map(&channel->memory, OS_LINUX_PAGE, true) : NULL;
	if (!page)
		return;
	for (uint32_t i = 0; i < OS_LINUX_SIGNAL_SLOTS; i++) {
		uint64_t signal = __atomic_load_n(&page->signals[i], __ATOMIC_RELAXED);

		if (!signal || (only && signal >> 32 != only))
			continue;
		/* exchanged, so that server and core never both deliver */
		signal = __atomic_exchange_n(&page->signals[i], 0, __ATOMIC_ACQ_REL);
		if ((uint32_t)signal)
			signal_context_submit(context_of(channel, (uint32_t)(signal >> 32)),
			                      (uint32_t)signal);
	}
	platform_memory_unmap(page, OS_LINUX_PAGE);
}

static void channel_free(struct channel *channel)
{
	platform_memory_destroy(&channel->memory);
	os_free(core.heap, channel, sizeof(*channel));
}

/* The client's thread ends, or closes the channel. */
void channel_client_gone(struct channel *channel)
{
	struct pd *pd = channel->client_pd;

	caps_withdraw(pd, &channel->to_client, client_record(channel));
	channel_take_signals(channel, 0);
	pd->platform.client_channels[channel->client_index] = NULL;
	os_list_remove(&channel->client->platform.channels, &channel->client_node);
	channel->client = NULL;
	channel->client_pd = NULL;
	if (pd->account)
		account_refund(pd->account, OS_LINUX_PAGE, 1 + core.scarce_price);
	platform_memory_destroy(&channel->memory);
	if (!channel->ep) {
		channel_free(channel);
		return;
	}
	caps_withdraw(channel->ep->pd, &channel->to_server, server_record(channel));
	server_record(channel)->pd_tag = 0;
	channel->closed = true;
	os_list_append(&channel->ep->platform.closed, &channel->closed_node);
	doorbell_ring(channel->ep, DOORBELL_EVENT);
}

/* The server has let go of a closed channel: its number may be used again. */
void channel_release(struct channel *channel)
{
	if (channel->ep) {
		os_list_remove(&channel->ep->platform.channels, &channel->ep_node);
		channel->ep->pd->platform.channels[channel->server_index] = NULL;
	}
	channel_free(channel);
}

/* The entrypoint is gone: who waits for its answer gets to know. */
void channel_server_gone(struct channel *channel)
{
	struct os_linux_channel *page;

	if (channel->closed)
		return; /* released by platform_ep_fini() */
	caps_withdraw(channel->ep->pd, &channel->to_server, server_record(channel));
	os_list_remove(&channel->ep->platform.channels, &channel->ep_node);
	channel->ep->pd->platform.channels[channel->server_index] = NULL;
	channel->ep = NULL;
	page = platform_memory_map(&channel->memory, OS_LINUX_PAGE, true);
	if (!page)
		return;
	__atomic_store_n(&page->reply.sequence, OS_LINUX_REPLY_GONE, __ATOMIC_SEQ_CST);
	futex_wake(&page->reply.sequence, 1, 0);
	platform_memory_unmap(page, OS_LINUX_PAGE);
}

/* ------------------------------------------------------------------ capabilities in messages */

static enum os_err caps_check(struct pd *from, const struct os_msg *msg)
{
	for (uint32_t i = 0; i < msg->cap_count; i++)
		if (msg->caps[i].slot && !cap_lookup(from, msg->caps[i].slot))
			return OS_ERR_CAP_INVALID;
	return OS_OK;
}

/*
 * Put the capabilities of `msg` into the receiver's table, for the message `sequence`. All or none.
 * A receiver whose quota does not suffice takes none: CAP_SLOTS.
 */
enum os_err caps_transfer(struct channel *channel, bool to_server, struct pd *from,
                          uint32_t sequence, const struct os_msg *msg)
{
	struct pending_caps *pending = to_server ? &channel->to_server : &channel->to_client;
	struct os_linux_record *record =
	        to_server ? server_record(channel) : client_record(channel);
	struct pd *to = to_server ? channel->ep->pd : channel->client_pd;
	enum os_err err;

	caps_withdraw(to, pending, record);
	if (to_server && msg->cap_count > channel->ep->platform.caps_max)
		return OS_ERR_CAP_SLOTS;
	if (!sequence)
		return OS_ERR_INVALID;
	if ((err = caps_check(from, msg)))
		return err;
	pending->count = 0;
	for (uint32_t i = 0; i < msg->cap_count; i++) {
		struct object *object = cap_lookup(from, msg->caps[i].slot);

		pending->slots[i] = 0;
		if (object && cap_insert(to, object, &pending->slots[i]) != OS_OK)
			goto undo;
		pending->count++;
	}
	for (uint32_t i = 0; i < pending->count; i++)
		record->caps[i] = pending->slots[i];
	pending->word = os_linux_caps_word(sequence, pending->count, ++pending->generation);
	__atomic_store_n(&record->caps_word, pending->word, __ATOMIC_RELEASE);
	return OS_OK;
undo:
	for (uint32_t i = 0; i < pending->count; i++)
		cap_drop(to, pending->slots[i]);
	pending->count = 0;
	return OS_ERR_CAP_SLOTS;
}
