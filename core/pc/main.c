/* SPDX-License-Identifier: BSD-2-Clause */
/* Core on Osier's own kernel: from the boot information to the loop over all requests. */

#include "pc.h"
#include "pci.h"
#include <api/io_mem.h>
#include <api/io_port.h>
#include <api/irq.h>
#include <api/pci.h>
#include <api/power.h>
#include <base/src/chacha20.h>
#include <osier/format.h>
#include <osier/heap.h>
#include <osier/string.h>

/*
 * Core is the kernel's root: one thread, one endpoint, where calls to all of its objects arrive.
 * The kernel tells which object is called (badge) and which thread calls, so that nothing is looked
 * up. Core answers each request before it takes the next one, and waits for nobody.
 */

enum {
	/*
	 * What a unit of the capability quota may cost core: its own bookkeeping, the kernel's
	 * object, core's slot of that, and what heap and tables lose.
	 */
	BYTES_PER_CAP = CORE_BYTES_PER_CAP + 256,
	CAPS_MIN = 10000, /* by default */
	CAPS_MAX = 250000,
	CAPS_RAM = 16384,  /* by default, one unit for so many bytes of RAM */
	RESERVE = 2 << 20, /* for core itself */
	RESERVE_SHIFT = 7, /* and of all RAM 1/128, for memory in many pieces, and its tables */
	OPTION_MAX = 64,
};

extern struct os_heap_backing core_heap_backing;
uint64_t __stack_chk_guard = 0x2f6f7369657200;

const struct os_boot_info *boot_info;
struct os_msg *utcb;
uint64_t core_endpoint, pager_gate, calls_gate;
const char *halt_label;

static struct os_heap heap;
static char halt_text[OS_LABEL_MAX], recorder_text[OS_LABEL_MAX];

OS_NORETURN void __stack_chk_fail(void);
OS_NORETURN void __stack_chk_fail(void)
{
	die("stack overrun");
}

/* ------------------------------------------------------------------ services for core/src */

const struct service platform_services[] = {
	{ IRQ_SERVICE, irq_session_create },         { IO_MEM_SERVICE, io_mem_session_create },
	{ IO_PORT_SERVICE, io_port_session_create }, { PCI_SERVICE, pci_session_create },
	{ POWER_SERVICE, power_session_create },     { 0 },
};

void platform_log(const char *text, size_t length)
{
	while (length) {
		const size_t part = OS_MIN(length, (size_t)OS_MSG_PAYLOAD_MAX);

		memcpy(utcb->payload, text, part);
		(void)!os_kernel_debug_write(MACHINE, part);
		text += part;
		length -= part;
	}
}

uint64_t platform_clock_us(void)
{
	const uint64_t now = __builtin_ia32_rdtsc(), khz = boot_info->tsc_khz;

	return now / khz * 1000 + now % khz * 1000 / khz;
}

OS_NORETURN void finish(int value)
{
	core_log("ended with value %d", value);
	machine_off();
}

OS_NORETURN void die(const char *format, ...)
{
	char text[256];
	va_list args;

	va_start(args, format);
	os_vformat(text, sizeof(text), format, args);
	va_end(args);
	core_log("%s", text);
	finish(2);
}

/* ------------------------------------------------------------------ random numbers */

/* ChaCha20 with fast key erasure, as base/src/random.c. */
static uint32_t random_key[OS_CHACHA20_KEY_WORDS];

void random_bytes(void *out, size_t size)
{
	static const uint32_t nonce[OS_CHACHA20_NONCE_WORDS];
	uint32_t block[OS_CHACHA20_BLOCK_WORDS];
	uint8_t *to = out;

	while (size) {
		const size_t part = OS_MIN(size, sizeof(random_key));

		os_chacha20_block(random_key, 0, nonce, block);
		memcpy(random_key, block, sizeof(random_key));
		memcpy(to, block + OS_CHACHA20_KEY_WORDS, part);
		to += part;
		size -= part;
	}
	memset(block, 0, sizeof(block));
	__asm__ volatile("" : : "r"(block) : "memory"); /* the compiler must not leave it out */
}

/* ------------------------------------------------------------------ boot modules */

struct boot_module {
	struct module module;
	const struct os_boot_module *record;
};

static const struct os_boot_module *module_at(uint32_t index)
{
	return (const struct os_boot_module *)((const char *)boot_info + boot_info->module_offset) +
	       index;
}

