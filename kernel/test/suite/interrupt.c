/* SPDX-License-Identifier: BSD-2-Clause */
/* Interrupts: as signals, masked until they are acknowledged; ports; MSIs. */

#include "common.h"

static uint64_t endpoint, context, interrupt, address, data;
static struct event event;

static enum os_err create(uint64_t source)
{
	return os_kernel_interrupt_create(MACHINE, context, unit_alloc(64), source, &interrupt,
	                                  &address, &data);
}

static void context_make(void)
{
	endpoint = endpoint_make(SELF_PD, 0);
	context = signal_make(endpoint, 8);
}

/* ------------------------------------------------------------------ the real-time clock */

enum { CMOS_INDEX = 0x70, CMOS_DATA = 0x71, RTC_IRQ = 8 };

static uint8_t cmos_read(uint8_t index)
{
	port_write8(CMOS_INDEX, index);
	return port_read8(CMOS_DATA);
}

static void cmos_write(uint8_t index, uint8_t value)
{
	port_write8(CMOS_INDEX, index);
	port_write8(CMOS_DATA, value);
}

/* Periodic interrupts, 1,024 in a second; each is to be read from register C. */
static void clock_start(void)
{
	context_make();
	CHECK_OK(create(OS_IRQ_LEGACY | RTC_IRQ));
	ports_allow(CMOS_INDEX, 2);
	cmos_write(0xa, 0x26);
	cmos_write(0xb, cmos_read(0xb) | 0x40);
	(void)cmos_read(0xc);
}

static void clock_stop(void)
{
	cmos_write(0xb, cmos_read(0xb) & (uint8_t)~0x40);
	(void)cmos_read(0xc);
}

TEST(interrupt_arrives_as_a_signal)
{
	clock_start();
	CHECK_OK(os_kernel_interrupt_acknowledge(interrupt));
	CHECK_OK(wait_at(endpoint, &event));
	CHECK_EQUAL(event.kind, OS_EVENT_SIGNAL);
	CHECK_EQUAL(event.badge, 8);
	CHECK_EQUAL(event.value, 1);
	clock_stop();
}

TEST(interrupt_is_masked_until_it_is_acknowledged)
{
	clock_start();
	CHECK_OK(os_kernel_interrupt_acknowledge(interrupt));
	CHECK_OK(wait_at(endpoint, &event));
	for (int i = 0; i < 200; i++) {
		(void)cmos_read(0xc);
		CHECK_ERR(poll_at(endpoint, &event), OS_ERR_EMPTY);
	}
	(void)cmos_read(0xc);
	CHECK_OK(os_kernel_interrupt_acknowledge(interrupt));
	CHECK_OK(wait_at(endpoint, &event));
	clock_stop();
}

TEST(interrupt_is_masked_to_begin_with)
{
	clock_start();
	for (volatile int i = 0; i < 5000000; i++)
		;
	CHECK_ERR(poll_at(endpoint, &event), OS_ERR_EMPTY);
	clock_stop();
}

TEST(interrupt_acknowledged_in_the_same_call_as_the_wait)
{
	clock_start();
	for (int i = 0; i < 50; i++) {
		(void)cmos_read(0xc);
		CHECK_OK(os_kernel_reply_wait(endpoint, OS_WAIT_ACKNOWLEDGE, 0, interrupt,
		                              &event.value, &event.badge, &event.kind,
		                              &event.sender));
		CHECK_EQUAL(event.badge, 8);
		CHECK_EQUAL(event.value, 1);
	}
	clock_stop();
}

TEST(interrupt_acknowledged_twice)
{
	clock_start();
	for (int i = 0; i < 10; i++) {
		CHECK_OK(os_kernel_interrupt_acknowledge(interrupt));
		CHECK_OK(os_kernel_interrupt_acknowledge(interrupt));
		CHECK_OK(wait_at(endpoint, &event));
		(void)cmos_read(0xc);
	}
	clock_stop();
}

TEST(interrupt_created_twice)
{
	uint64_t first;

	context_make();
	CHECK_OK(create(OS_IRQ_LEGACY | RTC_IRQ));
	first = interrupt;
	CHECK_ERR(create(OS_IRQ_LEGACY | 9), OS_ERR_EXISTS); /* the context has one */
	context = signal_make(endpoint, 9);
	CHECK_ERR(create(OS_IRQ_LEGACY | RTC_IRQ), OS_ERR_EXISTS);
	CHECK_OK(os_kernel_destroy(first));
	CHECK_OK(create(OS_IRQ_LEGACY | RTC_IRQ));
}

