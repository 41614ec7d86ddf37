/* SPDX-License-Identifier: BSD-2-Clause */
/* The one numbered list of error codes: what calls return and what replies carry on the wire. */

#ifndef ABI_ERR_H
#define ABI_ERR_H

/*
 * X(NAME, "text for a person"). Numbers are part of the ABI: append only.
 * Texts of os_err_text() and names in "errors" clauses of api/ files come from here.
 */
#define OS_ERR_LIST(X)                                               \
	X(OK, "success")                                             \
	X(GONE, "the peer is gone")                                  \
	X(DENIED, "denied")                                          \
	X(INVALID, "invalid argument")                               \
	X(RANGE, "value out of range")                               \
	X(OUT_OF_RAM, "RAM quota exhausted")                         \
	X(OUT_OF_CAPS, "capability quota exhausted")                 \
	X(NOT_FOUND, "not found")                                    \
	X(EXISTS, "exists already")                                  \
	X(TOO_LONG, "too long")                                      \
	X(BUSY, "busy")                                              \
	X(FULL, "full")                                              \
	X(EMPTY, "empty")                                            \
	X(CANCELLED, "cancelled")                                    \
	X(TIMEOUT, "timed out")                                      \
	X(CONFLICT, "conflicts with what is there")                  \
	X(ALIGN, "not aligned")                                      \
	X(BINARY, "not a valid Osier binary")                        \
	X(UNSUPPORTED, "not supported")                              \
	X(SYNTAX, "syntax error")                                    \
	X(PROTOCOL, "malformed message")                             \
	X(OPERATION, "no such operation")                            \
	X(CAP_TYPE, "capability of the wrong type")                  \
	X(CAP_INVALID, "invalid capability")                         \
	X(CAP_SLOTS, "receiver takes no more capabilities")          \
	X(UNDECLARED, "server returned an error it did not declare") \
	X(LATER, "reply follows later")                              \
	X(NO_ROUTE, "no route to the service")                       \
	X(LIMIT, "limit reached")

#define OS_ERR_ENUM(name, text) OS_ERR_##name,

enum os_err { OS_ERR_LIST(OS_ERR_ENUM) OS_ERR_COUNT };

/** Success, under the name that code returns. */
#define OS_OK OS_ERR_OK

#endif
