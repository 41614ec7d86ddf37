/* SPDX-License-Identifier: BSD-2-Clause */
/* A million system calls with random numbers, arguments and registers, of unprivileged PDs. */

/*
 * One attacker on each CPU: a thread in a PD of its own, with capabilities to objects of its own,
 * to shared ones, and to its victims. Root, which is their pager, lets them go on when they fault;
 * a thread of root takes turns with them, on each CPU, ends whatever they wait for, and gives them
 * new objects now and then. Beside them, on each CPU, a victim checks its memory and registers all
 * the time, and answers calls. In the end all is taken back, and every page has to be root's again.
 *
 * The random numbers of attacker N begin with SEED + N; so each of them does the same each time,
 * as far as the others let it.
 */

#include "test.h"
#include <abi/kernel_table.h>

enum {
	CALLS = 1000000,
	CPUS = 4,
	SEED = 0x05137,
	REFILL = 4000, /* calls between two sets of objects */
	RECORDS = 128, /* of which threads a CPU runs, between every other two of them */
	SLOTS = 64,
	PRIORITY_VICTIM = PRIORITY_TEST,
	PRIORITY_ATTACKER = PRIORITY_TEST,
	PRIORITY_NUDGER = PRIORITY_TEST,
	VICTIM_WORDS = 2 * PAGE / 8,
	BADGE_END = 1000,
};

/* ------------------------------------------------------------------ random numbers */

static uint64_t random(uint64_t *state)
{
	uint64_t x = *state;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return *state = x;
}

/* ------------------------------------------------------------------ attackers */

struct attacker {
	uint64_t state; /* of the random numbers */
	uint64_t index, calls;
	uint64_t registers[14]; /* for attack(): rax rdi rsi rdx r10 r8 r9, rbx rbp r12 r13 r14,
	                           rsp, flags */
	uint64_t saved_rsp;
	uint32_t broken, done;
	uint32_t faults, refills;
	uint64_t answers[OS_ERR_COUNT + 1];
	/* root's */
	uint64_t pd, data, unit_page, ring_page; /* physical, but `pd` */
	uint64_t endpoint, gate;                 /* root's slots of its newest ones */
	struct thread thread, nudger;
};

static struct attacker *attackers; /* of all CPUs; in pages that all PDs see */
static uint32_t cpus;

struct victim {
	uint64_t index, endpoint_there;
	uint64_t *memory;
	uint64_t rounds, served, failed;
	uint64_t pd, endpoint, gate, context;
	struct thread server, worker;
};

static struct victim *victims; /* as attackers */

enum { RAX, RDI, RSI, RDX, R10, R8, R9, RBX, RBP, R12, R13, R14, RSP, FLAGS };

/*
 * One system call with the registers in `attacker`, all of them: also a stack pointer and flags of
 * its choice. Notes in `broken` if one that is to be kept is lost. (attacker: offset 24 on are the
 * registers, 136 is saved_rsp.)
 */
uint64_t attack(struct attacker *attacker);
_Static_assert(offsetof(struct attacker, registers) == 24, "see attack()");
_Static_assert(offsetof(struct attacker, saved_rsp) == 136, "see attack()");
_Static_assert(offsetof(struct attacker, broken) == 144, "see attack()");

