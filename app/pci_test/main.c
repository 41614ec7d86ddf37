/* SPDX-License-Identifier: BSD-2-Clause */
/* pci_test: what a driver may have of a PCI device, and what not. */

#include "test.h"

enum os_err os_construct(struct os_env *env)
{
	test_find(env);
	test_space(env);
	test_memory(env);
	test_message(env);
	test_table(env);
	test_line(env);
	test_bus(env);
	test_end(env);
	os_exit(env, 0);
}
