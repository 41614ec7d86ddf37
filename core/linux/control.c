/* SPDX-License-Identifier: BSD-2-Clause */
/* The control area of a PD: the pages that core and the PD share. */

#include "linux.h"
#include <osier/string.h>

enum {
	CONTROL_PAGES_MAX = OS_LINUX_CONTROL_SIZE / OS_LINUX_PAGE,
	THREAD_FD_MAX = 1024,
	THREAD_PAGES_RAM = OS_LINUX_THREAD_PAGES * OS_LINUX_PAGE,
	RIGHTS_STEP = OS_LINUX_RIGHTS_PER_PAGE,
	THREAD_END_US = 5000,
};

static uint32_t next_tag = 1, next_key = 1;

struct os_linux_info *control_info(struct pd *pd)
{
	return (struct os_linux_info *)(void *)pd->platform.control_map;
}

static void *control_page(struct pd *pd, uint32_t page)
{
	return pd->platform.control_map + (size_t)page * OS_LINUX_PAGE;
}

/* Append `count` zeroed pages; the PD sees them at once, its mapping covers the whole area. */
enum os_err control_page_alloc(struct pd *pd, uint32_t count, uint32_t *page)
{
	struct platform_pd *p = &pd->platform;

	if (count > CONTROL_PAGES_MAX - p->control_pages)
		return OS_ERR_LIMIT;
	if (SYSCALL_2(NR_ftruncate, fd_number(p->control),
	              (uint64_t)(p->control_pages + count) * OS_LINUX_PAGE))
		return OS_ERR_OUT_OF_RAM;
	*page = p->control_pages;
	p->control_pages += count;
	return OS_OK;
}

enum os_err platform_pd_init(struct pd *pd)
{
	struct platform_pd *p = &pd->platform;
	uint32_t page;
	long at;

	p->tag = next_tag++;
	p->right_free = UINT32_MAX;
	p->control = fd_of(SYSCALL_2(NR_memfd_create, "control", MFD_CLOEXEC));
	if (!p->control.plus_one)
		return OS_ERR_OUT_OF_RAM;
	at = SYSCALL_6(NR_mmap, 0, OS_LINUX_CONTROL_SIZE, PROT_READ | PROT_WRITE,
	               MAP_SHARED | MAP_NORESERVE, fd_number(p->control), 0);
	if (at < 0 && at > -4096)
		goto fail;
	p->control_map = (uint8_t *)at;
	if (control_page_alloc(pd, 1, &page))
		goto fail;
	return OS_OK;
fail:
	platform_pd_fini(pd);
	return OS_ERR_OUT_OF_RAM;
}

static void channels_fini(struct pd *pd)
{
	struct platform_pd *p = &pd->platform;

	OS_LIST_FOR_EACH (node, &pd->threads) {
		struct thread *thread = OS_LIST_ITEM(node, struct thread, pd_node);

		OS_LIST_FOR_EACH (ch, &thread->platform.channels)
			channel_client_gone(OS_LIST_ITEM(ch, struct channel, client_node));
	}
	for (uint32_t i = 0; i < p->channel_count; i++)
		if (p->channels[i])
			channel_server_gone(p->channels[i]);
}

void platform_pd_fini(struct pd *pd)
{
	struct platform_pd *p = &pd->platform;

	process_kill(pd);
	channels_fini(pd);
	OS_LIST_FOR_EACH (node, &pd->eps)
		platform_ep_fini(OS_LIST_ITEM(node, struct entrypoint, pd_node));
	os_free(core.heap, p->channels, p->channel_count * sizeof(struct channel *));
	os_free(core.heap, p->client_channels, p->client_count * sizeof(struct channel *));
	os_free(core.heap, p->rights, p->right_count * sizeof(*p->rights));
	p->channels = p->client_channels = NULL;
	p->client_count = 0;
	p->rights = NULL;
	p->channel_count = p->right_count = 0;
	platform_memory_destroy(&p->image);
	if (pd->account)
		account_refund(pd->account, p->image_charge + p->stray_charge, 0);
	p->image_charge = p->stray_charge = 0;
	platform_memory_destroy(&p->scratch);
	if (p->control_map)
		SYSCALL_2(NR_munmap, p->control_map, OS_LINUX_CONTROL_SIZE);
	p->control_map = NULL;
	if (p->control.plus_one)
		SYSCALL_1(NR_close, fd_number(p->control));
	p->control = (struct fd){ 0 };
}