const struct os_boot_module *module_find(const char *name)
{
	for (uint32_t i = 0; i < boot_info->module_count; i++)
		if (os_str_equal(module_at(i)->name, name))
			return module_at(i);
	return NULL;
}

static void module_add(const struct os_boot_module *record)
{
	struct boot_module *module;

	if (os_alloc(core.heap, sizeof(*module), (void **)&module) != OS_OK)
		die("out of memory");
	module->record = record;
	module->module.name = record->name;
	os_list_append(&core.modules, &module->module.node);
}

static void modules_init(void)
{
	module_add(platform_info());
	for (uint32_t i = 0; i < boot_info->module_count; i++)
		module_add(module_at(i));
}

/* It is shown where it is: its pages are its own, and nobody writes to them. */
enum os_err platform_module_load(struct module *module, struct platform_memory *memory,
                                 uint64_t *size)
{
	const struct os_boot_module *record =
	        container_of(module, struct boot_module, module)->record;

	*size = os_align_up(OS_MAX(record->size, 1u), PAGE);
	*memory = (struct platform_memory){
		.first = { record->address, *size },
		.kind = MEMORY_MODULE,
		.caching = OS_MAP_CACHED,
	};
	return OS_OK;
}

/* ------------------------------------------------------------------ options */

/* The value of `name` in lines such as "ram=64M" or "halt=init -> a"; false: it is not there. */
static bool option(const char *name, char value[OPTION_MAX])
{
	const struct os_boot_module *module = module_find("core.options");
	const char *text = module ? memory_pointer(module->address) : NULL;
	const size_t size = module ? module->size : 0, name_length = strlen(name);
	size_t at = 0, length = 0;

	while (at + name_length + 1 < size &&
	       (memcmp(text + at, name, name_length) != 0 || text[at + name_length] != '='))
		while (at < size && (unsigned char)text[at++] > ' ')
			continue;
	at += name_length + 1;
	if (at >= size)
		return false;
	while (at < size && (unsigned char)text[at] >= ' ' && length + 1 < OPTION_MAX)
		value[length++] = text[at++];
	value[length] = 0;
	return true;
}

static uint64_t option_size(const char *name, uint64_t otherwise)
{
	char text[OPTION_MAX];
	uint64_t value;

	if (!option(name, text))
		return otherwise;
	if (os_parse_size(text, strlen(text), &value) != OS_OK)
		die("core.options: %s: expected a number such as 5000 or 256M, got \"%s\"", name,
		    text);
	return value;
}

static void labels(void)
{
	if (option("halt", halt_text))
		halt_label = halt_text;
	if (option("recorder", recorder_text))
		core.recorder = recorder_text;
}

/* How much components may have: no more than there is beside what core needs for that much. */
static void quotas(uint64_t *ram, uint64_t *caps)
{
	const uint64_t all = memory_free();
	uint64_t reserve = RESERVE + (all >> RESERVE_SHIFT);

	*caps = OS_MIN(OS_MAX(all / CAPS_RAM, (uint64_t)CAPS_MIN), (uint64_t)CAPS_MAX);
	*caps = option_size("caps", *caps);
	if (*caps > OS_KERNEL_SLOTS_MAX / 2)
		die("core.options: caps: at most %u", (unsigned)OS_KERNEL_SLOTS_MAX / 2);
	reserve += *caps * BYTES_PER_CAP;
	if (reserve >= all)
		die("there is too little RAM for %lu capabilities", (unsigned long)*caps);
	*ram = option_size("ram", all - reserve);
	if (*ram > all - reserve)
		die("core.options: ram: %lu bytes are asked for, there are %lu",
		    (unsigned long)*ram, (unsigned long)(all - reserve));
}

/* ------------------------------------------------------------------ the loop */

/* Serve what is in `msg`; true: it holds the answer. */
static bool serve(struct os_msg *msg, uint64_t badge, uint64_t sender)
{
	struct thread *thread = (struct thread *)sender;
	enum os_err err;

	if (badge == BADGE_PAGER) {
		struct os_kernel_fault fault;

		memcpy(&fault, msg->payload, sizeof(fault));
		msg->op = msg->length = 0;
		msg->cap_count = msg->cap_move = 0;
		return fault_serve(thread, &fault);
	}
	if (badge == BADGE_CALLS)
		return platform_call(thread, msg);
	err = core_call_object(thread, (struct object *)badge, msg);
	if (err && err != OS_ERR_CANCELLED)
		*msg = (struct os_msg){ .op = (uint16_t)err };
	return err != OS_ERR_CANCELLED;
}