TEST(interrupt_to_a_context_without_an_endpoint)
{
	context_make();
	CHECK_OK(os_kernel_destroy(endpoint));
	CHECK_ERR(create(OS_IRQ_MSI), OS_ERR_GONE);
}

TEST(interrupt_of_the_judge_is_taken)
{
	context_make();
	CHECK_ERR(create(OS_IRQ_LEGACY), OS_ERR_EXISTS);
}

TEST(interrupt_of_no_such_input)
{
	context_make();
	CHECK_ERR(create(OS_IRQ_LEGACY | 16), OS_ERR_RANGE);
	CHECK_ERR(create(OS_IRQ_LEGACY | 0xffff), OS_ERR_RANGE);
	CHECK_ERR(create(240), OS_ERR_RANGE);
	CHECK_ERR(create(0xffff), OS_ERR_RANGE);
	CHECK_ERR(create(1ul << 20), OS_ERR_RANGE);
	CHECK_ERR(create(1ul << 32 | 9), OS_ERR_RANGE);
	CHECK_ERR(create(-1ul), OS_ERR_RANGE);
}

TEST(interrupt_destroyed_while_it_comes)
{
	for (int i = 0; i < 20; i++) {
		if (!i)
			clock_start();
		else
			CHECK_OK(create(OS_IRQ_LEGACY | RTC_IRQ));
		CHECK_OK(os_kernel_interrupt_acknowledge(interrupt));
		for (volatile int j = 0; j < 20000 * i; j++)
			;
		CHECK_OK(os_kernel_destroy(interrupt));
		CHECK_OK(os_kernel_cap_drop(interrupt, 1));
		(void)poll_at(endpoint, &event);
		(void)cmos_read(0xc);
	}
	clock_stop();
	CHECK_ERR(poll_at(endpoint, &event), OS_ERR_EMPTY);
}

TEST(interrupt_whose_context_is_destroyed)
{
	clock_start();
	CHECK_OK(os_kernel_interrupt_acknowledge(interrupt));
	CHECK_OK(os_kernel_destroy(context));
	for (volatile int i = 0; i < 3000000; i++)
		;
	CHECK_OK(os_kernel_interrupt_acknowledge(interrupt));
	for (volatile int i = 0; i < 3000000; i++)
		;
	clock_stop();
	CHECK_OK(os_kernel_destroy(interrupt));
}

TEST(interrupt_whose_endpoint_is_destroyed)
{
	clock_start();
	CHECK_OK(os_kernel_destroy(endpoint));
	(void)os_kernel_interrupt_acknowledge(interrupt);
	for (volatile int i = 0; i < 3000000; i++)
		;
	clock_stop();
}

static uint64_t storm_count;

/* Acknowledges at once, whatever the device says. */
static void storm(void *slots)
{
	uint64_t *slot = slots;
	struct event mine;

	for (;;) {
		if (os_kernel_reply_wait(slot[0], OS_WAIT_ACKNOWLEDGE, 0, slot[1], &mine.value,
		                         &mine.badge, &mine.kind, &mine.sender))
			return;
		storm_count++;
		(void)cmos_read(0xc);
	}
}

TEST(interrupt_storm_holds_up_only_whom_it_may)
{
	/* The handler has a worse priority than this thread: it goes on, interrupts or not. */
	static uint64_t slots[2];
	struct server server = server_make(server_echo, pd_make(), PRIORITY_HIGH, 0);
	uint64_t answer;

	clock_start();
	cmos_write(0xa, 0x23); /* 8,192 in a second */
	slots[0] = endpoint, slots[1] = interrupt;
	(void)thread_make(SELF_PD, storm, slots, PRIORITY_LOW, 0);
	CHECK_OK(os_kernel_interrupt_acknowledge(interrupt));
	for (int i = 0; i < 2000; i++)
		CHECK_OK(call(server.gate, header(1, 0), &answer));
	CHECK_EQUAL(storm_count, 0);
	CHECK_OK(os_kernel_thread_setup(SELF_THREAD, PAGER_SLOT, PRIORITY_LOW, 0));
	while (storm_count < 20)
		CHECK_OK(os_kernel_yield());
	clock_stop();
}

TEST(interrupt_line_that_stays_active_comes_once_for_each_acknowledge)
{
	/* A level-triggered line that nobody makes quiet: the device is never read. */
	clock_start();
	for (int i = 0; i < 5; i++) {
		CHECK_OK(os_kernel_interrupt_acknowledge(interrupt));
		(void)poll_at(endpoint, &event);
	}
	clock_stop();
}

/* ------------------------------------------------------------------ MSIs */