void platform_pd_explain(const struct pd *pd, uint64_t *ram, uint64_t *caps)
{
	const struct platform_pd *p = &pd->platform;

	*ram += p->image_charge + p->stray_charge + cap_table_bytes(pd);
	*caps += cap_table_used(pd);
	for (uint32_t i = 0; i < p->client_count; i++) {
		*ram += p->client_channels[i] ? OS_LINUX_PAGE : 0;
		*caps += p->client_channels[i] ? 1 + core.scarce_price : 0;
	}
}

/* The file is truncated: what the PD maps of it faults. */
void platform_binary_gone(struct pd *pd)
{
	(void)pd;
}

/* ------------------------------------------------------------------ capability table */

/* An entry of a directory that the PD may change at any time: what is checked is what is used. */
static uint32_t page_read(const uint16_t *entry)
{
	return __atomic_load_n(entry, __ATOMIC_RELAXED);
}

static struct os_linux_cap *cap_entry(struct pd *pd, uint32_t slot)
{
	uint32_t page = page_read(&control_info(pd)->cap_pages[slot / OS_LINUX_CAPS_PER_PAGE]);
	struct os_linux_cap *entries;

	/* the PD may have scribbled over the directory: never leave the area */
	if (!page || page >= pd->platform.control_pages)
		return NULL;
	entries = control_page(pd, page);
	return &entries[slot % OS_LINUX_CAPS_PER_PAGE];
}

enum os_err platform_cap_chunk(struct pd *pd, uint32_t index)
{
	enum os_err err;
	uint32_t page;

	if (index >= OS_LINUX_CAP_PAGES)
		return OS_ERR_LIMIT;
	if ((err = control_page_alloc(pd, 1, &page)))
		return err;
	control_info(pd)->cap_pages[index] = (uint16_t)page;
	return OS_OK;
}

static struct os_linux_right *right_entry(struct pd *pd, uint32_t name)
{
	uint32_t index = name & OS_LINUX_RIGHT_INDEX;
	uint32_t page = page_read(&control_info(pd)->right_pages[index / OS_LINUX_RIGHTS_PER_PAGE]);
	struct os_linux_right *entries;

	if (!page || page >= pd->platform.control_pages)
		return NULL;
	entries = control_page(pd, page);
	return &entries[index % OS_LINUX_RIGHTS_PER_PAGE];
}

/* Make room for one page more of rights at the server `pd`. Right 0 stays unused. */
static enum os_err rights_grow(struct pd *pd)
{
	struct platform_pd *p = &pd->platform;
	uint32_t count = p->right_count, page;
	struct right *rights;
	enum os_err err;
	void *memory;

	if (count / RIGHTS_STEP >= OS_LINUX_RIGHT_PAGES)
		return OS_ERR_LIMIT;
	if ((err = os_alloc(core.heap, (count + RIGHTS_STEP) * sizeof(*rights), &memory)))
		return err;
	if ((err = control_page_alloc(pd, 1, &page))) {
		os_free(core.heap, memory, (count + RIGHTS_STEP) * sizeof(*rights));
		return err;
	}
	rights = memory;
	if (count)
		memcpy(rights, p->rights, count * sizeof(*rights));
	os_free(core.heap, p->rights, count * sizeof(*rights));
	control_info(pd)->right_pages[count / RIGHTS_STEP] = (uint16_t)page;
	p->rights = rights;
	p->right_count = count + RIGHTS_STEP;
	for (uint32_t i = p->right_count; i-- > OS_MAX(count, 1u);) {
		rights[i].next_free = p->right_free;
		p->right_free = i;
	}
	return OS_OK;
}

