/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages as text for people, whatever they contain; as tool/rpcgen --decode on the host. */

#ifndef RPC_TEXT_RPC_TEXT_H
#define RPC_TEXT_RPC_TEXT_H

#include <abi/msg.h>
#include <osier/rpc_info.h>

/** The interface of this type that was known when this was built, or NULL. */
const struct os_rpc_interface_info *os_rpc_interface(uint32_t type);

/** The one of this name, or NULL. */
const struct os_rpc_interface_info *os_rpc_interface_named(const char *name);

/** The name of this type of capabilities, of interfaces and others, or NULL. */
const char *os_rpc_type_name(uint32_t type);

/** The operation of this number, also OS_MSG_OP_IDENTIFY, or NULL; `interface` may be NULL. */
const struct os_rpc_op_info *os_rpc_operation(const struct os_rpc_interface_info *interface,
                                              uint16_t number);

/**
 * Write what `msg` carries: fields by name, then capabilities with the names of their types, as in
 * `a=40, name="x", ds=<ram_dataspace>`. What is malformed is shown, too: a value that the interface
 * does not permit ends in "?", and a message that has another form begins with "malformed". With
 * `info` NULL (nothing is known of the operation) it is bytes. The text in the `size` bytes at
 * `buf`, at least 4 of them, is terminated; what does not fit is replaced by "..." at its end.
 * Returns its length.
 */
size_t os_rpc_text(char *buf, size_t size, const struct os_rpc_message_info *info,
                   const struct os_msg *msg);

/** The same for the `length` bytes of a session's arguments. */
size_t os_rpc_text_args(char *buf, size_t size, const struct os_rpc_interface_info *interface,
                        const void *args, size_t length);

#endif