TEST(msi_tells_address_and_data)
{
	context_make();
	CHECK_OK(create(OS_IRQ_MSI));
	CHECK_EQUAL(address & 0xfffffffffff00000ul, 0xfee00000);
	CHECK((data & 0xff) >= 32);
	CHECK_EQUAL(data >> 32, 0);
}

TEST(msi_vectors_are_different_and_limited)
{
	uint64_t first = 0, last = 0, count = 0;
	enum os_err err;

	endpoint = endpoint_make(SELF_PD, 0);
	slots_give(SELF_PD, 20);
	CHECK_OK(os_kernel_pd_limit(SELF_PD, 2000));
	for (;;) {
		context = signal_make(endpoint, 1);
		err = create(OS_IRQ_MSI);
		if (err)
			break;
		CHECK(!count || data != last || address != first);
		first = address, last = data;
		count++;
	}
	CHECK_ERR(err, OS_ERR_LIMIT);
	CHECK(count >= 100);
}

/* PCI configuration space and the registers of QEMU's `edu` device. */
enum {
	PCI_ADDRESS = 0xcf8,
	PCI_DATA = 0xcfc,
	EDU_ID = 0x11e81234,
	EDU_RAISE = 0x60,
	EDU_CLEAR = 0x64,
	MSI_CAPABILITY = 5,
};

static uint32_t pci_slot;

static uint32_t pci_read(uint32_t offset)
{
	uint32_t value;

	port_write32(PCI_ADDRESS, 0x80000000 | pci_slot << 11 | offset);
	__asm__ volatile("inl %1, %0" : "=a"(value) : "Nd"((uint16_t)PCI_DATA));
	return value;
}

static void pci_write(uint32_t offset, uint32_t value)
{
	port_write32(PCI_ADDRESS, 0x80000000 | pci_slot << 11 | offset);
	port_write32(PCI_DATA, value);
}

/* The registers, mapped. */
static volatile uint32_t *edu_find(void)
{
	uint64_t bar;

	ports_allow(PCI_ADDRESS, 8);
	for (pci_slot = 0; pci_slot < 32; pci_slot++)
		if (pci_read(0) == EDU_ID)
			break;
	CHECK(pci_slot < 32);          /* the machine has been given -device edu */
	pci_write(4, pci_read(4) | 6); /* memory, bus master */
	bar = pci_read(0x10) & 0xfffffff0;
	pd_map(SELF_PD, 0x600000000000ul, bar, 1, OS_MAP_READ | OS_MAP_WRITE | OS_MAP_UNCACHED);
	return (volatile uint32_t *)0x600000000000ul;
}

static uint32_t msi_find(void)
{
	uint32_t at = pci_read(0x34) & 0xfc;

	while (at && (pci_read(at) & 0xff) != MSI_CAPABILITY)
		at = pci_read(at) >> 8 & 0xfc;
	CHECK(at);
	return at;
}

static void msi_set(uint32_t at)
{
	pci_write(at + 4, (uint32_t)address);
	pci_write(at + 8, (uint32_t)(address >> 32));
	pci_write(at + 12, (uint32_t)data);
	pci_write(at, pci_read(at) | 1 << 16);
}

TEST(msi_of_a_device_arrives)
{
	volatile uint32_t *edu = edu_find();
	uint32_t at = msi_find();

	context_make();
	CHECK_OK(create(OS_IRQ_MSI));
	msi_set(at);
	CHECK_OK(os_kernel_interrupt_acknowledge(interrupt));
	for (int i = 0; i < 20; i++) {
		edu[EDU_RAISE / 4] = 1;
		CHECK_OK(wait_at(endpoint, &event));
		CHECK_EQUAL(event.badge, 8);
		edu[EDU_CLEAR / 4] = 1;
		CHECK_OK(os_kernel_interrupt_acknowledge(interrupt));
	}
	pci_write(at, pci_read(at) & ~(1u << 16));
}

TEST(msi_while_it_is_masked_is_not_lost)
{
	volatile uint32_t *edu = edu_find();
	uint32_t at = msi_find();

	context_make();
	CHECK_OK(create(OS_IRQ_MSI));
	msi_set(at);
	edu[EDU_RAISE / 4] = 1; /* before it was ever acknowledged */
	edu[EDU_CLEAR / 4] = 1;
	CHECK_OK(os_kernel_interrupt_acknowledge(interrupt));
	edu[EDU_RAISE / 4] = 1;
	CHECK_OK(wait_at(endpoint, &event));
	edu[EDU_CLEAR / 4] = 1;
	pci_write(at, pci_read(at) & ~(1u << 16));
}

