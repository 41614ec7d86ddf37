/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of base/src that stand on the platform table share with each other. */

#ifndef BASE_RUNTIME_H
#define BASE_RUNTIME_H

#include <abi/platform.h>
#include <osier/env.h>

/** The platform image's table; set by the start code before anything else runs. */
extern const struct os_platform *os_platform;

/** The component's environment. */
extern struct os_env os_env_own;

/** Fill os_env_own from what the platform image gave; os_platform is set already. */
void os_env_init(const struct os_start_info *info);

/** Nobody watches resource requests yet (resource.c). */
void os_resource_init(void);

/** Nor changes of sessions (session_watch.c). */
void os_session_watch_init(void);

/** Give back what the heap keeps in reserve. */
void os_env_heap_trim(void);

/** Begin to produce random bytes from the environment's entropy. */
void os_random_init(const uint8_t entropy[OS_ENTROPY_SIZE]);

/** The calling thread's block, at GS:0 (base/src/x86_64/thread_own.c). */
struct os_thread_block *os_thread_block_own(void);

/** Serve the events of `ep`, by its own thread, until ep->stop. */
void os_ep_serve(struct os_ep *ep);

/** Slots with this bit are process-local pseudo capabilities, unknown to the platform. */
#define OS_CAP_SLOT_LOCAL 0x80000000u

/* Pseudo capabilities (local.c); `slot` has OS_CAP_SLOT_LOCAL set. */
enum os_err os_local_call(uint32_t slot, struct os_msg *msg) OS_MUST_CHECK;
enum os_err os_local_dup(uint32_t slot) OS_MUST_CHECK;
void os_local_drop(uint32_t slot);
bool os_local_valid(uint32_t slot);
void os_local_revoke(struct os_rpc_object *object);

/** True if a capability in `msg` is a pseudo capability, which must not leave the component. */
bool os_msg_has_local(const struct os_msg *msg);

/** Drop the capabilities of `msg` that are marked to be moved. */
void os_msg_moved_drop(struct os_msg *msg);

#endif
