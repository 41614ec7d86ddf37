/* SPDX-License-Identifier: BSD-2-Clause */
/* Calls and their answers. */

#include <ipc.h>
#include <kernel/handlers.h>
#include <switch.h>

/*
 * What a call meets, and where it waits (states of the caller):
 *
 *   call ---- receiver waits ------------------------------> CALLED, receiver runs
 *     \------ receiver busy: CALLING, in endpoint.callers --> CALLED when the server waits again
 *
 *   CALLED -- reply_wait(REPLY) --------------------------> READY, with the answer
 *          \- reply_wait() without it, or the server ends -> READY, GONE
 *          \- reply_save(): server free, `reply` in a slot -- reply() -> READY, with the answer
 *                                                         \- dropped -> READY, GONE
 *
 * A thread serves at most one endpoint (serves, server): the one where it waited last. It runs at
 * the best priority of its own, its caller's and those that queue there.
 */

/* ------------------------------------------------------------------ payload and capabilities */

static inline void payload_copy(struct os_msg *to, const struct os_msg *from, uint32_t length)
{
	if (!length)
		return;
	words_copy(to->payload, from->payload, length / 8);
	for (uint32_t i = length & ~7u; unlikely(i < length); i++)
		to->payload[i] = from->payload[i];
}

/* The slot of a capability that may be passed on; NULL: see caps_refusal(). */
static inline struct slot *slot_copyable(struct pd *pd, uint32_t index)
{
	struct slot *slot = slot_at(pd, index);

	if (unlikely(!slot || !slot->object || !(slot->rights & OS_RIGHT_COPY) ||
	             slot->object->kind == OS_KIND_REPLY || slot->object->dying))
		return NULL;
	return slot;
}

/* Why not. A dead one is as good as none: GONE would be the receiver. */
static SLOW enum os_err caps_refusal(struct pd *pd, uint32_t index)
{
	struct object *object;
	enum os_err err = cap_find(pd, index, OS_KIND_NONE, OS_RIGHT_COPY, &object);

	if (err)
		return err == OS_ERR_GONE ? OS_ERR_CAP_INVALID : err;
	return object->kind == OS_KIND_REPLY ? OS_ERR_DENIED : OS_ERR_CAP_INVALID;
}

/* Capabilities in a message, each read once: the sender's other threads may write there. */
struct transfer {
	uint32_t count;
	uint32_t from[OS_MSG_CAPS_MAX], to[OS_MSG_CAPS_MAX]; /* slots; 0: none */
	const struct slot *held[OS_MSG_CAPS_MAX];            /* the sender's; NULL: none */
};

/* What the sender names, and whether it may pass it on. */
static inline enum os_err caps_read(const struct thread *from, struct transfer *transfer)
{
	enum os_err err = OS_OK;

	for (uint32_t i = 0; i < transfer->count; i++) {
		uint32_t index = __atomic_load_n(&from->utcb->caps[i].slot, __ATOMIC_RELAXED);

		transfer->from[i] = index;
		transfer->held[i] = index ? slot_copyable(from->pd, index) : NULL;
		if (unlikely(index && !transfer->held[i] && !err))
			err = caps_refusal(from->pd, index);
	}
	return err;
}

/* All of them, or none. */
static inline enum os_err caps_insert(struct pd *pd, struct transfer *transfer)
{
	for (uint32_t i = 0; i < transfer->count; i++) {
		const struct slot *held = transfer->held[i];
		enum os_err err;

		transfer->to[i] = 0;
		if (!held)
			continue;
		err = cap_insert(pd, held->object, held->rights, true, false, &transfer->to[i]);
		if (likely(!err))
			continue;
		while (i--) {
			enum os_err undone =
			        transfer->to[i] ? cap_drop(pd, transfer->to[i], 1) : OS_OK;

			ASSERT(!undone);
			(void)undone;
		}
		return err;
	}
	return OS_OK;
}

static void caps_drop_moved(struct pd *pd, const struct transfer *transfer, uint32_t moves)
{
	for (uint32_t i = 0; i < transfer->count; i++) {
		enum os_err ignored = OS_OK;

		/* The same slot may stand there twice, or be empty. */
		if (moves >> i & 1 && transfer->from[i])
			ignored = cap_drop(pd, transfer->from[i], 1);
		(void)ignored;
	}
}