TEST(msi_to_a_vector_that_was_given_up)
{
	volatile uint32_t *edu = edu_find();
	uint32_t at = msi_find();

	context_make();
	CHECK_OK(create(OS_IRQ_MSI));
	msi_set(at);
	CHECK_OK(os_kernel_interrupt_acknowledge(interrupt));
	CHECK_OK(os_kernel_destroy(interrupt));
	edu[EDU_RAISE / 4] = 1;
	edu[EDU_CLEAR / 4] = 1;
	CHECK_ERR(poll_at(endpoint, &event), OS_ERR_EMPTY);
	pci_write(at, pci_read(at) & ~(1u << 16));
}

TEST(level_triggered_interrupt_of_a_device_arrives)
{
	volatile uint32_t *edu = edu_find();
	uint32_t pin = pci_read(0x3c) >> 8 & 0xff, line;

	CHECK(pin >= 1 && pin <= 4);
	context_make();
	/* On this machine the pins of the root bus reach the inputs 16 to 23; which one, is in
	 * ACPI's methods: try all of them. */
	for (line = 16; line < 24; line++) {
		if (create(line | OS_IRQ_LEVEL))
			continue;
		edu[EDU_RAISE / 4] = 1;
		CHECK_OK(os_kernel_interrupt_acknowledge(interrupt));
		for (volatile int i = 0; i < 100000; i++)
			;
		if (!poll_at(endpoint, &event))
			break;
		edu[EDU_CLEAR / 4] = 1;
		CHECK_OK(os_kernel_destroy(interrupt));
		CHECK_OK(os_kernel_cap_drop(interrupt, 1));
	}
	CHECK(line < 24);
	/* The line is still active: it comes again with each acknowledge, and once only. */
	for (int i = 0; i < 10; i++) {
		CHECK_OK(os_kernel_interrupt_acknowledge(interrupt));
		CHECK_OK(wait_at(endpoint, &event));
		CHECK_EQUAL(event.value, 1);
	}
	edu[EDU_CLEAR / 4] = 1;
	CHECK_OK(os_kernel_interrupt_acknowledge(interrupt));
	CHECK_ERR(poll_at(endpoint, &event), OS_ERR_EMPTY);
}

/* ------------------------------------------------------------------ ports */

static void port_user(void *port)
{
	(void)port_read8((uint16_t)(uintptr_t)port);
	trace_note('p');
}

/* Does a thread of the PD fault when it reads the port? */
static bool port_faults(uint64_t pd, uint16_t port)
{
	uint64_t own = endpoint_make(SELF_PD, 0);
	struct thread thread = victim_make(pd, port_user, (void *)(uintptr_t)port, own);

	if (thread.block->done)
		return false;
	CHECK_EQUAL(fault_wait(own).vector, 13);
	CHECK_OK(os_kernel_destroy(thread.slot));
	return true;
}

TEST(ports_are_used_without_a_system_call_when_allowed)
{
	uint64_t pd = pd_make();

	CHECK(port_faults(pd, 0x80));
	CHECK_ERR(os_kernel_pd_ports(MACHINE, pd, 0x80, 1, 1), OS_ERR_EMPTY);
	CHECK_OK(os_kernel_pd_give(MACHINE, pd, page_alloc(), OS_GIVE_PORTS));
	CHECK_ERR(os_kernel_pd_ports(MACHINE, pd, 0x80, 1, 1), OS_ERR_EMPTY);
	CHECK_OK(os_kernel_pd_give(MACHINE, pd, page_alloc(), OS_GIVE_PORTS));
	CHECK(port_faults(pd, 0x80));
	CHECK_OK(os_kernel_pd_ports(MACHINE, pd, 0x80, 1, 1));
	CHECK(!port_faults(pd, 0x80));
	CHECK(port_faults(pd, 0x7f));
	CHECK(port_faults(pd, 0x81));
	CHECK_OK(os_kernel_pd_ports(MACHINE, pd, 0x80, 1, 0));
	CHECK(port_faults(pd, 0x80));
}

TEST(ports_of_one_pd_are_not_those_of_another)
{
	uint64_t pd = pd_make();

	ports_allow(0x80, 1);
	(void)port_read8(0x80);
	CHECK(port_faults(pd, 0x80));
	(void)port_read8(0x80);
}