__asm__("	.text\n"
        "	.globl attack\n"
        "attack:\n"
        "	pushq	%rbx\n"
        "	pushq	%rbp\n"
        "	pushq	%r12\n"
        "	pushq	%r13\n"
        "	pushq	%r14\n"
        "	pushq	%r15\n"
        "	movq	%rdi, %r15\n"
        "	movq	%rsp, 136(%r15)\n"
        "	pushq	24+13*8(%r15)\n"
        "	popfq\n"
        "	movq	24+0*8(%r15), %rax\n"
        "	movq	24+1*8(%r15), %rdi\n"
        "	movq	24+2*8(%r15), %rsi\n"
        "	movq	24+3*8(%r15), %rdx\n"
        "	movq	24+4*8(%r15), %r10\n"
        "	movq	24+5*8(%r15), %r8\n"
        "	movq	24+6*8(%r15), %r9\n"
        "	movq	24+7*8(%r15), %rbx\n"
        "	movq	24+8*8(%r15), %rbp\n"
        "	movq	24+9*8(%r15), %r12\n"
        "	movq	24+10*8(%r15), %r13\n"
        "	movq	24+11*8(%r15), %r14\n"
        "	movq	24+12*8(%r15), %rsp\n"
        "	syscall\n"
        "	cmpq	24+7*8(%r15), %rbx\n"
        "	jne	1f\n"
        "	cmpq	24+8*8(%r15), %rbp\n"
        "	jne	1f\n"
        "	cmpq	24+9*8(%r15), %r12\n"
        "	jne	1f\n"
        "	cmpq	24+10*8(%r15), %r13\n"
        "	jne	1f\n"
        "	cmpq	24+11*8(%r15), %r14\n"
        "	jne	1f\n"
        "	cmpq	24+12*8(%r15), %rsp\n"
        "	je	2f\n"
        "1:	movl	$1, 144(%r15)\n"
        "2:	movq	136(%r15), %rsp\n"
        "	pushq	$2\n"
        "	popfq\n"
        "	popq	%r15\n"
        "	popq	%r14\n"
        "	popq	%r13\n"
        "	popq	%r12\n"
        "	popq	%rbp\n"
        "	popq	%rbx\n"
        "	ret\n");

/* Something that might be an argument. */
static uint64_t argument(struct attacker *attacker)
{
	static const uint64_t edges[] = {
		0,
		1,
		2,
		7,
		8,
		63,
		64,
		65,
		4095,
		4096,
		1024,
		0xffff,
		0x10000,
		1ul << 32,
		(1ul << 32) - 1,
		OS_KERNEL_USER_END,
		OS_KERNEL_USER_END - PAGE,
		0x800000000000ul,
		0xffff800000000000ul,
		0xffffffff80100000ul,
		1ul << 63,
		-1ul,
		-(uint64_t)PAGE,
		0xfee00000,
		0x100000,
	};
	uint64_t r = random(&attacker->state);

	switch (r % 8) {
	case 0:
		return random(&attacker->state);
	case 1:
		return edges[r / 8 % (sizeof(edges) / sizeof(*edges))];
	case 2:
		return os_kernel_header(r / 8 & 0xffff, r / 32 % 1100, r >> 40 & 15, r >> 50 & 255);
	case 3:
		return (r / 8 % 0x8000000) * PAGE;
	case 4:
		return 1ul << r / 8 % 64;
	default:
		return r / 8 % SLOTS;
	}
}

/* A few words of the message, and slots that may be something. */
static void message_fill(struct attacker *attacker)
{
	struct os_msg *msg = utcb();
	uint64_t r = random(&attacker->state);

	words(msg)[r % 128] = r;
	for (uint32_t i = 0; i < OS_MSG_CAPS_MAX; i++) {
		msg->caps[i].slot = (uint32_t)(r >> i * 6) % SLOTS;
		if (r >> 56 == i)
			msg->caps[i].slot = (uint32_t)random(&attacker->state);
	}
}

/* Where refill() has put what a call may want. */
static uint64_t slot_for(struct attacker *attacker, uint8_t kind)
{
	static const uint8_t slots[OS_KIND_COUNT][3] = {
		[OS_KIND_GATE] = { 2, 6, 10 },    [OS_KIND_SIGNAL] = { 3, 7, 3 },
		[OS_KIND_ENDPOINT] = { 1, 1, 1 }, [OS_KIND_THREAD] = { 9, 11, 9 },
		[OS_KIND_PD] = { 8, 8, 8 },       [OS_KIND_SEMAPHORE] = { 4, 12, 4 },
		[OS_KIND_MUTEX] = { 5, 13, 13 },  [OS_KIND_INTERRUPT] = { 14, 14, 14 },
	};
	uint64_t r = random(&attacker->state);

	if (kind == OS_KIND_NONE || r % 8 == 0)
		return argument(attacker);
	if (kind == OS_KIND_COUNT || !slots[kind][0])
		return r / 8 % 20;
	return slots[kind][r / 8 % 3];
}

