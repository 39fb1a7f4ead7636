/* SPDX-License-Identifier: GPL-3.0-or-later */
/* reply - the answer to a job as the bytes of an NRPE response */
#ifndef AGENT_REPLY_H
#define AGENT_REPLY_H

#include <stddef.h>
#include <stdint.h>

#include "agent/jobs.h"
#include "agent/nrpe.h"
#include "common/status.h"

/* Writes at most NRPE_PACKET_MAX bytes to out; their number. */
size_t reply_encode(uint8_t *out, struct nrpe_form form,
    const struct job_answer *a);

#endif