TEST(port_ranges_are_exact)
{
	uint64_t pd = pd_make();

	CHECK_OK(os_kernel_pd_give(MACHINE, pd, page_alloc(), OS_GIVE_PORTS));
	CHECK_OK(os_kernel_pd_give(MACHINE, pd, page_alloc(), OS_GIVE_PORTS));
	CHECK_OK(os_kernel_pd_ports(MACHINE, pd, 0x7ffb, 10, 1)); /* over the middle */
	for (uint16_t port = 0x7ffb; port < 0x8005; port++)
		CHECK(!port_faults(pd, port));
	CHECK(port_faults(pd, 0x7ffa));
	CHECK(port_faults(pd, 0x8005));
	CHECK_OK(os_kernel_pd_ports(MACHINE, pd, 0xffff, 1, 1));
	CHECK(!port_faults(pd, 0xffff));
}

TEST(ports_out_of_range)
{
	ports_allow(0x80, 1);
	CHECK_ERR(os_kernel_pd_ports(MACHINE, SELF_PD, 65536, 1, 1), OS_ERR_RANGE);
	CHECK_ERR(os_kernel_pd_ports(MACHINE, SELF_PD, 65535, 2, 1), OS_ERR_RANGE);
	CHECK_ERR(os_kernel_pd_ports(MACHINE, SELF_PD, 1, -1ul, 1), OS_ERR_RANGE);
	CHECK_ERR(os_kernel_pd_ports(MACHINE, SELF_PD, -1ul, 2, 1), OS_ERR_RANGE);
	CHECK_ERR(os_kernel_pd_ports(MACHINE, SELF_PD, 0x80, 1, 2), OS_ERR_RANGE);
}

TEST(ports_of_the_interrupt_controllers_are_denied)
{
	ports_allow(0x80, 1);
	CHECK_ERR(os_kernel_pd_ports(MACHINE, SELF_PD, 0x20, 2, 1), OS_ERR_DENIED);
	CHECK_ERR(os_kernel_pd_ports(MACHINE, SELF_PD, 0xa1, 1, 1), OS_ERR_DENIED);
	CHECK_ERR(os_kernel_pd_ports(MACHINE, SELF_PD, 0, 65536, 1), OS_ERR_DENIED);
}

TEST(ports_of_pci_configuration_are_never_given_away)
{
	uint64_t pd = pd_make();

	CHECK_OK(os_kernel_pd_give(MACHINE, pd, page_alloc(), OS_GIVE_PORTS));
	CHECK_OK(os_kernel_pd_give(MACHINE, pd, page_alloc(), OS_GIVE_PORTS));
	CHECK_ERR(os_kernel_pd_ports(MACHINE, pd, 0xcf8, 4, 1), OS_ERR_DENIED);
	CHECK_ERR(os_kernel_pd_ports(MACHINE, pd, 0xcff, 1, 1), OS_ERR_DENIED);
	CHECK_ERR(os_kernel_pd_ports(MACHINE, pd, 0xc00, 0x400, 1), OS_ERR_DENIED);
	CHECK(port_faults(pd, 0xcf8));
}

/* ------------------------------------------------------------------ the machine */

TEST(debug_write_refuses_more_than_a_message)
{
	CHECK_ERR(os_kernel_debug_write(MACHINE, OS_MSG_PAYLOAD_MAX + 1), OS_ERR_RANGE);
	CHECK_ERR(os_kernel_debug_write(MACHINE, -1ul), OS_ERR_RANGE);
	CHECK_OK(os_kernel_debug_write(MACHINE, 0));
}

TEST(counters_count)
{
	uint64_t before, after;
	enum os_err err = os_kernel_counter(MACHINE, 0, OS_COUNTER_SWITCHES, &before);
	struct server server;

	if (!environment.debug) {
		CHECK_ERR(err, OS_ERR_UNSUPPORTED);
		return;
	}
	CHECK_OK(err);
	server = server_make(server_echo, pd_make(), PRIORITY_HIGH, 0);
	CHECK_OK(os_kernel_counter(MACHINE, 0, OS_COUNTER_SWITCHES, &before));
	CHECK_OK(call(server.gate, header(0, 0), &after));
	CHECK_OK(os_kernel_counter(MACHINE, 0, OS_COUNTER_SWITCHES, &after));
	CHECK(after >= before + 2);
}

TEST(counters_out_of_range)
{
	uint64_t value;
	enum os_err wanted = environment.debug ? OS_ERR_RANGE : OS_ERR_UNSUPPORTED;

	CHECK_ERR(os_kernel_counter(MACHINE, environment.cpu_count, 0, &value), wanted);
	CHECK_ERR(os_kernel_counter(MACHINE, -1ul, 0, &value), wanted);
	CHECK_ERR(os_kernel_counter(MACHINE, 0, OS_COUNTER_COUNT, &value), wanted);
	CHECK_ERR(os_kernel_counter(MACHINE, 0, -1ul, &value), wanted);
}