void caps_consume(struct thread *from, uint64_t header)
{
	struct transfer transfer;
	enum os_err ignored;

	if (!header_moves(header))
		return;
	transfer.count = header_caps(header);
	ignored = caps_read(from, &transfer);
	(void)ignored;
	caps_drop_moved(from->pd, &transfer, header_moves(header));
}

/* What stands there, as numbers. Who serves the request is told what is there, and need not ask. */
static void caps_pass_raw(const struct thread *from, struct thread *to, uint32_t count)
{
	uint64_t *cookies = (uint64_t *)((char *)to->utcb + OS_KERNEL_COOKIES);

	words_copy(to->utcb->caps, from->utcb->caps, count);
	if (!to->serves || !(to->serves->flags & OS_ENDPOINT_RAW))
		return;
	for (uint32_t i = 0; i < count; i++) {
		const struct slot *slot = slot_at(from->pd, to->utcb->caps[i].slot);

		cookies[i] = slot && slot->object ? object_cookie(slot->object) : 0;
	}
}

static SLOW enum os_err caps_pass(struct thread *from, struct thread *to, uint64_t header)
{
	struct transfer transfer;
	enum os_err err;

	transfer.count = header_caps(header);
	err = caps_read(from, &transfer);
	if (likely(!err))
		err = caps_insert(to->pd, &transfer);
	for (uint32_t i = 0; likely(!err) && i < transfer.count; i++) {
		const struct slot *held = transfer.held[i];

		to->utcb->caps[i].slot = transfer.to[i];
		to->utcb->caps[i].type = held ? held->object->type : 0;
	}
	if (header_moves(header))
		caps_drop_moved(from->pd, &transfer, header_moves(header));
	return err;
}

/* The same for one that is in order, as it mostly is. False: it is not, nothing has happened. */
static inline bool cap_pass(struct thread *from, struct thread *to, uint64_t header,
                            enum os_err *err)
{
	uint32_t index = __atomic_load_n(&from->utcb->caps[0].slot, __ATOMIC_RELAXED), slot;
	struct slot *held;

	if (unlikely(header_caps(header) != 1 || !index))
		return false;
	held = slot_copyable(from->pd, index);
	if (unlikely(!held))
		return false;
	*err = cap_insert(to->pd, held->object, held->rights, true, false, &slot);
	if (likely(!*err)) {
		to->utcb->caps[0].slot = slot;
		to->utcb->caps[0].type = held->object->type;
	}
	if (header_moves(header) & 1)
		slot_drop(held);
	return true;
}

/* Exclusive. Pass on the capabilities of a message; with `raw` what stands there, as numbers. */
static enum os_err caps_transfer(struct thread *from, struct thread *to, uint64_t header, bool raw)
{
	enum os_err err = OS_OK;

	if (!header_caps(header))
		return OS_OK;
	if (raw)
		caps_pass_raw(from, to, header_caps(header));
	else if (unlikely(!cap_pass(from, to, header, &err)))
		return caps_pass(from, to, header);
	return err;
}

/* ------------------------------------------------------------------ the two steps of a call */

/* Inline, for the fast way. Capabilities have been passed on. */
static inline void take(struct thread *server, struct thread *client, const struct gate *gate,
                        const struct endpoint *endpoint, uint64_t header)
{
	uint64_t sender = 0, event = OS_EVENT_CALL;

	if (unlikely(endpoint->flags & OS_ENDPOINT_RAW))
		sender = client->cookie;
	if (unlikely(slots_low(server->pd)))
		event |= OS_KERNEL_SLOTS_LOW;
	client->state = OS_THREAD_CALLED;
	client->callee = server;
	server->caller = client;
	server->depth = client->depth + 1;
	thread_result(server, OS_OK, header, gate->badge, event, sender);
}

void call_take(struct thread *server, struct thread *client, const struct gate *gate,
               const struct endpoint *endpoint, uint64_t header)
{
	take(server, client, gate, endpoint, header);
	if (client->faulted)
		fault_payload(client, server->utcb);
	else
		payload_copy(server->utcb, client->utcb, header_length(header));
}

static inline void put_answer(struct thread *client, const struct thread *server, uint64_t header)
{
	client->frame.rax = OS_OK;
	client->frame.rsi = header;
	client->frame.rdx = slots_low(client->pd);
	payload_copy(client->utcb, server->utcb, header_length(header));
}