static const uint64_t *cookies(void)
{
	return (const uint64_t *)(const void *)((const char *)utcb + OS_KERNEL_COOKIES);
}

static size_t caps_size(const struct os_msg *msg)
{
	return OS_MIN(msg->cap_count, (uint32_t)OS_MSG_CAPS_MAX) * sizeof(msg->caps[0]);
}

/* Serve what has arrived, if it is a call; flags for the next wait, and the answer's header. */
static uint64_t handle(const uint64_t value, uint64_t badge, uint64_t event, uint64_t sender,
                       uint64_t *header)
{
	static struct os_msg msg;
	uint64_t flags = 0;
	bool answer = false;

	if (event & OS_KERNEL_SLOTS_LOW)
		(void)own_slots_grow();
	if (event & OS_EVENT_CALL) {
		cap_forget();
		__builtin_memcpy(&msg, &value, sizeof(value));
		memcpy(msg.payload, utcb->payload, OS_MIN(msg.length, sizeof(msg.payload)));
		memcpy(msg.caps, utcb->caps, caps_size(&msg));
		if (msg.cap_count)
			cap_told(((struct thread *)sender)->pd, &msg, cookies());
		answer = serve(&msg, badge, sender);
	}
	/* before the answer stands in the UTCB, which this may use */
	if (faults_settle())
		flags |= OS_WAIT_POLL;
	if (answer) {
		flags |= OS_WAIT_REPLY;
		msg.cap_move = 0;
		__builtin_memcpy(header, &msg, sizeof(*header));
		memcpy(utcb->payload, msg.payload, msg.length);
		memcpy(utcb->caps, msg.caps, caps_size(&msg));
	}
	if (core.exiting && !trace_holds_end())
		finish(core.exit_value);
	return flags;
}

static OS_NORETURN void loop(void)
{
	uint64_t flags = 0, header = 0, signal, value, badge, event, sender;

	for (;;) {
		signal = signal_kept();
		if (signal && flags)
			(void)!os_kernel_signal(signal, 1);
		else if (signal)
			flags = OS_WAIT_SIGNAL;
		/* GONE and the like of the answer concern only who was to get it */
		if (os_kernel_reply_wait(core_endpoint, flags, header, signal, &value, &badge,
		                         &event, &sender) != OS_OK)
			event = 0;
		flags = handle(value, badge, event, sender, &header);
	}
}

/* ------------------------------------------------------------------ start */

static void gate_init(uint64_t badge, uint64_t *gate)
{
	uint64_t unit;

	if (unit_alloc(OS_KERNEL_UNIT, &unit) ||
	    os_kernel_gate_create(MACHINE, core_endpoint, unit, badge, 0, 0, gate))
		die("cannot set up core's entrypoint");
}

static void entrypoint_init(void)
{
	uint64_t unit;

	(void)!os_kernel_pd_limit(PD, OS_KERNEL_SLOTS_MAX);
	if (unit_alloc(2 * OS_KERNEL_UNIT, &unit) ||
	    os_kernel_endpoint_create(MACHINE, PD, unit, 0, OS_ENDPOINT_RAW, &core_endpoint))
		die("cannot set up core's entrypoint");
	gate_init(BADGE_PAGER, &pager_gate);
	gate_init(BADGE_CALLS, &calls_gate);
}

OS_NORETURN void core_main(const struct os_boot_info *info, struct os_msg *message);

__attribute__((no_stack_protector)) OS_NORETURN void core_main(const struct os_boot_info *info,
                                                               struct os_msg *message)
{
	struct os_heap_config config = { .backing = &core_heap_backing };
	uint64_t ram, caps, guard;

	boot_info = info;
	utcb = message;
	if (info->magic != OS_BOOT_MAGIC || info->version != OS_BOOT_VERSION)
		die("the kernel's boot information is of version %u, this is %u", info->version,
		    OS_BOOT_VERSION);
	memcpy(random_key, info->entropy, sizeof(random_key));
	random_bytes(&guard, sizeof(guard));
	__stack_chk_guard = guard & ~(uintptr_t)0xff; /* a text that overruns cannot reproduce it */
	memory_init(info);
	os_heap_init(&heap, &config);
	core.heap = &heap.alloc;
	entrypoint_init();
	modules_init();
	image_init();
	power_init();
	pci_init();
	quotas(&ram, &caps);
	labels();
	if (core_boot(ram, caps) != OS_OK)
		finish(1);
	loop();
}
