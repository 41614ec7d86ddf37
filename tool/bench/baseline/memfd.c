/* SPDX-License-Identifier: BSD-2-Clause */
/* The bare chain behind a RAM dataspace: create, allocate, seal, map, touch, unmap, close. */

#include <fcntl.h>

#include "baseline.h"

enum { CALLS = 500, SIZE = 4096 };

static void chain(void *argument, int calls)
{
	(void)argument;
	for (int i = 0; i < calls; i++) {
		const int fd = memfd_create("baseline", MFD_CLOEXEC | MFD_ALLOW_SEALING);
		volatile uint64_t *at;

		check(fd >= 0 && fallocate(fd, 0, 0, SIZE) == 0, "memfd");
		check(fcntl(fd, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SEAL) == 0, "F_ADD_SEALS");
		at = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		check(at != MAP_FAILED, "mmap");
		*at = *at + 1;
		munmap((void *)at, SIZE);
		close(fd);
	}
}

int main(void)
{
	printf("us %.4f\n", measure(chain, NULL, CALLS));
	return 0;
}
