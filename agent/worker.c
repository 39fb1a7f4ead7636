/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "agent/answer.h"
#include "agent/dispatch.h"
#include "agent/environment.h"
#include "agent/message.h"
#include "agent/nrpe.h"
#include "agent/outcome.h"
#include "agent/relay.h"
#include "agent/resident.h"
#include "agent/spawn.h"
#include "agent/worker.h"
#include "common/buf.h"
#include "common/run.h"

enum {
	ORPHAN_SECONDS = 10, /* beyond the longest command */
	RUNNER_GRACE_SECONDS = 2,
};

/* All that a worker needs; most of it is never touched. */
struct bench {
	struct worker *worker;
	struct resident *resident;
	struct packet packet;
	struct command_argv argv;
	struct environment environment; /* of programs */
	uid_t user;                     /* whose that is */
	bool last; /* job of this worker */
	bool own;  /* words, not those of the command */
	pid_t survivor; /* of the program, which nothing ends; or 0 */
	bool beside;    /* that one is a child of the runner */
	char output[NRPE_TEXT_MAX + 1];
	char text[2 * NRPE_TEXT_MAX];
};

static bool
send_text(const struct bench *b, enum status status, const struct buf *text)
{
	struct message head = {
		.type = MESSAGE_ANSWER,
		.number = b->packet.head.number,
		.status = (uint32_t)status,
		.kind = ANSWER_TEXT,
		/* What a program left behind is not taken for the next's. */
		.last = b->last || spawn_left_any(),
		.own = b->own,
		.pid = b->survivor,
	};

	return answer_send(b->worker->socket, &head, text->data, text->len);
}

static bool
refuse(struct bench *b, const char *name, const char *why)
{
	struct buf out = buf_on(b->text, sizeof b->text);

	buf_fmt(&out, "NRPE: %s: %s", name, why);
	b->own = true;
	return send_text(b, STATUS_UNKNOWN, &out);
}

static bool
answer_ping(struct bench *b)
{
	struct buf out = buf_on(b->text, sizeof b->text);

	buf_fmt(&out, "NRPE v4.1-%s-%s", PACKAGE_TARNAME, PACKAGE_VERSION);
	return send_text(b, STATUS_OK, &out);
}

static void
note_result(struct bench *b, const struct command *c,
    const struct spawn_result *result)
{
	struct log *log = b->worker->log;

	if (result->timed_out)
		log_write(log, LOG_WARNING, "command %s: killed, time was up",
		    c->name);
	if (result->timed_out && result->left > 0)
		log_write(log, LOG_ERR, "command %s: %u processes that not "
		    "even SIGKILL ends", c->name, result->left);
	else if (result->left > 0)
		log_write(log, LOG_NOTICE, "command %s: ended, and left %u "
		    "processes", c->name, result->left);
}

/* Has the environment of that user. */
static int
meet(struct bench *b, uid_t user, struct error *err)
{
	if (b->user == user)
		return 0;
	if (environment_build(&b->environment, user,
	    b->worker->settings->keep_env_vars, err) < 0)
		return -1;
	b->user = user;
	return 0;
}

static bool
run_program(struct bench *b, const struct command *c, double started)
{
	struct spawn_result result;
	struct spawn spawn = {
		.argv = b->argv.argv,
		.environment = b->environment.vars,
		.deadline = b->packet.head.deadline,
		.grant = b->worker->is_runner ? &c->grant : NULL,
		.client = b->worker->socket,
		.output = b->output,
		.output_size = sizeof b->output - 1,
	};
	struct buf out = buf_on(b->text, sizeof b->text);
	struct error err;

	if (b->worker->is_runner && meet(b, c->grant.uid, &err) < 0)
		return refuse(b, c->name, err.text);
	b->own = spawn_run(&spawn, &result, &err) < 0;
	if (b->own)
		return send_text(b, outcome_put_failure(&out, err.text), &out);
	b->own = result.timed_out;
	b->survivor = result.timed_out ? result.survivor : 0;
	note_result(b, c, &result);
	b->output[result.output_len] = '\0';
	return send_text(b, outcome_put(&out, &result, b->output,
	    spawn.deadline - started), &out);
}

static bool
run_resident(struct bench *b, const struct command *c, double started)
{
	const struct worker *w = b->worker;
	struct resident_job job = {
		.check = w->registry->all[c->resident].check,
		.argv = &b->argv,
		.run_directory = w->settings->run_directory,
		.deadline = b->packet.head.deadline,
		.started = started,
		.socket = w->socket,
		.number = b->packet.head.number,
		.last = b->last,
	};

	if (b->resident == NULL)
		b->resident = resident_new();
	if (b->resident == NULL)
		return refuse(b, c->name, "out of memory");
	return resident_run(b->resident, &job);
}

static bool
is_resident(const struct bench *b, const struct command *c)
{
	const struct registry *r = b->worker->registry;

	return !b->worker->is_runner &&
	    c->resident >= 0 && c->resident < r->count &&
	    registry_is_current(&r->all[c->resident], c->argv[0]);
}

