/* SPDX-License-Identifier: BSD-2-Clause */
/* The kernel debugger: looks at everything, and can end a thread; not in release builds. */

#define OS_KERNEL_NUMBERS_ONLY
#include <abi/kernel_calls.h>
#include <cpu.h>
#include <debug.h>
#include <kernel/handlers.h>
#include <machine.h>
#include <switch.h>

#ifndef NDEBUG
enum {
	CONTROL_D = 4,
	BACKSPACE = 8,
	DELETE = 127,
	LINE_MAX = 80,
	WORDS_MAX = 4, /* letter and arguments */
	FRAMES_MAX = 32,
	DUMP_MAX = 4096,
	SERIAL_MAX = 1024,    /* characters at once, of a line that may be mad */
	STOP_LOOKS = 1000000, /* at CPUs that may hang */
	RESET_CONTROL = 0xcf9,
	RESET_FULL = 6,
};

/* Index + 1 of the CPU that is in the debugger; 0: none. */
static volatile uint32_t owner;
static const struct frame *entry_frame;
/* CPUs to which an NMI is on its way, by index. One that comes late is not another one. */
static uint64_t stops;
_Static_assert(OS_KERNEL_CPUS_MAX <= 64, "a bit each");
/* The thread that is to fault when the system goes on; 0: none. */
static uint64_t victim;

/* ------------------------------------------------------------------ what may be looked at */

/* The object at the beginning of a page of this use; NULL: there is none. */
static void *page_at(uint64_t pointer, enum page_use use)
{
	uint64_t address = pointer - PHYSICAL_BASE;

	if (pointer < PHYSICAL_BASE || address % OS_KERNEL_PAGE || page_use(address) != use)
		return NULL;
	return (void *)pointer;
}

static bool ram_at(uint64_t address)
{
	return page_use(address) != PAGE_NONE;
}

/* A word of a PD's memory (NULL: physical). */
static bool word_read(struct pd *pd, uint64_t address, uint64_t *value)
{
	uint64_t physical = address;
	uint32_t attributes;

	if (address % sizeof(*value))
		return false;
	if (pd && !space_lookup(pd, address, &physical, &attributes))
		return false;
	if (!ram_at(physical))
		return false;
	*value = *(const uint64_t *)physical_pointer(physical);
	return true;
}

/* ------------------------------------------------------------------ lists */

static void cpus_show(const uint64_t *arguments)
{
	(void)arguments;
	for (uint32_t i = 0; i < cpu_count; i++) {
		const struct cpu *cpu = cpus[i];

		kernel_print("CPU %u: APIC %u, runs %p, PD loaded %p, FPU of %p%s%s%s%s\n", i,
		             cpu->apic_id, (void *)cpu->current, (void *)cpu->space,
		             (void *)cpu->fpu_owner, cpu->idle ? ", idle" : "",
		             cpu->local ? ", local" : "", cpu->exclusive ? ", exclusive" : "",
		             cpu->reschedule ? ", reschedule" : "");
		for (uint32_t p = 0; p < PRIORITIES; p++)
			for (struct node *n = cpu->ready[p].first; n; n = n->next)
				kernel_print("  ready, priority %u: %p\n", p,
				             (void *)container_of(n, struct thread, ready_node));
	}
}

static void pds_show(const uint64_t *arguments)
{
	(void)arguments;
	for (uint64_t page = 0; page < pages_limit(); page += OS_KERNEL_PAGE) {
		const struct pd *pd = physical_pointer(page);

		if (page_use(page) != PAGE_PD)
			continue;
		kernel_print("PD %p: cookie %lx, tables at %lx (%u spare), slots %u used of %u, "
		             "%u free of %u\n",
		             (const void *)pd, pd->cookie, pd->root_table, pd->table_count,
		             pd->slots_used, pd->slots_limit, pd->slots_free, pd->slot_count);
	}
}

