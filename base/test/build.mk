# SPDX-License-Identifier: BSD-2-Clause
# The files of base/src that need no platform: host tests link them.
BASE_PURE := string.c format.c err.c avl.c range_alloc.c heap.c slab.c packet_queue.c lock.c \
	badge.c chacha20.c donation.c wire.c

# And those that stand on the platform table, for which base/test has a mock.
BASE_PURE += cap.c env.c ep.c fault.c local.c log.c memory.c packet_stream.c random.c report.c \
	resource.c rom.c service.c \
	session.c session_watch.c signal.c thread.c trace.c thread_block.c x86_64/thread_own.c

# And of base/pc what is pure.
BASE_PURE += ../pc/replies.c
