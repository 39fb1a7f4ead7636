/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/output.h"
#include "common/watchdog.h"

enum {
	CHILDREN_MAX = 64,
	STACK_SIZE = 256 * 1024, /* ThreadSanitizer wants 134 KiB of it */
	ANSWER_MAX = 64 * 1024,
};

struct answer {
	enum status status;
	size_t len;
	char text[ANSWER_MAX];
};

struct watchdog {
	struct watchdog_plan plan;
	atomic_bool claimed; /* by the one thread that prints */
	_Atomic(const struct answer *) latest;
	_Atomic pid_t children[CHILDREN_MAX]; /* 0: free */
	struct answer answers[2];
	unsigned next; /* the answer that latest does not point to */
	_Alignas(max_align_t) char report[REPORT_MAX];
	_Alignas(64) char stack[STACK_SIZE]; /* mapping one takes time */
};

/* For an answer that is being written as the deadline strikes. */
static const struct timespec last_grace = { .tv_sec = 2 };

/* The watchdog is printing: the process ends any moment. */
static _Noreturn void
wait_for_the_end(void)
{
	for (;;)
		pause();
}

/* Writes the whole answer; there is no one left to tell if that fails. */
static void
finish(const struct answer *answer)
{
	(void)output_write(STDOUT_FILENO, answer->text, answer->len);
	_exit((int)answer->status);
}

static void *
watch(void *arg)
{
	struct watchdog *w = arg;
	double deadline = w->plan.deadline;
	struct timespec ts = { .tv_sec = (time_t)deadline };

	ts.tv_nsec = (long)((deadline - (double)ts.tv_sec) * 1e9);
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) != 0)
		continue;
	if (atomic_exchange(&w->claimed, true)) {
		/* The answer is on its way, unless nobody takes it. */
		(void)nanosleep(&last_grace, NULL);
		_exit(STATUS_UNKNOWN);
	}
	for (size_t i = 0; i < CHILDREN_MAX; i++) {
		pid_t pid = atomic_load(&w->children[i]);

		if (pid > 0)
			(void)kill(pid, SIGKILL);
	}
	finish(atomic_load(&w->latest));
	return NULL;
}

/* The thread takes no signal: they are the main thread's business. */
static int
start_thread(struct watchdog *w)
{
	pthread_t thread;
	pthread_attr_t attr;
	sigset_t all, before;
	int why;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pthread_attr_init(&attr);
	pthread_attr_setstack(&attr, w->stack, sizeof w->stack);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	why = pthread_create(&thread, &attr, watch, w);
	pthread_attr_destroy(&attr);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return why;
}

struct watchdog *
watchdog_start(const struct watchdog_plan *plan, struct error *err)
{
	/* Never freed: the thread may look at it to the very end. */
	struct watchdog *w = malloc(sizeof *w);
	int why;

	if (w == NULL) {
		error_set(err, "out of memory");
		return NULL;
	}
	w->plan = *plan;
	w->next = 0;
	atomic_init(&w->claimed, false);
	for (size_t i = 0; i < CHILDREN_MAX; i++)
		atomic_init(&w->children[i], 0);
	watchdog_publish(w, report_init(w->report, sizeof w->report), NULL);

	why = start_thread(w);
	if (why != 0) {
		error_set(err, "cannot start a thread: %s", strerror(why));
		free(w);
		return NULL;
	}
	return w;
}

void
watchdog_publish(void *watchdog, const struct report *r, const char *doing)
{
	struct watchdog *w = watchdog;
	struct answer *answer = &w->answers[w->next];
	struct buf out;
	struct report *copy = (struct report *)(void *)w->report;

	/* The answer that is being printed is the one not to touch. */
	if (atomic_load(&w->claimed))
		wait_for_the_end();
	if (r != copy)
		memcpy(copy, r, r->used);
	copy->size = sizeof w->report;
	report_time_out(copy, w->plan.seconds, w->plan.on_timeout, doing);
	out = buf_on(answer->text, sizeof answer->text);
	w->plan.render(w->plan.arg, &out, copy);

	answer->status = copy->status;
	answer->len = out.len;
	atomic_store(&w->latest, answer);
	w->next = !w->next;
}

bool
watchdog_add_child(struct watchdog *w, pid_t pid)
{
	for (size_t i = 0; i < CHILDREN_MAX; i++) {
		pid_t none = 0;

		if (atomic_compare_exchange_strong(&w->children[i], &none, pid))
			return true;
	}
	return false;
}

void
watchdog_remove_child(struct watchdog *w, pid_t pid)
{
	for (size_t i = 0; i < CHILDREN_MAX; i++) {
		pid_t expected = pid;

		if (atomic_compare_exchange_strong(&w->children[i], &expected,
		    0))
			return;
	}
}

void
watchdog_claim(struct watchdog *w)
{
	if (atomic_exchange(&w->claimed, true))
		wait_for_the_end();
}