static void registers_fill(struct attacker *attacker)
{
	uint64_t r = random(&attacker->state);
	const struct os_kernel_call_entry *entry = &os_kernel_call_table[r / 64 % OS_SYS_COUNT];

	attacker->registers[RAX] = r % 64 ? r / 64 % OS_SYS_COUNT : argument(attacker);
	for (int i = RDI; i <= RSP; i++)
		attacker->registers[i] = argument(attacker);
	/* Half of the calls have something of the right kind in place. */
	for (uint32_t i = 0; r >> 40 & 1 && i < entry->arguments; i++)
		attacker->registers[RDI + i] = slot_for(attacker, entry->kinds[i]);
	/* CF, PF, AF, ZF, SF, DF, OF, AC, ID; a trap now and then. */
	attacker->registers[FLAGS] = (random(&attacker->state) & 0x240cd5) | 2;
	if (r >> 50 == 0)
		attacker->registers[FLAGS] |= 0x100;
}

static void attacker_main(void *argument_)
{
	struct attacker *attacker = argument_;

	while (attacker->calls < CALLS / cpus) {
		uint64_t err;

		attacker->calls++;
		registers_fill(attacker);
		message_fill(attacker);
		err = attack(attacker);
		attacker->answers[err < OS_ERR_COUNT ? err : OS_ERR_COUNT]++;
	}
	__atomic_store_n(&attacker->done, 1, __ATOMIC_RELEASE);
	for (;;)
		(void)os_kernel_block();
}

/* ------------------------------------------------------------------ what PDs see */

static uint64_t copy_of(const char *first, const char *end)
{
	uint64_t pages = (uint64_t)(end - first) / PAGE, copy = pages_alloc(pages);

	memcpy(window_map(copy, pages), first, pages * PAGE);
	return copy;
}

enum { SHARED_PAGES = 2 };
static uint64_t shared_pages; /* physical */
_Static_assert(CPUS * sizeof(struct attacker) <= PAGE && CPUS * sizeof(struct victim) <= PAGE,
               "one page each");

/* What all PDs see at the same addresses: attackers and victims; of all else each has a copy. */
static void program_share(void)
{
	shared_pages = pages_alloc(SHARED_PAGES);
	attackers = memset(window_map(shared_pages, SHARED_PAGES), 0, SHARED_PAGES * PAGE);
	victims = (struct victim *)((char *)attackers + PAGE);
	environment.text_copy = copy_of(program_text, program_data);
}

/* With a copy of the program's data as it is now. */
static uint64_t pd_make_shared(uint64_t *data)
{
	*data = environment.data_copy = copy_of(program_data, program_end);
	return pd_make();
}

static void shared_map(uint64_t pd)
{
	pd_map(pd, (uint64_t)attackers, shared_pages, SHARED_PAGES, OS_MAP_READ | OS_MAP_WRITE);
}

/* ------------------------------------------------------------------ victims */

static uint64_t word_of(const struct victim *victim, uint64_t i)
{
	return (i + 1) * 0x9e3779b97f4a7c15ul + victim->index;
}