/* Has `client` called a raw endpoint? */
static bool answer_is_raw(const struct thread *server, const struct thread *client)
{
	const struct endpoint *endpoint = server->serves;

	if (client->callee != server)
		return client->raw;
	return client->raw || (endpoint && endpoint->flags & OS_ENDPOINT_RAW);
}

/* Exclusive, or without capabilities. `client` is not waited for by anybody any more. */
static void answer(struct thread *server, struct thread *client, uint64_t header)
{
	bool raw = answer_is_raw(server, client);
	enum os_err err;

	event_record(EVENT_REPLY, (uint64_t)server, (uint64_t)client);
	client->raw = false;
	if (client->faulted) {
		if (!raw)
			caps_consume(server, header);
		fault_answer(client, server->utcb, header_length(header));
		return;
	}
	err = caps_transfer(server, client, header, raw);
	if (err)
		thread_result(client, err, 0, 0, 0, 0);
	else
		put_answer(client, server, header);
}

/* ------------------------------------------------------------------ call */

/* Who can take the call at once: it waits on this CPU. NULL: nobody, or the call cannot be made. */
static inline struct thread *receiver_here(const struct cpu *cpu, const struct thread *self,
                                           const struct endpoint *endpoint)
{
	struct thread *server;

	if (unlikely(!endpoint || endpoint->cpu != cpu->index))
		return NULL;
	server = endpoint->receiver;
	if (unlikely(!server || server->paused | self->cancel ||
	             self->depth >= OS_KERNEL_CHAIN_MAX))
		return NULL;
	return server;
}

/* Hand over to it, time slice and all; payload and switch come behind. */
static inline void hand_over(struct thread *client, struct thread *server, const struct gate *gate,
                             struct endpoint *endpoint, uint64_t header)
{
	endpoint->receiver = NULL;
	server->state = OS_THREAD_READY;
	server->effective =
	        client->effective < server->priority ? client->effective : server->priority;
	server->ticks_left = client->ticks_left;
	take(server, client, gate, endpoint, header);
}

void call_switch(struct cpu *cpu, struct thread *client, struct thread *server,
                 const struct gate *gate, uint64_t header)
{
	hand_over(client, server, gate, gate->endpoint, header);
	thread_switch(cpu, client, server);
}

/* Without capabilities. */
static inline bool call_fast(struct cpu *cpu, struct thread *self, struct gate *gate,
                             uint64_t header)
{
	struct endpoint *endpoint = gate->endpoint;
	struct thread *server = receiver_here(cpu, self, endpoint);

	if (unlikely(!server))
		return false;
	event_record(EVENT_CALL, (uint64_t)self, (uint64_t)gate);
	hand_over(self, server, gate, endpoint, header);
	payload_copy(server->utcb, self->utcb, header_length(header));
	thread_switch(cpu, self, server);
	return true;
}

enum os_err call_check(const struct thread *client, const struct endpoint *endpoint)
{
	const struct thread *server = endpoint->server;

	for (uint32_t i = 0; server; i++) {
		if (server == client)
			return OS_ERR_CONFLICT;
		if (i == OS_KERNEL_CHAIN_MAX)
			return OS_ERR_LIMIT;
		server = thread_awaits(server);
	}
	return OS_OK;
}

bool call_queues_here(const struct cpu *cpu, const struct thread *client,
                      const struct endpoint *endpoint)
{
	const struct thread *server = endpoint->server;

	return endpoint->cpu == cpu->index && !endpoint->receiver && server && server != client &&
	       server->state == OS_THREAD_READY;
}

void call_queue(struct thread *client, struct gate *gate, uint64_t header)
{
	struct endpoint *endpoint = gate->endpoint;

	client->state = OS_THREAD_CALLING;
	client->endpoint = endpoint;
	client->gate = gate;
	client->header = header;
	queue_append(&endpoint->callers, &client->wait_node);
	list_add(&gate->callers, &client->gate_node);
	sched_lend(endpoint->server);
	sched_lend_slice(client);
}

/* In a local section: the receiver is busy, and here. The header is plain. */
static bool call_queue_local(struct cpu *cpu, struct thread *self, uint64_t slot, uint64_t header)
{
	struct gate *gate = object_at(self->pd, slot, OS_KIND_GATE);

	if (!gate || !gate->endpoint || self->cancel || self->depth >= OS_KERNEL_CHAIN_MAX ||
	    !call_queues_here(cpu, self, gate->endpoint))
		return false;
	call_queue(self, gate, header);
	schedule(cpu);
	return true;
}

