/* SPDX-License-Identifier: BSD-2-Clause */
/* The file of base that core links for generated code, here for the tests. */

#include <base/src/wire.c>