/* Memory, vector registers and the bases of segments stay as they are. */
static void victim_work(void *argument_)
{
	struct victim *victim = argument_;
	uint64_t mine = word_of(victim, 4711), back;

	__asm__ volatile("wrfsbase %0; wrgsbase %0" : : "r"(mine >> 20));
	__asm__ volatile("movq %0, %%xmm9" : : "r"(mine) : "xmm9");
	for (;;) {
		for (uint64_t i = 0; i < VICTIM_WORDS; i++)
			victim->failed += victim->memory[i] != word_of(victim, i);
		__asm__ volatile("movq %%xmm9, %0" : "=r"(back));
		victim->failed += back != mine;
		__asm__ volatile("rdfsbase %0" : "=r"(back));
		victim->failed += back != mine >> 20;
		__asm__ volatile("rdgsbase %0" : "=r"(back));
		victim->failed += back != mine >> 20;
		__atomic_fetch_add(&victim->rounds, 1, __ATOMIC_RELAXED);
		(void)os_kernel_yield();
	}
}

/* Answers, and keeps none of the capabilities that it gets. */
static void victim_serve(void *argument_)
{
	struct victim *victim = argument_;
	struct event event;
	enum os_err err = wait_at(victim->endpoint_there, &event);

	for (;;) {
		victim->served++;
		if (!err && event.kind & OS_EVENT_CALL) {
			victim->failed += header_length(event.value) > OS_MSG_PAYLOAD_MAX ||
			                  header_caps(event.value) > OS_MSG_CAPS_MAX;
			for (uint32_t i = 0; i < header_caps(event.value); i++)
				if (utcb()->caps[i].slot)
					victim->failed += os_kernel_cap_drop(utcb()->caps[i].slot,
					                                     1) != OS_OK;
		}
		err = reply_and_wait(victim->endpoint_there, header(0, 16), &event);
		/* Nobody may cancel it, nor take its endpoint. */
		victim->failed += err != OS_OK;
	}
}

static void victim_make_all(struct victim *victim, uint64_t index)
{
	uint64_t pages = pages_alloc(2), data;

	victim->index = index;
	victim->pd = pd_make_shared(&data);
	shared_map(victim->pd);
	victim->memory = window_map(pages, 2);
	for (uint64_t i = 0; i < VICTIM_WORDS; i++)
		victim->memory[i] = word_of(victim, i);
	pd_map(victim->pd, WINDOW + pages, pages, 2, OS_MAP_READ | OS_MAP_WRITE);
	victim->endpoint = endpoint_make(victim->pd, 1);
	victim->endpoint_there = grant(victim->pd, victim->endpoint, OS_RIGHT_USE);
	victim->gate = gate_make(victim->endpoint, 1);
	victim->context = signal_make(victim->endpoint, 2);
	victim->server = thread_make(victim->pd, victim_serve, victim, PRIORITY_VICTIM, index);
	victim->worker = thread_make(victim->pd, victim_work, victim, PRIORITY_VICTIM, index);
}

/* ------------------------------------------------------------------ what attackers have */

static uint64_t shared_semaphore, shared_mutex;

/* Whatever is in the slot goes. */
static void slot_empty(uint64_t pd, uint64_t slot)
{
	uint64_t cookie, type, kind, count;

	for (uint64_t n = 1ul << 31; n; n /= 2)
		while (!os_kernel_cap_remove(pd, slot, n))
			;
	(void)os_kernel_cap_lookup(pd, slot, &cookie, &type, &kind, &count);
}

static void put(const struct attacker *attacker, uint64_t slot, uint64_t rights, uint64_t at)
{
	uint64_t there;

	/* It may have put something there itself meanwhile, and then has that. */
	(void)os_kernel_cap_grant(attacker->pd, slot, rights, at, &there);
}

/* A new object for it, in the unit, at its slot `at`; root keeps no capability but `*keep`. */
static void give_new(struct attacker *attacker, enum os_err err, uint64_t slot, uint64_t at,
                     uint64_t *keep)
{
	CHECK_OK(err);
	put(attacker, slot, OS_RIGHT_ALL, at);
	if (keep && *keep)
		CHECK_OK(os_kernel_cap_drop(*keep, 1));
	if (keep)
		*keep = slot;
	else
		CHECK_OK(os_kernel_cap_drop(slot, 1));
}

