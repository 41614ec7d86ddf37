/* SPDX-License-Identifier: BSD-2-Clause */
/* The two seccomp programs of a PD, as pure functions of its addresses and profile. */

#ifndef CORE_LINUX_FILTER_H
#define CORE_LINUX_FILTER_H

#include <abi/linux.h>

/* Host components: what a component may do beyond the others, by name, as the scenario lists. */
enum host_profile {
	HOST_NONE,
	HOST_CLOCK,    /* wait with a time-out, read the host's clock */
	HOST_TERMINAL, /* core's standard input is OS_LINUX_FD_HOST: read, write, its size */
	HOST_DISPLAY,  /* OS_LINUX_FD_HOST: a socket to who shows OS_LINUX_FD_SCREEN */
};

/*
 * Write the program into an array of OS_LINUX_FILTER_MAX instructions; returns their number. `fast`
 * is the address of the PD's fast window.
 */
uint32_t filter_loading(struct os_linux_filter_insn *program, uint64_t fast);
uint32_t filter_final(struct os_linux_filter_insn *program, enum host_profile profile);

#endif
