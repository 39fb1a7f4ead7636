/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/answer.h"
#include "agent/nrpe.h"
#include "agent/resident.h"
#include "agent/spawn.h"
#include "common/check_call.h"

struct resident {
	_Alignas(max_align_t) char report[REPORT_MAX];
	_Alignas(max_align_t) char so_far[REPORT_MAX];
	char text[NRPE_TEXT_MAX + 1]; /* with a newline, which goes */
};

/* One run, for what it publishes. */
struct publisher {
	struct resident *resident;
	const struct resident_job *job;
	const struct check_call *call;
	double deadline;
};

static const struct check_terminal no_terminal = { .is_one = false };

struct resident *
resident_new(void)
{
	return malloc(sizeof(struct resident));
}

void
resident_free(struct resident *r)
{
	free(r);
}

/* The worker ends after its last job, and if a probe is still stuck. */
static bool
is_last(const struct resident_job *job)
{
	return job->last || spawn_left_any();
}

/* A report as itself if the gatekeeper can render it, else as text. */
static bool
send_report(struct resident *res, const struct resident_job *job,
    const struct check_call *call, const struct report *r, double deadline)
{
	struct message head = {
		.type = deadline > 0 ? MESSAGE_SO_FAR : MESSAGE_ANSWER,
		.number = job->number,
		.deadline = deadline,
		.status = (uint32_t)r->status,
		.kind = ANSWER_REPORT,
		.last = deadline > 0 ? 0 : is_last(job),
	};
	struct buf out = buf_on(res->text, sizeof res->text);

	if (check_call_is_service(call, &no_terminal)) {
		(void)snprintf(head.name, sizeof head.name, "%s",
		    job->check->name);
		return answer_send(job->socket, &head, r, r->used);
	}
	head.kind = ANSWER_TEXT;
	check_call_render(call, &no_terminal, &out, r);
	/* Each voice ends its last line, as programs do; clients do it too. */
	if (out.len > 0 && out.data[out.len - 1] == '\n')
		buf_cut(&out, out.len - 1);
	return answer_send(job->socket, &head, out.data, out.len);
}

static void
publish(void *publisher, const struct report *r, const char *doing)
{
	struct publisher *p = publisher;
	const struct check_timeout *t = &p->call->settings.timeout;
	struct report *copy = (void *)p->resident->so_far;
	long tenths;

	memcpy(copy, r, r->used);
	copy->size = sizeof p->resident->so_far;
	/* To a tenth: what the job has left is never round. */
	tenths = (long)((p->deadline - p->job->started) * 10 + 0.5);
	report_time_out(copy, (double)tenths / 10, t->status, doing);
	(void)send_report(p->resident, p->job, p->call, copy, p->deadline);
}

/* What a client must not say, though an administrator may. */
static int
check_foreign(const struct command_argv *argv, struct error *err)
{
	for (int i = 1; i < argv->argc; i++) {
		if (argv->foreign[i] && check_call_is_local(argv->argv[i]))
			return error_set(err, "%s: not accepted from the "
			    "network", argv->argv[i]);
	}
	return 0;
}

static void
run(struct resident *res, const struct resident_job *job,
    struct check_call *call, struct report *r)
{
	struct publisher publisher = {
		.resident = res,
		.job = job,
		.call = call,
		.deadline = job->deadline,
	};
	struct run run;

	if (call->settings.timeout.given)
		publisher.deadline =
		    job->started + call->settings.timeout.seconds;
	if (call->settings.roots.state_dir == NULL)
		call->settings.roots.state_dir = job->run_directory;
	run_init(&run, &call->settings.roots, publisher.deadline);
	run.publish = publish;
	run.publisher = &publisher;
	if (call->settings.timeout.given)
		run_publish(&run, r, NULL);
	check_call_run(call, &run, r);
}

static bool
explain(struct resident *res, const struct resident_job *job,
    struct check_call *call, bool *sent)
{
	struct buf out = buf_on(res->text, sizeof res->text);
	struct message head = {
		.type = MESSAGE_ANSWER,
		.number = job->number,
		.status = STATUS_UNKNOWN,
		.kind = ANSWER_TEXT,
	};

	if (!check_call_explain(call, &out))
		return false;
	head.last = is_last(job);
	if (out.len > 0 && out.data[out.len - 1] == '\n')
		buf_cut(&out, out.len - 1);
	*sent = answer_send(job->socket, &head, out.data, out.len);
	return true;
}

bool
resident_run(struct resident *res, const struct resident_job *job)
{
	const struct command_argv *argv = job->argv;
	struct report *r = report_init(res->report, sizeof res->report);
	struct check_call call = { .check = job->check };
	struct error err;
	bool sent;

	/* First, since some of those options have files read. */
	if (check_foreign(argv, &err) < 0 || check_call_parse(&call,
	    job->check, argv->argc, argv->argv, &err) < 0) {
		check_call_refuse(&call, r, &err);
	} else if (explain(res, job, &call, &sent)) {
		check_call_free(&call);
		return sent;
	} else {
		run(res, job, &call, r);
	}
	sent = send_report(res, job, &call, r, 0);
	check_call_free(&call);
	return sent;
}