/* Exclusive from here on. Why the call cannot be made, before anything changes. */
static enum os_err call_may(struct thread *self, const struct endpoint *endpoint)
{
	enum os_err err;

	if (!endpoint)
		return OS_ERR_GONE;
	if (self->depth >= OS_KERNEL_CHAIN_MAX)
		return OS_ERR_LIMIT;
	err = call_check(self, endpoint);
	if (err)
		return err;
	if (!self->cancel || endpoint->flags & OS_ENDPOINT_RAW)
		return OS_OK;
	self->cancel = false;
	return OS_ERR_CANCELLED;
}

bool call_is_raw(const struct thread *thread)
{
	if (thread->state == OS_THREAD_CALLING)
		return thread->endpoint->flags & OS_ENDPOINT_RAW;
	if (thread->state != OS_THREAD_CALLED)
		return false;
	return thread->callee ? answer_is_raw(thread->callee, thread) : thread->raw;
}

static enum os_err call_send(struct thread *self, struct gate *gate, uint64_t header)
{
	struct endpoint *endpoint = gate->endpoint;
	struct thread *server = endpoint->receiver;
	enum os_err err;

	event_record(EVENT_CALL, (uint64_t)self, (uint64_t)gate);
	if (!server) {
		call_queue(self, gate, header);
		return SYSCALL_LATER;
	}
	err = caps_transfer(self, server, header, endpoint->flags & OS_ENDPOINT_RAW);
	if (err)
		return err;
	call_hand_over(self, gate, header);
	return SYSCALL_LATER;
}

/* What is not the fast way, errors included. */
static enum os_err call_slow(struct thread *self, uint64_t slot, uint64_t header)
{
	struct object *object;
	enum os_err err;

	if (!header_valid(header))
		return OS_ERR_PROTOCOL;
	err = cap_find(self->pd, slot, OS_KIND_GATE, OS_RIGHT_USE, &object);
	if (!err)
		err = call_may(self, ((struct gate *)object)->endpoint);
	if (!err)
		return call_send(self, (struct gate *)object, header);
	caps_consume(self, header);
	return err;
}

void call_hand_over(struct thread *client, struct gate *gate, uint64_t header)
{
	struct endpoint *endpoint = gate->endpoint;
	struct thread *server = endpoint->receiver;

	endpoint->receiver = NULL;
	call_take(server, client, gate, endpoint, header);
	sched_lend(server);
	if (server->cpu == client->cpu)
		server->ticks_left = client->ticks_left;
	sched_ready_first(server);
}

/* Exclusive. The receiver waits on this CPU; it gets the capabilities, too. */
static bool call_caps(struct cpu *cpu, struct thread *self, uint64_t slot, uint64_t header)
{
	struct gate *gate = object_at(self->pd, slot, OS_KIND_GATE);
	struct thread *server;
	enum os_err err;

	if (unlikely(!gate || !header_valid(header)))
		return false;
	server = receiver_here(cpu, self, gate->endpoint);
	if (unlikely(!server))
		return false;
	event_record(EVENT_CALL, (uint64_t)self, (uint64_t)gate);
	err = caps_transfer(self, server, header, gate->endpoint->flags & OS_ENDPOINT_RAW);
	if (unlikely(err)) {
		thread_result(self, err, 0, 0, 0, 0);
		return true;
	}
	hand_over(self, server, gate, gate->endpoint, header);
	payload_copy(server->utcb, self->utcb, header_length(header));
	thread_switch(cpu, self, server);
	return true;
}

/* These are apart, so that the fast way saves no registers, and moves none. */
static __attribute__((noinline)) void call_exclusive(uint64_t slot, uint64_t header,
                                                     struct cpu *cpu, struct thread *self)
{
	enum os_err err;

	frame_note(&self->frame, OS_SYS_CALL, slot, header, 0, 0, 0, 0);
	if (likely(exclusive_enter(cpu))) {
		if (likely(call_caps(cpu, self, slot, header))) {
			exclusive_leave(cpu);
			return;
		}
		err = call_slow(self, slot, header);
		if (err != SYSCALL_LATER)
			thread_result(self, err, 0, 0, 0, 0);
	}
	exclusive_finish(cpu);
}