static void refill(struct attacker *attacker)
{
	struct attacker *next = &attackers[(attacker->index + 1) % cpus];
	struct victim *victim = &victims[random(&attacker->state) % cpus];
	uint64_t page = attacker->unit_page, endpoint, context, slot, interrupt, address, data;
	enum os_err err;

	attacker->refills++;
	CHECK_OK(os_kernel_memory_take(MACHINE, page));
	CHECK_OK(os_kernel_memory_give(MACHINE, page, 1));
	CHECK_OK(os_kernel_cpu_record(MACHINE, attacker->index, attacker->ring_page,
	                              attacker->refills % 2 ? RECORDS : 0));
	for (uint64_t i = 1; i < SLOTS; i++)
		slot_empty(attacker->pd, i);
	/* It gets none of these, and can destroy none, before all are there. */
	CHECK_OK(os_kernel_endpoint_create(MACHINE, attacker->pd, page + 128, 9, 0, &endpoint));
	CHECK_OK(os_kernel_gate_create(MACHINE, endpoint, page + 256, 3, 4, 5, &slot));
	CHECK_OK(os_kernel_signal_create(MACHINE, endpoint, page + 384, 3, 4, 5, &context));
	err = os_kernel_interrupt_create(MACHINE, context, page + 640, OS_IRQ_MSI, &interrupt,
	                                 &address, &data);
	give_new(attacker, err, interrupt, 14, NULL);
	give_new(attacker, OS_OK, context, 3, NULL);
	give_new(attacker, OS_OK, slot, 2, &attacker->gate);
	give_new(attacker, OS_OK, endpoint, 1, &attacker->endpoint);
	err = os_kernel_semaphore_create(MACHINE, page + 512, 1, OS_ORDER_FIFO, &slot);
	give_new(attacker, err, slot, 4, NULL);
	err = os_kernel_mutex_create(MACHINE, page + 576, OS_ORDER_PRIORITY, &slot);
	give_new(attacker, err, slot, 5, NULL);
	put(attacker, victim->gate, OS_RIGHT_USE | OS_RIGHT_COPY, 6);
	put(attacker, victim->context, OS_RIGHT_USE | OS_RIGHT_COPY, 7);
	put(attacker, attacker->pd, OS_RIGHT_ALL, 8);
	put(attacker, attacker->thread.slot, OS_RIGHT_USE | OS_RIGHT_COPY, 9);
	if (next->gate)
		put(attacker, next->gate, OS_RIGHT_USE | OS_RIGHT_COPY, 10);
	if (next->thread.slot)
		put(attacker, next->thread.slot, OS_RIGHT_USE, 11);
	put(attacker, shared_semaphore, OS_RIGHT_USE | OS_RIGHT_COPY, 12);
	put(attacker, shared_mutex, OS_RIGHT_USE | OS_RIGHT_COPY, 13);
}

/* ------------------------------------------------------------------ who keeps them going */

static uint64_t pager_endpoint, end_context;
static struct {
	uint32_t lock;
} refill_lock;

static void nudge_refill(struct attacker *attacker)
{
	while (__atomic_exchange_n(&refill_lock.lock, 1, __ATOMIC_ACQUIRE))
		(void)os_kernel_yield();
	refill(attacker);
	__atomic_store_n(&refill_lock.lock, 0, __ATOMIC_RELEASE);
}

/* Has its turn after the attacker of its CPU: no wait is long. */
static void nudger_main(void *argument_)
{
	struct attacker *attacker = argument_;
	uint64_t cycles, state;

	while (!attacker->done) {
		CHECK_OK(os_kernel_thread_time(attacker->thread.slot, &cycles, &state));
		if (state == OS_THREAD_FAULTED)
			(void)os_kernel_thread_resume(attacker->thread.slot);
		else if (state != OS_THREAD_READY)
			CHECK_OK(os_kernel_thread_cancel(attacker->thread.slot));
		if (attacker->calls / REFILL > attacker->refills)
			nudge_refill(attacker);
		CHECK_OK(os_kernel_yield());
	}
	CHECK_OK(os_kernel_signal(end_context, 1));
}