static void thread_show(const struct thread *t)
{
	kernel_print("thread %p: PD %p, cookie %lx, %s%s%s%s, CPU %u, priority %u (%u)\n",
	             (const void *)t, (void *)t->pd, t->cookie, thread_state_name(t->state),
	             t->paused ? ", paused" : "", t->faulted ? ", fault" : "",
	             t->queued ? ", queued" : "", t->cpu, t->effective, t->priority);
	kernel_print("  ip %lx sp %lx, caller %p, callee %p, endpoint %p, waits for %p\n",
	             t->frame.rip, t->frame.rsp, (void *)t->caller, (void *)t->callee,
	             (void *)t->endpoint, (void *)t->waits_for);
}

static void threads_show(const uint64_t *arguments)
{
	for (uint64_t page = 0; page < pages_limit(); page += OS_KERNEL_PAGE) {
		const struct thread *thread = physical_pointer(page);

		if (page_use(page) != PAGE_THREAD)
			continue;
		if (!arguments[0] || (uint64_t)thread->pd == arguments[0])
			thread_show(thread);
	}
}

static void endpoints_show(const uint64_t *arguments)
{
	const struct pd *pd = page_at(arguments[0], PAGE_PD);

	for (struct node *node = pd ? pd->endpoints : NULL; node; node = node->next) {
		const struct endpoint *e = container_of(node, struct endpoint, node);

		kernel_print("endpoint %p: tag %lx, CPU %u, receiver %p, server %p\n",
		             (const void *)e, e->tag, e->cpu, (void *)e->receiver,
		             (void *)e->server);
		for (struct node *n = e->callers.first; n; n = n->next)
			kernel_print("  caller %p\n",
			             (void *)container_of(n, struct thread, wait_node));
		for (struct node *n = e->pending.first; n; n = n->next) {
			const struct context *c = container_of(n, struct context, pending_node);

			kernel_print("  signal %p: badge %lx, count %lu\n", (const void *)c,
			             c->badge, c->count);
		}
	}
}

static void slots_show(const uint64_t *arguments)
{
	struct pd *pd = page_at(arguments[0], PAGE_PD);

	for (uint32_t i = 0; pd && i < pd->slot_count; i++) {
		const struct slot *slot = slot_at(pd, i);

		if (!slot->count)
			continue;
		kernel_print("slot %u: %s %p, rights %x, held %u%s\n", i,
		             slot->object ? kind_name(slot->object->kind) : "dead",
		             (void *)slot->object, slot->rights, slot->count,
		             slot->counted ? "" : ", not counted");
	}
}

static struct cpu *cpu_argument(uint64_t index)
{
	return index < cpu_count ? cpus[index] : cpu_self();
}

static void events_show(const uint64_t *arguments)
{
	const struct arch_cpu *arch = cpu_argument(arguments[0])->arch;
	uint32_t first = arch->event_count > EVENTS ? arch->event_count - EVENTS : 0;

	for (uint32_t i = first; i != arch->event_count; i++) {
		const struct event_note *note = &arch->events[i % EVENTS];

		kernel_print("%16lu %-12s %lx %lx\n", note->cycles, event_name(note->event),
		             note->a, note->b);
	}
}

static void counters_show(const uint64_t *arguments)
{
	const struct cpu *cpu = cpu_argument(arguments[0]);

	for (uint32_t i = 0; i < OS_COUNTER_COUNT; i++)
		kernel_print("%-14s%lu\n", counter_name(i), cpu->counters[i]);
}

/* ------------------------------------------------------------------ memory and stacks */

static void memory_show(const uint64_t *arguments)
{
	struct pd *pd = page_at(arguments[0], PAGE_PD);
	uint64_t at = arguments[1] & ~15ul;
	uint64_t size = arguments[2] < 16 ? 64 : arguments[2];
	uint64_t a, b;

	if (arguments[0] && !pd) {
		kernel_print("no PD\n");
		return;
	}
	for (size = size < DUMP_MAX ? size : DUMP_MAX; size >= 16; size -= 16, at += 16)
		if (word_read(pd, at, &a) && word_read(pd, at + 8, &b))
			kernel_print("%016lx: %016lx %016lx\n", at, a, b);
		else
			kernel_print("%016lx: no RAM\n", at);
}