static __attribute__((noinline)) void call_otherwise(uint64_t slot, uint64_t header,
                                                     struct cpu *cpu, struct thread *self)
{
	bool done = call_queue_local(cpu, self, slot, header);

	local_leave(cpu);
	if (!done)
		call_exclusive(slot, header, cpu, self);
}

void syscall_call(uint64_t slot, uint64_t header)
{
	struct cpu *cpu = cpu_self();
	struct thread *self = cpu->current;
	struct gate *gate;

	if (unlikely(!header_plain(header) || !local_enter(cpu))) {
		call_exclusive(slot, header, cpu, self);
		return;
	}
	gate = object_at(self->pd, slot, OS_KIND_GATE);
	if (unlikely(!gate || !call_fast(cpu, self, gate, header))) {
		call_otherwise(slot, header, cpu, self);
		return;
	}
	local_leave(cpu);
}

/* ------------------------------------------------------------------ answer, and wait again */

/* The caller is here and nothing else waits: the answer, and on with the caller. */
static inline bool reply_wait_fast(struct cpu *cpu, struct thread *self, struct endpoint *endpoint,
                                   uint64_t header)
{
	struct thread *client = self->caller;

	if (unlikely(!client || self->serves != endpoint || !header_plain(header)))
		return false;
	if (unlikely(endpoint->callers.first || endpoint->pending.first ||
	             client->cpu != cpu->index || client->paused | self->cancel))
		return false;
	if (unlikely(client->effective > self->effective && sched_beaten(cpu, client->effective)))
		return false;
	if (unlikely(client->faulted)) {
		if (!fault_answer_plain(header_length(header)))
			return false;
		client->faulted = false;
	} else {
		put_answer(client, self, header);
	}
	event_record(EVENT_REPLY, (uint64_t)self, (uint64_t)client);
	client->state = OS_THREAD_READY;
	client->ticks_left = self->ticks_left;
	self->caller = NULL;
	self->depth = 0;
	self->effective = self->priority;
	self->state = OS_THREAD_WAITING;
	endpoint->receiver = self;
	thread_switch(cpu, self, client);
	return true;
}

/* From now on `self` is who serves the endpoint, and no other. */
static void serve(struct thread *self, struct endpoint *endpoint)
{
	struct thread *before = endpoint->server;

	if (before == self)
		return;
	if (self->serves)
		self->serves->server = NULL;
	endpoint->server = self;
	endpoint->cpu = self->cpu;
	self->serves = endpoint;
	if (!before)
		return;
	before->serves = NULL;
	sched_lend(before);
}

static void call_dequeue(struct thread *client)
{
	queue_remove(&client->endpoint->callers, &client->wait_node);
	list_remove(&client->gate->callers, &client->gate_node);
}

/* Who has called first, and has not been taken; or NULL. */
static struct thread *first_caller(const struct endpoint *endpoint)
{
	struct node *first = endpoint->callers.first;

	return first ? container_of(first, struct thread, wait_node) : NULL;
}

/* Take what comes next: calls and signals in turns. EMPTY; SYSCALL_LATER: look again. */
static enum os_err event_take(struct thread *self, struct endpoint *endpoint)
{
	bool raw = endpoint->flags & OS_ENDPOINT_RAW;

	for (uint32_t i = 0; i < BATCH; i++) {
		struct thread *client = first_caller(endpoint);
		enum os_err err = OS_OK;

		if (endpoint->pending.first && (endpoint->signal_next || !client)) {
			endpoint->signal_next = false;
			signal_take(self, endpoint);
			return OS_OK;
		}
		if (!client)
			return OS_ERR_EMPTY;
		endpoint->signal_next = true;
		call_dequeue(client);
		if (!client->faulted)
			err = caps_transfer(client, self, client->header, raw);
		if (!err) {
			call_take(self, client, client->gate, endpoint, client->header);
			return OS_OK;
		}
		thread_result(client, err, 0, 0, 0, 0);
		sched_ready(client);
	}
	/* The answer has been given. */
	self->frame.rsi &= ~(uint64_t)(OS_WAIT_REPLY | OS_WAIT_ACKNOWLEDGE);
	thread_restart(self);
	return SYSCALL_LATER;
}

