/* SPDX-License-Identifier: BSD-2-Clause */
/* The shim's sources, with other names for their functions. */

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "shimmed.h"

#define fabs    shim_fabs
#define sqrt    shim_sqrt
#define floor   shim_floor
#define ceil    shim_ceil
#define fmod    shim_fmod
#define ldexp   shim_ldexp
#define cos     shim_cos
#define acos    shim_acos
#define pow     shim_pow
#define strcmp  shim_strcmp
#define strncmp shim_strncmp
#define strchr  shim_strchr
#define strncpy shim_strncpy

#include "../src/math.c"
#include "../src/string.c"