static void stack_show(struct pd *pd, uint64_t ip, uint64_t bp)
{
	for (uint32_t i = 0; i < FRAMES_MAX; i++) {
		uint64_t next;

		kernel_print("  %016lx\n", ip);
		if (!word_read(pd, bp, &next) || !word_read(pd, bp + 8, &ip) || next <= bp)
			return;
		bp = next;
	}
}

/* Kernel stacks are in the direct map. */
static void kernel_stack_show(uint64_t ip, uint64_t bp)
{
	const struct cpu *cpu = cpu_self();

	for (uint32_t i = 0; i < FRAMES_MAX; i++) {
		kernel_print("  %016lx\n", ip);
		if (bp % 8 || bp > cpu->stack - 16 || bp < cpu->stack - KERNEL_STACK)
			return;
		ip = ((const uint64_t *)bp)[1];
		bp = ((const uint64_t *)bp)[0];
	}
}

static void backtrace_show(const uint64_t *arguments)
{
	const struct thread *thread = page_at(arguments[0], PAGE_THREAD);

	if (thread)
		stack_show(thread->pd, thread->frame.rip, thread->frame.rbp);
	else if (entry_frame && entry_frame->rip >= PHYSICAL_BASE)
		kernel_stack_show(entry_frame->rip, entry_frame->rbp);
	else if (entry_frame && cpu_self()->current)
		stack_show(cpu_self()->current->pd, entry_frame->rip, entry_frame->rbp);
	else
		kernel_stack_show((uint64_t)__builtin_return_address(0),
		                  (uint64_t)__builtin_frame_address(0));
}

/* The other CPUs stand anywhere: it is done when they go on. */
static void fault_order(const uint64_t *arguments)
{
	victim = page_at(arguments[0], PAGE_THREAD) ? arguments[0] : 0;
	kernel_print(victim ? "it faults when all goes on\n" : "no thread\n");
}

/* The thread goes on at address 0, at once, or when core has answered it. */
static void fault_cause(struct cpu *cpu)
{
	struct thread *thread;

	if (!exclusive_enter(cpu))
		cpu->reschedule = true; /* the current thread has been evicted */
	thread = page_at(victim, PAGE_THREAD);
	if (thread && thread->state != OS_THREAD_NEW && !thread->faulted &&
	    !syscall_thread_pause(NULL, thread)) {
		(void)syscall_thread_cancel(NULL, thread);
		thread->frame.rip = 0;
		thread->full_frame = FRAME_FULL;
		(void)syscall_thread_resume(NULL, thread);
	}
	exclusive_finish(cpu);
}

/* By the reset register of the chip set, and if that is none, by a triple fault. */
static void reboot(const uint64_t *arguments)
{
	const struct {
		uint16_t limit;
		uint64_t address;
	} __attribute__((packed)) none = { 0, 0 };

	(void)arguments;
	port_write(RESET_CONTROL, RESET_FULL);
	__asm__ volatile("lidt %0; int3" : : "m"(none));
}

/* ------------------------------------------------------------------ commands */

static void help_show(const uint64_t *arguments);

static const struct {
	char letter;
	const char *text;
	void (*run)(const uint64_t *arguments);
} commands[] = {
	{ 'h', "this list", help_show },
	{ 'c', "CPUs and what is ready", cpus_show },
	{ 'p', "PDs", pds_show },
	{ 't', "[PD] threads", threads_show },
	{ 'e', "PD: endpoints and who waits", endpoints_show },
	{ 's', "PD: its capabilities", slots_show },
	{ 'm', "PD ADDRESS [SIZE]: memory; PD 0: physical", memory_show },
	{ 'b', "[THREAD] stack; without: where the debugger was entered", backtrace_show },
	{ 'l', "CPU: last events", events_show },
	{ 'n', "CPU: counters", counters_show },
	{ 'k', "THREAD: goes on at address 0; only by Ctrl-D", fault_order },
	{ 'r', "reboot", reboot },
	{ 'g', "go on", NULL },
};