/* Not here: by the runner. False if there is none any more, or no client. */
static bool
run_beside(struct bench *b, const struct command *c)
{
	struct message head = {
		.type = MESSAGE_ANSWER,
		.number = b->packet.head.number,
		.kind = ANSWER_TEXT,
	};
	struct answer answer = { .bytes = NULL };
	enum relay_end end = relay_job(b->worker->runner, b->worker->socket,
	    &b->packet, &answer);
	bool sent = false;

	b->packet.head.number = head.number;
	b->last = b->last || end == RELAY_LAST || end == RELAY_NO_RUNNER;
	head.status = (uint32_t)answer.status;
	head.last = b->last;
	if (end == RELAY_DONE || end == RELAY_LAST) {
		head.own = b->packet.head.own;
		head.pid = b->survivor = b->packet.head.pid;
		b->beside = b->survivor != 0;
	}
	if (end == RELAY_NO_RUNNER)
		sent = refuse(b, c->name, "the process that runs it with the "
		    "rights it was granted ended before it was done; the log "
		    "may say why");
	else if (end != RELAY_NO_CLIENT)
		sent = answer_send(b->worker->socket, &head, answer.bytes,
		    answer.size);
	answer_free(&answer);
	return sent && !b->last;
}

/* The arguments in the payload; false if they are not what argc says. */
static bool
find_arguments(const struct packet *p, const char *argv[QUERY_ARGS_MAX])
{
	const char *at = p->payload, *end = p->payload + p->size;

	if (p->head.argc > QUERY_ARGS_MAX)
		return false;
	for (uint32_t i = 0; i < p->head.argc; i++) {
		if (at >= end)
			return false;
		argv[i] = at;
		at += strlen(at) + 1;
	}
	return at == end;
}

/* However long the gatekeeper says, and be it no number. */
static void
limit_time(struct bench *b, double started)
{
	double latest = started + (double)b->worker->settings->command_timeout;

	if (!(b->packet.head.deadline < latest))
		b->packet.head.deadline = latest;
}

/* False if it was no job, or there is no one left to hear of it. */
static bool
work(struct bench *b)
{
	const struct settings *settings = b->worker->settings;
	const struct message *head = &b->packet.head;
	const char *argv[QUERY_ARGS_MAX];
	const struct command *c;
	double started = deadline_now();
	struct error err;

	if (head->type != MESSAGE_JOB || !find_arguments(&b->packet, argv))
		return false;
	limit_time(b, started);
	b->own = false;
	b->survivor = 0;
	b->beside = false;
	if (head->command == DISPATCH_PING && !b->worker->is_runner)
		return answer_ping(b);
	if (head->command < 0 ||
	    (size_t)head->command >= settings->command_count)
		return false;
	c = &settings->commands[head->command];
	if (c->why_not != NULL)
		return refuse(b, c->name, c->why_not);
	if (grant_is_given(&c->grant) != b->worker->is_runner)
		return !b->worker->is_runner && run_beside(b, c);
	if (command_expand(c, head->argc, argv, &b->argv, &err) < 0)
		return refuse(b, c->name, err.text);
	return is_resident(b, c) ? run_resident(b, c, started) :
	    run_program(b, c, started);
}

/* The only state that the handler can reach. */
static volatile sig_atomic_t last_seconds;

static void
on_orphaned(int signal)
{
	(void)signal;
	(void)alarm((unsigned)last_seconds);
}

/*
 * The gatekeeper ends with the supervisor, and we with the gatekeeper; but one
 * that hangs in a check has nobody left who would kill it.
 */
static void
end_if_orphaned(const struct settings *s)
{
	const struct sigaction action = {
		.sa_handler = on_orphaned,
		.sa_flags = SA_RESTART,
	};

	last_seconds = (sig_atomic_t)s->command_timeout + ORPHAN_SECONDS;
	(void)sigaction(SIGUSR1, &action, NULL);
	(void)prctl(PR_SET_PDEATHSIG, SIGUSR1);
}

/*
 * What hangs in a runner itself, in a user database perhaps, its worker could
 * not end. Programs have no alarm of ours: no child inherits it.
 */
static bool
work_in_time(struct bench *b)
{
	const struct worker *w = b->worker;
	bool more;

	if (w->is_runner)
		(void)alarm((unsigned)w->settings->command_timeout +
		    RUNNER_GRACE_SECONDS);
	more = work(b);
	if (w->is_runner)
		(void)alarm(0);
	return more;
}

/* True with a job in b->packet, with which no descriptor comes. */
static bool
take_job(struct bench *b)
{
	const struct worker *w = b->worker;

	return (w->runner < 0 || relay_wait(w->runner, w->socket)) &&
	    message_take(w->socket, &b->packet) > 0 && b->packet.fd < 0;
}

/* The runner ends with its own; beside ours it goes on waiting for a job. */
static void
await_survivor(const struct bench *b)
{
	const struct worker *w = b->worker;

	if (b->beside)
		(void)relay_wait(w->runner, w->socket);
	else
		spawn_await_left(w->socket);
}

int
worker_main(struct worker *w, struct error *err)
{
	struct bench *b = malloc(sizeof *b);

	if (b == NULL)
		return error_set(err, "out of memory");
	b->worker = w;
	b->resident = NULL;
	b->survivor = 0;
	b->beside = false;
	b->user = geteuid();
	if (environment_build(&b->environment, b->user,
	    w->settings->keep_env_vars, err) < 0 ||
	    prctl(PR_SET_CHILD_SUBREAPER, 1) < 0) {
		free(b);
		return -1;
	}
	end_if_orphaned(w->settings);
	for (int i = 1; i <= WORKER_JOBS_MAX; i++) {
		b->last = i == WORKER_JOBS_MAX;
		if (!take_job(b) || !work_in_time(b) || b->survivor != 0)
			break;
	}
	/* Our end tells the gatekeeper of its end. */
	if (b->survivor != 0)
		await_survivor(b);
	resident_free(b->resident);
	free(b);
	return 0;
}