/* What it may have unmapped. */
static void program_map(const struct attacker *attacker)
{
	uint64_t text = (uint64_t)program_text, rodata = (uint64_t)program_rodata;
	uint64_t data = (uint64_t)program_data, end = (uint64_t)program_end;

	pd_map(attacker->pd, text, environment.text_copy, (rodata - text) / PAGE,
	       OS_MAP_READ | OS_MAP_EXECUTE);
	pd_map(attacker->pd, rodata, environment.text_copy + rodata - text, (data - rodata) / PAGE,
	       OS_MAP_READ);
	pd_map(attacker->pd, data, attacker->data, (end - data) / PAGE, OS_MAP_READ | OS_MAP_WRITE);
	shared_map(attacker->pd);
	pd_map(attacker->pd, (uint64_t)attacker->thread.utcb, attacker->thread.utcb_page,
	       BLOCK / PAGE, OS_MAP_READ | OS_MAP_WRITE);
}

/* The answer to a fault: the header; the registers of a new start are in the UTCB. */
static uint64_t fault_reply(uint64_t badge)
{
	struct attacker *attacker = &attackers[badge];
	struct os_kernel_registers registers = { 0 };
	struct os_kernel_fault fault;

	memcpy(&fault, utcb()->payload, sizeof(fault));
	attacker->faults++;
	if (fault.kind == OS_FAULT_SYSCALL)
		return header(0, 0);
	program_map(attacker);
	registers.rip = (uint64_t)thread_entry;
	registers.rsp = (uint64_t)attacker->thread.utcb + BLOCK;
	registers.rdi = (uint64_t)attacker->thread.block;
	registers.rflags = 0x202;
	memcpy(utcb()->payload, &registers, sizeof(registers));
	return header(0, sizeof(registers));
}

static void attackers_watch(void)
{
	uint32_t ended = 0;
	struct event event;

	CHECK_OK(wait_at(pager_endpoint, &event));
	for (;;) {
		uint64_t reply = header(0, 0);

		if (event.kind & OS_EVENT_SIGNAL)
			ended += (uint32_t)event.value;
		else
			reply = fault_reply(event.badge);
		if (ended == cpus)
			return;
		CHECK_OK(reply_and_wait(pager_endpoint, reply, &event));
	}
}

/* ------------------------------------------------------------------ beginning and end */

static void attacker_make(uint64_t i)
{
	struct attacker *attacker = &attackers[i];

	attacker->index = i;
	attacker->state = SEED + i;
	attacker->pd = pd_make_shared(&attacker->data);
	shared_map(attacker->pd);
	attacker->unit_page = page_alloc();
	attacker->ring_page = page_alloc();
	CHECK_OK(os_kernel_memory_give(MACHINE, attacker->unit_page, 1));
	environment.pager = gate_make(pager_endpoint, i);
	attacker->thread =
	        thread_make_new(attacker->pd, attacker_main, attacker, PRIORITY_ATTACKER, i);
	environment.pager = 0;
}

/* Take everything back from the pages since `first`; they have to be root's again. */
static void memory_check(uint64_t first, uint64_t end)
{
	for (uint64_t at = first; at < end; at += PAGE)
		CHECK_OK(os_kernel_memory_take(MACHINE, at));
	for (uint64_t at = first; at < end; at += PAGE)
		window_map(at, 1);
}

