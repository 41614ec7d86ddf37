/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages of a table (MSI-X): a source of random numbers, of which each number has one come. */

#include <api/irq.h>
#include <osier/string.h>

#include "test.h"

/* Virtual I/O Device (VIRTIO) 1.1, 4.1.4: where its registers are, by capabilities. */
enum {
	SPACE_CAPABILITIES = 0x34,
	CAPABILITY_VENDOR = 9,
	CAPABILITY_NEXT = 1,
	CAPABILITY_KIND = 3,
	CAPABILITY_BAR = 4,
	CAPABILITY_OFFSET = 8,
	CAPABILITIES_MAX = 48, /* as many as the configuration space holds */
	KIND_COMMON = 1,
	KIND_NOTIFY = 2,
};

/* 4.1.4.3, and its status, 2.1 */
struct common {
	uint32_t device_feature_select, device_feature;
	uint32_t driver_feature_select, driver_feature;
	uint16_t message, queues;
	uint8_t status, generation;
	uint16_t queue, queue_size, queue_message, queue_enable, queue_notify;
	uint64_t queue_descriptors, queue_available, queue_used;
};
enum {
	STATUS_ACKNOWLEDGE = 1,
	STATUS_DRIVER = 2,
	STATUS_DRIVER_OK = 4,
	STATUS_FEATURES_OK = 8,
	FEATURE_VERSION_1 = 1, /* bit 32 */
};

/* 2.6: a queue of one buffer, and the buffer; the device sees it all. */
struct queue {
	struct {
		uint64_t address;
		uint32_t length;
		uint16_t flags, next;
	} descriptor;
	_Alignas(64) struct {
		uint16_t flags, index, ring;
	} available;
	_Alignas(64) struct {
		uint16_t flags, index;
		uint32_t which, length;
	} used;
	uint8_t numbers[64];
};
enum { DESCRIPTOR_WRITE = 2 };

enum { MESSAGES = 4, ROUNDS = 50 };

struct message {
	struct os_signal_handler handler;
	struct irq_cap irq;
	uint64_t count;
};

static struct source {
	struct os_pci pci;
	struct os_pci_memory memory; /* of `bar` */
	uint32_t bar, common_at, notify_at;
	struct os_pci_buffer buffer;
	struct message messages[MESSAGES];
} source;

static volatile struct common *common(void)
{
	return (volatile struct common *)((char *)source.memory.at + source.common_at);
}

static volatile struct queue *queue(void)
{
	return source.buffer.view.start;
}

static uint32_t space_get(struct os_env *env, uint32_t at, uint32_t size)
{
	uint32_t value;

	CHECK(!pci_device_config_read(source.pci.device, at, size, &value));
	return value;
}

/* Both parts of its registers are in one base address register. */
static void registers_find(struct os_env *env)
{
	uint32_t at = space_get(env, SPACE_CAPABILITIES, 1);

	for (uint32_t i = 0; at && i < CAPABILITIES_MAX; i++) {
		const uint32_t kind = space_get(env, at + CAPABILITY_KIND, 1);

		if (space_get(env, at, 1) == CAPABILITY_VENDOR &&
		    (kind == KIND_COMMON || kind == KIND_NOTIFY)) {
			source.bar = space_get(env, at + CAPABILITY_BAR, 1);
			*(kind == KIND_COMMON ? &source.common_at : &source.notify_at) =
			        space_get(env, at + CAPABILITY_OFFSET, 4);
		}
		at = space_get(env, at + CAPABILITY_NEXT, 1);
	}
	CHECK(source.bar && source.common_at != source.notify_at);
}

static void count_message(struct os_signal_handler *handler, uint64_t count)
{
	struct message *const message = container_of(handler, struct message, handler);

	message->count += count;
	(void)!irq_acknowledge(message->irq);
}

static void messages_open(struct os_env *env)
{
	struct irq_cap more;
	uint32_t count;
	bool line;

	CHECK(!pci_device_interrupts(source.pci.device, &count, &line));
	CHECK(count == MESSAGES);
	for (uint32_t i = 0; i < MESSAGES; i++) {
		struct message *const message = &source.messages[i];

		CHECK(!os_signal_handler_init(&message->handler, env->ep, count_message));
		CHECK(!os_pci_interrupt(&source.pci, i, &message->handler, &message->irq));
	}
	CHECK(pci_device_interrupt(source.pci.device, MESSAGES, &more, &line) == OS_ERR_NOT_FOUND);
}

/* 3.1.1: what a driver does to begin. */
static void device_begin(struct os_env *env)
{
	volatile struct common *const device = common();
	const uint64_t address = source.buffer.address;

	device->status = 0;
	while (device->status)
		continue;
	device->status = STATUS_ACKNOWLEDGE | STATUS_DRIVER;
	device->driver_feature_select = 1;
	device->driver_feature = FEATURE_VERSION_1;
	device->status = STATUS_ACKNOWLEDGE | STATUS_DRIVER | STATUS_FEATURES_OK;
	CHECK(device->status & STATUS_FEATURES_OK);
	device->queue = 0;
	device->queue_size = 1;
	device->queue_descriptors = address + offsetof(struct queue, descriptor);
	device->queue_available = address + offsetof(struct queue, available);
	device->queue_used = address + offsetof(struct queue, used);
	device->queue_enable = 1;
	device->status = STATUS_ACKNOWLEDGE | STATUS_DRIVER | STATUS_FEATURES_OK | STATUS_DRIVER_OK;
	queue()->descriptor.address = address + offsetof(struct queue, numbers);
	queue()->descriptor.length = sizeof(queue()->numbers);
	queue()->descriptor.flags = DESCRIPTOR_WRITE;
}

/* Numbers are asked for, and message `number` tells that they are there; no other comes. */
static void tell_apart(struct os_env *env, uint32_t number)
{
	const uint16_t next = (uint16_t)(queue()->available.index + 1);
	uint64_t heard = 0;

	for (uint32_t i = 0; i < MESSAGES; i++)
		source.messages[i].count = 0;
	common()->queue_message = (uint16_t)number;
	CHECK(common()->queue_message == number);
	__atomic_store_n(&queue()->available.index, next, __ATOMIC_RELEASE);
	*(volatile uint16_t *)((char *)source.memory.at + source.notify_at) = 0;
	while (!source.messages[number].count)
		CHECK(!os_ep_dispatch(env->ep, true));
	CHECK(queue()->used.index == next && queue()->used.length);
	for (uint32_t i = 0; i < MESSAGES; i++)
		heard += source.messages[i].count;
	CHECK(heard == 1);
}

void test_table(struct os_env *env)
{
	const struct os_pci_filter any = { 0 };

	CHECK(!os_pci_open(&source.pci, env, "random", &any));
	registers_find(env);
	CHECK(!os_pci_memory(&source.pci, source.bar, 0, 0, false, &source.memory));
	CHECK(!pci_device_bus_master(source.pci.device, true));
	CHECK(!os_pci_buffer_init(&source.buffer, &source.pci, sizeof(struct queue), false));
	messages_open(env);
	device_begin(env);
	for (uint32_t i = 0; i < ROUNDS; i++)
		tell_apart(env, i % MESSAGES);
	common()->status = 0;
	for (uint32_t i = 0; i < MESSAGES; i++) {
		os_cap_drop(source.messages[i].irq.cap);
		os_signal_handler_fini(&source.messages[i].handler);
	}
	os_pci_buffer_fini(&source.buffer, &source.pci);
	os_view_fini(&source.memory.view);
	os_pci_close(&source.pci);
	os_log(env, "the messages of a table are told apart");
}