static enum os_err right_alloc(struct entrypoint *ep, struct cap_slot *slot, uint32_t badge,
                               uint16_t kind, uint32_t *out)
{
	struct platform_pd *p = &ep->pd->platform;
	struct os_linux_right *entry;
	struct right *right;
	uint32_t index;
	enum os_err err;

	if (p->right_free == UINT32_MAX && (err = rights_grow(ep->pd)))
		return err;
	index = p->right_free;
	right = &p->rights[index];
	p->right_free = right->next_free;
	right->slot = slot;
	*out = (uint32_t)++right->generation << 16 | index;
	if ((entry = right_entry(ep->pd, index)))
		*entry = (struct os_linux_right){ slot->pd->platform.tag, badge, *out, kind,
			                          (uint16_t)ep->id };
	return OS_OK;
}

static void right_free(struct pd *server, uint32_t name)
{
	struct platform_pd *p = &server->platform;
	struct os_linux_right *entry = right_entry(server, name);
	uint32_t index = name & OS_LINUX_RIGHT_INDEX;

	if (entry)
		*entry = (struct os_linux_right){ 0 };
	p->rights[index].slot = NULL;
	p->rights[index].next_free = p->right_free;
	p->right_free = index;
}

/* Where an object that components serve is served; NULL for all others. */
static struct entrypoint *object_ep(struct object *object, uint32_t *badge)
{
	if (object->kind == OBJECT_RPC) {
		struct rpc_object *rpc = container_of(object, struct rpc_object, object);

		*badge = rpc->badge;
		return rpc->ep;
	}
	if (object->kind == OBJECT_SIGNAL) {
		struct signal_context *context =
		        container_of(object, struct signal_context, object);

		*badge = context->badge;
		return context->ep;
	}
	return NULL;
}

enum os_err platform_cap_filled(struct cap_slot *slot)
{
	struct object *object = slot->object;
	struct os_linux_cap *entry = cap_entry(slot->pd, slot->index), fill = { 0 };
	struct entrypoint *ep;
	uint32_t badge = 0;
	enum os_err err;

	fill.type = object->type;
	fill.kind = OS_LINUX_CAP_CORE;
	fill.object = (uint32_t)object->id;
	slot->right = 0;
	if (object->kind == OBJECT_RPC || object->kind == OBJECT_SIGNAL) {
		fill.kind = object->kind == OBJECT_RPC ? OS_LINUX_CAP_RPC : OS_LINUX_CAP_SIGNAL;
		if (!(ep = object_ep(object, &badge)))
			fill.kind = OS_LINUX_CAP_DEAD;
		else if ((err = right_alloc(ep, slot, badge, (uint16_t)fill.kind, &slot->right)))
			return err;
		if (ep) {
			fill.ep_key = ep->platform.key;
			fill.right = slot->right;
			fill.own = ep->pd == slot->pd;
			fill.own_ep = ep->id;
			fill.own_badge = fill.own ? badge : 0;
		}
	}
	if (entry)
		*entry = fill;
	return OS_OK;
}

/*
 * A capability of a signal context goes: what was submitted by it before still counts, unless the
 * context itself goes, and never for the next one with the same right.
 */
static void signals_take(struct cap_slot *slot, struct object *was, struct entrypoint *ep)
{
	slot->object = was;
	OS_LIST_FOR_EACH (node, &slot->pd->threads) {
		struct channel *channel =
		        channel_to(OS_LIST_ITEM(node, struct thread, pd_node), ep);

		if (channel)
			channel_take_signals(channel, slot->right);
	}
	slot->object = NULL;
}

void platform_cap_cleared(struct cap_slot *slot, struct object *was)
{
	struct os_linux_cap *entry = cap_entry(slot->pd, slot->index);
	uint32_t badge, kind = slot->count ? OS_LINUX_CAP_DEAD : OS_LINUX_CAP_NONE;
	struct entrypoint *ep = object_ep(was, &badge);

	if (entry)
		*entry = (struct os_linux_cap){ .kind = kind };
	if (slot->right && ep && was->kind == OBJECT_SIGNAL)
		signals_take(slot, was, ep);
	if (slot->right && ep)
		right_free(ep->pd, slot->right);
	slot->right = 0;
	OS_LIST_FOR_EACH (node, &slot->pd->threads) {
		struct thread *thread = OS_LIST_ITEM(node, struct thread, pd_node);

		if (thread->platform.page && thread_utcb(thread)->fd_slot == slot->index)
			thread_utcb(thread)->fd_slot = 0;
	}
}