/* There is nothing: wait. */
static enum os_err wait_begin(struct thread *self, struct endpoint *endpoint)
{
	if (self->cancel) {
		self->cancel = false;
		return OS_ERR_CANCELLED;
	}
	self->state = OS_THREAD_WAITING;
	endpoint->receiver = self;
	return SYSCALL_LATER;
}

/* Everything has been checked. */
static void reply_wait(struct thread *self, struct endpoint *endpoint, uint64_t flags,
                       uint64_t header, struct interrupt *interrupt)
{
	struct thread *client = self->caller;
	enum os_err err;

	if (client && flags & OS_WAIT_REPLY) {
		answer(self, client, header);
	} else if (client) {
		thread_wake(client, OS_ERR_GONE);
		client = NULL;
	} else if (flags & OS_WAIT_REPLY && !(endpoint->flags & OS_ENDPOINT_RAW)) {
		caps_consume(self, header);
	}
	self->caller = NULL;
	self->depth = 0;
	if (interrupt)
		interrupt_unmask(interrupt);
	serve(self, endpoint);
	err = event_take(self, endpoint);
	if (err == OS_ERR_EMPTY && !(flags & OS_WAIT_POLL))
		err = wait_begin(self, endpoint);
	if (err && err != SYSCALL_LATER)
		thread_result(self, err, 0, 0, slots_low(self->pd), 0);
	sched_lend(self);
	if (!client)
		return;
	if (client->cpu == self->cpu) {
		client->ticks_left = self->ticks_left;
		sched_ready_first(client);
	} else {
		sched_ready(client);
	}
}

/*
 * In a local section, to wait where nothing is to be answered, and nothing is there: all but the
 * switch. A caller that has faulted is left to thread_resume().
 */
static inline bool wait_fast(struct cpu *cpu, struct thread *self, struct endpoint *endpoint)
{
	struct thread *client = self->caller;

	if (!endpoint || self->serves != endpoint || endpoint->callers.first ||
	    endpoint->pending.first || self->cancel)
		return false;
	if (client) {
		if (!client->faulted || client->cpu != cpu->index)
			return false;
		client->state = OS_THREAD_FAULTED;
		client->raw = false;
		self->caller = NULL;
		self->depth = 0;
	}
	self->effective = self->priority;
	self->state = OS_THREAD_WAITING;
	endpoint->receiver = self;
	return true;
}

/* The same when a signal has been submitted, whose receiver runs next if nobody else is to. */
static bool wait_signal(struct cpu *cpu, struct thread *self, struct endpoint *endpoint,
                        struct context *context)
{
	struct thread *to;

	if (!context || !context->endpoint || context->endpoint == endpoint ||
	    context->endpoint->cpu != cpu->index || !wait_fast(cpu, self, endpoint))
		return false;
	to = context_give(context, 1);
	if (to && (to->paused || cpu->reschedule || cpu->ready[to->effective].first ||
	           sched_beaten(cpu, to->effective))) {
		sched_ready(to);
		to = NULL;
	}
	if (!to) {
		schedule(cpu);
		return true;
	}
	to->state = OS_THREAD_READY;
	if (!to->ticks_left)
		to->ticks_left = TIME_SLICE_TICKS;
	sched_switch(cpu, to);
	return true;
}

/* In a local section, where all that is needed is here. */
static bool reply_wait_local(struct cpu *cpu, struct thread *self, uint64_t slot, uint64_t flags,
                             uint64_t header)
{
	struct endpoint *endpoint = object_at(self->pd, slot, OS_KIND_ENDPOINT);
	const struct thread *client;

	if (!endpoint || self->serves != endpoint)
		return false;
	if (flags & ~(uint64_t)(OS_WAIT_REPLY | OS_WAIT_POLL) ||
	    (flags & OS_WAIT_REPLY && !header_plain(header)) ||
	    (self->caller && self->caller->cpu != cpu->index))
		return false;
	client = first_caller(endpoint);
	if (client && (client->cpu != cpu->index || !header_plain(client->header)))
		return false;
	reply_wait(self, endpoint, flags, header, NULL);
	if (cpu->reschedule || self->state != OS_THREAD_READY)
		schedule(cpu);
	return true;
}

