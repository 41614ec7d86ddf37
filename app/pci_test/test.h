/* SPDX-License-Identifier: BSD-2-Clause */
/* The parts of pci_test, and what they share. Whatever goes wrong ends the component. */

#ifndef PCI_TEST_TEST_H
#define PCI_TEST_TEST_H

#include <osier/env.h>
#include <pci/pci.h>

#define CHECK(condition)                                                                  \
	do {                                                                              \
		if (!(condition)) {                                                       \
			os_error(env, "line %d: %s does not hold", __LINE__, #condition); \
			os_exit(env, 1);                                                  \
		}                                                                         \
	} while (0)

/*
 * QEMU's device for teachers (its docs/specs/edu.rst). By the session "bus" it may use the bus, by
 * "line" not; "xhci" is a USB controller, "random" a source of random numbers; "other" is given no
 * device that there is; "nobody" has no policy.
 */
extern const struct os_pci_filter edu_filter;

/** Its registers. */
struct edu {
	struct os_pci pci;
	struct os_pci_memory memory;
};
void edu_open(struct edu *edu, struct os_env *env, const char *label);
void edu_close(struct edu *edu);
uint32_t edu_get(const struct edu *edu, uint32_t at);
void edu_set(const struct edu *edu, uint32_t at, uint32_t value);

/** Which devices a session shows. */
void test_find(struct os_env *env);
/** Configuration space: what may be written. */
void test_space(struct os_env *env);
/** Memory of the device, but no table of messages, and none of others. */
void test_memory(struct os_env *env);
/** Interrupts by message, which need the bus, and by the line, which do not. */
void test_message(struct os_env *env);
void test_table(struct os_env *env);
void test_line(struct os_env *env);
/** Buffers, which the device reaches as long as it has the bus. */
void test_bus(struct os_env *env);
/** What becomes of all of it when the session ends. */
void test_end(struct os_env *env);

#endif
