/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
 * What every program includes first. */
#ifndef CODEXRAY_PROGRAMS_H
#define CODEXRAY_PROGRAMS_H

#include "types.h"

#include <bpf/bpf_helpers.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_tracing.h>

#include "records.h"

#endif