/* ------------------------------------------------------------------ threads */

struct os_linux_utcb *thread_utcb(struct thread *thread)
{
	return control_page(thread->pd, thread->platform.page);
}

struct thread *thread_by_page(struct pd *pd, uint32_t page)
{
	if (pd->platform.recent && pd->platform.recent->platform.page == page)
		return pd->platform.recent;
	OS_LIST_FOR_EACH (node, &pd->threads) {
		struct thread *thread = OS_LIST_ITEM(node, struct thread, pd_node);

		if (thread->platform.page == page) {
			pd->platform.recent = thread;
			return thread;
		}
	}
	return NULL;
}

struct thread *thread_by_tid(struct pd *pd, int tid)
{
	OS_LIST_FOR_EACH (node, &pd->threads) {
		struct thread *thread = OS_LIST_ITEM(node, struct thread, pd_node);

		if (thread->platform.tid == tid && thread->platform.running)
			return thread;
	}
	return NULL;
}

static bool index_used(struct pd *pd, uint32_t index)
{
	OS_LIST_FOR_EACH (node, &pd->threads) {
		struct thread *thread = OS_LIST_ITEM(node, struct thread, pd_node);

		if (thread->platform.page && thread->platform.index == index)
			return true;
	}
	return false;
}

enum os_err platform_thread_init(struct thread *thread)
{
	struct platform_thread *t = &thread->platform;
	struct platform_pd *p = &thread->pd->platform;
	uint32_t page, index = 0;
	enum os_err err;

	while (index < THREAD_FD_MAX && index_used(thread->pd, index))
		index++;
	if (index == THREAD_FD_MAX)
		return OS_ERR_LIMIT;
	/*
	 * Pages of an ended thread stay, and stay paid for, since the PD can go on writing to them;
	 * the next thread with the index uses them. The first thread's are in PLATFORM_PD_RAM.
	 */
	if (index < p->thread_page_count && p->thread_pages[index]) {
		page = p->thread_pages[index];
	} else {
		if (index >= OS_ARRAY_SIZE(p->thread_pages))
			return OS_ERR_LIMIT;
		if (index && (err = account_charge(thread->pd->account, THREAD_PAGES_RAM, 0)))
			return err;
		if ((err = control_page_alloc(thread->pd, OS_LINUX_THREAD_PAGES, &page))) {
			if (index)
				account_refund(thread->pd->account, THREAD_PAGES_RAM, 0);
			return err;
		}
		p->stray_charge += index ? THREAD_PAGES_RAM : 0;
		p->thread_pages[index] = (uint16_t)page;
		p->thread_page_count = OS_MAX(p->thread_page_count, index + 1);
	}
	memset(control_page(thread->pd, page), 0, OS_LINUX_PAGE);
	t->page = page;
	t->index = index;
	thread_utcb(thread)->answer_fd = OS_LINUX_FD_MAP + OS_LINUX_FD_KINDS * index;
	return OS_OK;
}

/*
 * Have a thread leave its stack; it answers the signal by ending. Core waits for it, but not long,
 * and not again for the threads of a PD that has blocked the signal.
 */
static void thread_end(struct thread *thread)
{
	const uint64_t deadline = platform_clock_us() + THREAD_END_US;
	struct platform_pd *p = &thread->pd->platform;
	const int tid = thread->platform.tid;

	SYSCALL_3(NR_tgkill, p->pid, tid, OS_LINUX_SIGNAL_END);
	tracer_go(thread); /* it meets the signal as it goes on */
	while (!p->deaf && SYSCALL_3(NR_tgkill, p->pid, tid, 0) == 0) {
		p->deaf = platform_clock_us() > deadline;
		(void)tracer_settle();
		SYSCALL_0(NR_sched_yield);
	}
}