/* Exclusive: what is not local, errors included. */
static enum os_err reply_wait_slow(struct thread *self, uint64_t slot, uint64_t flags,
                                   uint64_t header, uint64_t interrupt_slot)
{
	const uint64_t known = OS_WAIT_REPLY | OS_WAIT_ACKNOWLEDGE | OS_WAIT_POLL;
	struct object *interrupt = NULL, *context;
	struct object *object;
	struct endpoint *endpoint;
	enum os_err err;

	err = cap_find(self->pd, slot, OS_KIND_ENDPOINT, OS_RIGHT_USE, &object);
	if (err)
		return err;
	endpoint = (struct endpoint *)object;
	if ((flags & ~known && flags != OS_WAIT_SIGNAL) || endpoint->pd != self->pd)
		return OS_ERR_INVALID;
	if (flags & OS_WAIT_REPLY && !header_valid(header))
		return OS_ERR_PROTOCOL;
	if (flags & OS_WAIT_ACKNOWLEDGE) {
		err = cap_find(self->pd, interrupt_slot, OS_KIND_INTERRUPT, OS_RIGHT_USE,
		               &interrupt);
		if (err)
			return err;
	}
	if (endpoint->receiver)
		return OS_ERR_BUSY;
	if (flags == OS_WAIT_SIGNAL) {
		err = cap_find(self->pd, interrupt_slot, OS_KIND_SIGNAL, OS_RIGHT_USE, &context);
		if (err)
			return err;
		context_submit((struct context *)context, 1);
	}
	reply_wait(self, endpoint, flags, header, (struct interrupt *)interrupt);
	return SYSCALL_LATER;
}

/* Apart, so that the fast way saves no registers. `local`: in a local section. */
static __attribute__((noinline)) void reply_wait_otherwise(struct cpu *cpu, uint64_t slot,
                                                           uint64_t flags, uint64_t header,
                                                           uint64_t interrupt, bool local)
{
	struct thread *self = cpu->current;
	enum os_err err;

	if (local) {
		bool done = reply_wait_local(cpu, self, slot, flags, header);

		local_leave(cpu);
		if (done)
			return;
	}
	if (!syscall_exclusive(cpu, OS_SYS_REPLY_WAIT, slot, flags, header, interrupt, 0, 0))
		return;
	err = reply_wait_slow(self, slot, flags, header, interrupt);
	if (err != SYSCALL_LATER)
		thread_result(self, err, 0, 0, 0, 0);
	exclusive_finish(cpu);
}

/* The same without an answer. */
static __attribute__((noinline)) void wait_only(struct cpu *cpu, uint64_t slot, uint64_t flags,
                                                uint64_t header, uint64_t context)
{
	struct thread *self = cpu->current;
	bool local = local_enter(cpu), done = false;
	struct endpoint *endpoint;

	if (likely(local)) {
		endpoint = object_at(self->pd, slot, OS_KIND_ENDPOINT);
		if (flags == OS_WAIT_SIGNAL)
			done = wait_signal(cpu, self, endpoint,
			                   object_at(self->pd, context, OS_KIND_SIGNAL));
		else if (!flags && (done = wait_fast(cpu, self, endpoint)))
			schedule(cpu);
	}
	if (likely(done))
		local_leave(cpu);
	else
		reply_wait_otherwise(cpu, slot, flags, header, context, local);
}

void syscall_reply_wait(uint64_t slot, uint64_t flags, uint64_t header, uint64_t interrupt)
{
	struct cpu *cpu = cpu_self();
	struct thread *self = cpu->current;
	struct endpoint *endpoint;
	bool local;

	if (unlikely(flags != OS_WAIT_REPLY)) {
		wait_only(cpu, slot, flags, header, interrupt);
		return;
	}
	local = local_enter(cpu);
	if (likely(local)) {
		endpoint = object_at(self->pd, slot, OS_KIND_ENDPOINT);
		if (likely(endpoint && reply_wait_fast(cpu, self, endpoint, header))) {
			local_leave(cpu);
			return;
		}
	}
	reply_wait_otherwise(cpu, slot, flags, header, interrupt, local);
}

/* ------------------------------------------------------------------ answers that come later */

enum os_err syscall_reply_save(struct thread *self, struct results *out)
{
	struct thread *client = self->caller;
	uint32_t slot;
	enum os_err err;