static void report(void)
{
	uint64_t calls = 0;

	for (uint32_t i = 0; i < cpus; i++) {
		const struct attacker *attacker = &attackers[i];
		const struct victim *victim = &victims[i];

		print("attacker %u: seed %x, %lu calls, %u faults, %lu succeeded\n", i, SEED + i,
		      attacker->calls, attacker->faults, attacker->answers[OS_OK]);
		print("victim %u: %lu rounds, %lu calls\n", i, victim->rounds, victim->served);
		calls += attacker->calls;
		CHECK_EQUAL(attacker->broken, 0);
		CHECK_EQUAL(victim->failed, 0);
		CHECK(victim->rounds > 100);
		CHECK(victim->served > 20);
		CHECK(attacker->answers[OS_OK] > attacker->calls / 100);
	}
	CHECK(cpus > 0);
	CHECK(calls >= CALLS / cpus * cpus);
	print("fuzz: %lu calls\n", calls);
}

static void victims_check(void)
{
	for (uint32_t i = 0; i < cpus; i++) {
		uint64_t rounds = __atomic_load_n(&victims[i].rounds, __ATOMIC_RELAXED);

		/* It still goes on. */
		while (__atomic_load_n(&victims[i].rounds, __ATOMIC_RELAXED) < rounds + 10)
			CHECK_OK(os_kernel_yield());
	}
}

/* Dead capabilities of root's own table go. */
static void slots_clean(void)
{
	for (uint64_t slot = OS_KERNEL_ROOT_FREE; slot < 1024; slot++) {
		uint64_t cookie, type, kind, count;

		if (os_kernel_cap_lookup(SELF_PD, slot, &cookie, &type, &kind, &count) ==
		    OS_ERR_GONE)
			CHECK_OK(os_kernel_cap_drop(slot, 1));
	}
}

void root_main(void)
{
	uint64_t first, used, free, tables, used_after, free_after, tables_after;

	cpus = (uint32_t)(environment.cpu_count < CPUS ? environment.cpu_count : CPUS);
	slots_give(SELF_PD, 8);
	program_share();
	CHECK_OK(os_kernel_thread_setup(SELF_THREAD, 0, PRIORITY_ROOT, 0));
	pager_endpoint = endpoint_make(SELF_PD, 0);
	end_context = signal_make(pager_endpoint, BADGE_END);
	for (uint64_t i = 0; i < cpus; i++)
		attackers[i].nudger =
		        thread_make_new(SELF_PD, nudger_main, &attackers[i], PRIORITY_NUDGER, i);
	/* Page tables for the window of everything below, and objects of root's own page. */
	window_map((environment.pages + (2 << 20)) & -(2ul << 20), 1);
	for (uint64_t at = environment.pages; at < environment.pages + (16 << 20); at += 1 << 20)
		window_map(at + PAGE, 1);
	environment.units = environment.units_end = 0;
	CHECK_OK(os_kernel_pd_state(SELF_PD, &used, &free, &tables));
	first = environment.pages;

	shared_semaphore = semaphore_make(2, OS_ORDER_FIFO);
	shared_mutex = mutex_make(OS_ORDER_FIFO);
	for (uint64_t i = 0; i < cpus; i++)
		victim_make_all(&victims[i], i);
	for (uint64_t i = 0; i < cpus; i++)
		attacker_make(i);
	for (uint64_t i = 0; i < cpus; i++)
		refill(&attackers[i]);
	for (uint64_t i = 0; i < cpus; i++) {
		thread_run(&attackers[i].thread);
		thread_run(&attackers[i].nudger);
	}
	attackers_watch();
	CHECK_OK(os_kernel_thread_setup(SELF_THREAD, 0, PRIORITY_VICTIM, 0));
	victims_check();

	for (uint64_t i = 0; i < cpus; i++) {
		CHECK_OK(os_kernel_destroy(attackers[i].pd));
		CHECK_OK(os_kernel_destroy(victims[i].pd));
		CHECK_OK(os_kernel_cpu_record(MACHINE, i, 0, 0));
	}
	memory_check(first, environment.pages);
	slots_clean();
	CHECK_OK(os_kernel_pd_state(SELF_PD, &used_after, &free_after, &tables_after));
	CHECK_EQUAL(used_after, used);
	CHECK_EQUAL(free_after, free);
	report();
	print("fuzz: nothing leaked, nothing broken\n");
}