static void help_show(const uint64_t *arguments)
{
	(void)arguments;
	for (uint32_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		kernel_print("%c  %s\n", commands[i].letter, commands[i].text);
	kernel_print("Numbers are hexadecimal.\n");
}

static char key_wait(void)
{
	int key;

	while ((key = serial_get()) < 0)
		cpu_pause();
	return (char)key;
}

static void line_read(char *line)
{
	uint32_t length = 0;

	for (;;) {
		char key = key_wait();

		if (key == '\r' || key == '\n')
			break;
		if ((key == BACKSPACE || key == DELETE) && length) {
			length--;
			kernel_print("\b \b");
		} else if (key >= ' ' && key < DELETE && length < LINE_MAX - 1) {
			line[length++] = key;
			kernel_print("%c", key);
		}
	}
	line[length] = 0;
	kernel_print("\n");
}

static int digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Hexadecimal numbers, with or without 0x; missing ones are 0. */
static void arguments_read(const char *at, uint64_t *arguments)
{
	for (uint32_t i = 0; i < WORDS_MAX - 1; i++) {
		arguments[i] = 0;
		while (*at == ' ')
			at++;
		if (at[0] == '0' && at[1] == 'x')
			at += 2;
		for (; digit_of(*at) >= 0; at++)
			arguments[i] = arguments[i] << 4 | (uint64_t)digit_of(*at);
	}
}

/* False: go on. */
static bool command_run(const char *line)
{
	uint64_t arguments[WORDS_MAX - 1];

	if (!*line)
		return true;
	arguments_read(line + 1, arguments);
	for (uint32_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (commands[i].letter != *line)
			continue;
		if (!commands[i].run)
			return false;
		commands[i].run(arguments);
		return true;
	}
	kernel_print("h shows what there is\n");
	return true;
}

/* ------------------------------------------------------------------ in and out */

static void others_stop(const struct cpu *cpu)
{
	uint64_t all = cpu_count < 64 ? (1ul << cpu_count) - 1 : UINT64_MAX;

	if (cpu_count == 1 || panic_is_on())
		return;
	__atomic_store_n(&stops, all & ~(1ul << cpu->index), __ATOMIC_SEQ_CST);
	apic_stop_others();
	for (uint32_t i = 0; i < STOP_LOOKS && __atomic_load_n(&stops, __ATOMIC_ACQUIRE); i++)
		cpu_pause();
}

void debugger_enter(const char *why, const struct frame *frame)
{
	struct cpu *cpu = cpu_self();
	uint32_t nobody = 0;
	char line[LINE_MAX];

	if (owner == cpu->index + 1)
		return;
	if (!__atomic_compare_exchange_n(&owner, &nobody, cpu->index + 1, false, __ATOMIC_ACQUIRE,
	                                 __ATOMIC_RELAXED)) {
		(void)debugger_wait(cpu);
		return;
	}
	entry_frame = frame;
	victim = 0;
	others_stop(cpu);
	kernel_print("kernel debugger on CPU %u: %s", cpu->index, why);
	if (frame)
		kernel_print(", at %lx", frame->rip);
	kernel_print("; h for help\n");
	do {
		kernel_print("debug> ");
		line_read(line);
	} while (command_run(line));
	entry_frame = NULL;
	owner = 0;
}

bool debugger_wait(struct cpu *cpu)
{
	const uint64_t bit = 1ul << cpu->index;
	const bool stopped = __atomic_fetch_and(&stops, ~bit, __ATOMIC_ACQ_REL) & bit;

	if (!owner || owner == cpu->index + 1)
		return stopped;
	while (owner) {
		if (panic_is_on())
			panic_stop();
		cpu_pause();
	}
	return true;
}

void debugger_serial(struct cpu *cpu)
{
	int key = 0;

	/* all of it, or there will be no further interrupt */
	for (uint32_t i = 0; i < SERIAL_MAX && key >= 0; i++) {
		if ((key = serial_get()) != CONTROL_D)
			continue;
		debugger_enter("Ctrl-D", cpu->current ? &cpu->current->frame : NULL);
		if (victim)
			fault_cause(cpu);
	}
}
#endif