	if (!client)
		return OS_ERR_EMPTY;
	client->reply.kind = OS_KIND_REPLY;
	err = cap_insert(self->pd, &client->reply, OS_RIGHT_USE, false, true, &slot);
	if (err) {
		client->reply.kind = OS_KIND_NONE;
		return err;
	}
	client->raw = answer_is_raw(self, client);
	client->callee = NULL;
	self->caller = NULL;
	self->depth = 0;
	sched_lend(self);
	out->a = slot;
	return OS_OK;
}

/* The right is used, or of no use any more: its slot is dead, or, with `consume`, free. */
static void reply_end(struct thread *client, bool consume)
{
	struct slot *slot = client->reply.slots;

	client->reply.kind = OS_KIND_NONE;
	if (!object_revoke(&client->reply, 1))
		ASSERT(false); /* nobody can copy it */
	if (consume && cap_drop(slot->pd, slot->index, slot->count))
		ASSERT(false);
}

enum os_err syscall_reply(struct thread *self, struct thread *client, uint64_t header)
{
	if (!header_valid(header))
		return OS_ERR_PROTOCOL;
	reply_end(client, true);
	answer(self, client, header);
	sched_ready(client);
	return OS_OK;
}

void reply_dropped(struct thread *client)
{
	if (client->reply.kind != OS_KIND_REPLY)
		return;
	client->reply.kind = OS_KIND_NONE;
	thread_wake(client, OS_ERR_GONE);
}

/* ------------------------------------------------------------------ ends */

void ipc_unwait(struct thread *thread)
{
	struct endpoint *endpoint = thread->endpoint;
	struct thread *callee = thread->callee;

	switch (thread->state) {
	case OS_THREAD_CALLING:
		call_dequeue(thread);
		if (!thread->faulted)
			caps_consume(thread, thread->header);
		if (endpoint->server)
			sched_lend(endpoint->server);
		break;
	case OS_THREAD_CALLED:
		thread->raw = false;
		if (callee) {
			callee->caller = NULL;
			callee->depth = 0;
			sched_lend(callee);
		} else if (thread->reply.kind == OS_KIND_REPLY) {
			reply_end(thread, false);
		}
		break;
	case OS_THREAD_WAITING:
		thread->serves->receiver = NULL;
		break;
	default:
		break;
	}
}

bool gate_fini(struct gate *gate)
{
	/* First this, so that nobody else comes. */
	if (gate->endpoint)
		list_remove(&gate->endpoint->gates, &gate->node);
	gate->endpoint = NULL;
	for (uint32_t i = 0; gate->callers; i++) {
		if (i == BATCH)
			return false;
		thread_wake(container_of(gate->callers, struct thread, gate_node), OS_ERR_GONE);
	}
	return true;
}

/* At most `*budget` gates and contexts lose their endpoint. */
static void endpoint_detach(struct endpoint *endpoint, uint32_t *budget)
{
	for (; endpoint->gates && *budget; --*budget) {
		struct gate *gate = container_of(endpoint->gates, struct gate, node);

		list_remove(&endpoint->gates, &gate->node);
		gate->endpoint = NULL;
	}
	for (; endpoint->contexts && *budget; --*budget)
		context_fini(container_of(endpoint->contexts, struct context, node));
}

/* At most `*budget` of those who queue learn GONE. */
static void endpoint_dismiss(struct endpoint *endpoint, uint32_t *budget)
{
	for (; endpoint->callers.first && *budget; --*budget)
		thread_wake(container_of(endpoint->callers.first, struct thread, wait_node),
		            OS_ERR_GONE);
}

bool endpoint_fini(struct endpoint *endpoint)
{
	struct thread *server = endpoint->server;
	uint32_t budget = BATCH;

	endpoint_detach(endpoint, &budget);
	endpoint_dismiss(endpoint, &budget);
	if (!budget)
		return false;
	if (endpoint->receiver)
		thread_wake(endpoint->receiver, OS_ERR_GONE);
	if (server && server->caller)
		server->caller->raw = answer_is_raw(server, server->caller);
	if (server)
		server->serves = NULL;
	endpoint->server = NULL;
	return true;
}

bool ipc_fini(struct thread *thread)
{
	struct endpoint *endpoint = thread->serves;
	uint32_t budget = BATCH;

	if (thread->caller)
		thread_wake(thread->caller, OS_ERR_GONE);
	if (!endpoint)
		return true;
	endpoint_dismiss(endpoint, &budget);
	if (!budget)
		return false;
	endpoint->server = NULL;
	thread->serves = NULL;
	return true;
}