void platform_thread_fini(struct thread *thread)
{
	struct platform_thread *t = &thread->platform;
	struct platform_pd *p = &thread->pd->platform;

	OS_LIST_FOR_EACH (ch, &t->channels)
		channel_client_gone(OS_LIST_ITEM(ch, struct channel, client_node));
	if (p->recent == thread)
		p->recent = NULL;
	/* nothing but an answer ends its wait */
	if (t->parked)
		notify_answer(thread->pd, t->parked, -E_PERM);
	if (p->pid && t->tid == p->pid)
		process_kill(thread->pd); /* a PD does not outlive its main thread */
	else if (p->pid && t->tid && t->running)
		thread_end(thread);
	t->parked = 0;
	t->running = false;
	tracer_forget(thread);
}

void platform_trace(struct thread *thread, uint64_t word)
{
	/* the block stands behind the UTCB */
	struct os_thread_block *block = control_page(thread->pd, thread->platform.page + 1);

	__atomic_store_n(&block->trace.ring, word, __ATOMIC_RELEASE);
}

/* Threads map it themselves, and find pages of their own when the memory has gone. */
void platform_trace_gone(struct pd *pd)
{
	(void)pd;
}

/* The host schedules, and tells nobody. */
uint32_t platform_cpu_count(void)
{
	return 0;
}

enum os_err platform_cpu_record(uint32_t cpu, const struct platform_memory *memory, uint64_t offset,
                                uint32_t events)
{
	(void)cpu;
	(void)memory;
	(void)offset;
	(void)events;
	return OS_ERR_UNSUPPORTED;
}

void platform_cpu_record_end(uint32_t cpu)
{
	(void)cpu;
}

void platform_thread_priority(struct thread *thread)
{
	int tid = thread->platform.tid;

	if (tid) /* PRIO_PROCESS; 0 is normal, 127 the nicest */
		SYSCALL_3(NR_setpriority, 0, tid, thread->priority * 19 / 127);
}

uint64_t platform_thread_time_us(struct thread *thread)
{
	struct timespec time = { 0, 0 };
	long clock;

	/* Linux gives the clock of a whole process only (CPUCLOCK_SCHED): told for the main thread.
	 */
	if (!thread->platform.tid || thread->platform.tid != thread->pd->platform.pid)
		return 0;
	clock = (~(long)thread->platform.tid << 3) | 2;
	SYSCALL_2(NR_clock_gettime, (int)clock, &time);
	return (uint64_t)time.seconds * 1000000 + (uint64_t)time.nanoseconds / 1000;
}

/* ------------------------------------------------------------------ channel records */

enum os_err record_page(struct pd *pd, uint16_t *pages, uint32_t index)
{
	uint32_t chunk = index / OS_LINUX_RECORDS_PER_PAGE, page;
	enum os_err err;

	if (chunk >= OS_LINUX_RECORD_PAGES)
		return OS_ERR_LIMIT;
	if (pages[chunk])
		return OS_OK;
	if ((err = control_page_alloc(pd, 1, &page)))
		return err;
	pages[chunk] = (uint16_t)page;
	return OS_OK;
}

static struct os_linux_record *record(struct pd *pd, const uint16_t *pages, uint32_t index)
{
	uint32_t page = page_read(&pages[index / OS_LINUX_RECORDS_PER_PAGE]);
	struct os_linux_record *records;

	/* a directory that the PD has scribbled over: write where it does no harm */
	if (!page || page >= pd->platform.control_pages)
		page = pd->platform.control_pages - 1;
	records = control_page(pd, page);
	return &records[index % OS_LINUX_RECORDS_PER_PAGE];
}

struct os_linux_record *server_record(struct channel *channel)
{
	return record(channel->ep->pd, control_info(channel->ep->pd)->record_pages,
	              channel->server_index);
}

struct os_linux_record *client_record(struct channel *channel)
{
	return record(channel->client_pd, control_info(channel->client_pd)->client_pages,
	              channel->client_index);
}

uint32_t ep_key_next(void)
{
	return next_key++;
}
