/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/resolver.h"
#include "common/run.h"

/* Reasons that getaddrinfo() does not have; its own are below 0 here. */
enum {
	NO_ANSWER = 1000,
	TOO_MANY,
};

/* What is known of one name: written and read as a whole. */
struct answer {
	uint32_t name; /* its number */
	int32_t why;   /* there is no address, or not all of them; or 0 */
	uint32_t count;
	uint8_t addresses[ACL_ADDRESSES_MAX][16];
};

_Static_assert(sizeof(struct answer) <= _POSIX_PIPE_BUF,
    "a pipe might mix up answers of two writers");

enum {
	CHILD_FD = 3,
};

/* --- the children --- */

/* /dev/null and the pipe; signals as at a login. */
static void
keep_only_pipe(int fd)
{
	sigset_t none;
	int null = open("/dev/null", O_RDWR);

	/* Above all that it is to be put in place of. */
	fd = fcntl(fd, F_DUPFD, CHILD_FD + 1);
	if (null < 0 || fd < 0)
		_exit(1);
	for (int i = 0; i < CHILD_FD; i++)
		(void)dup2(null, i);
	(void)dup2(fd, CHILD_FD);
	(void)close_range(CHILD_FD + 1, ~0U, 0);

	for (int i = 1; i < NSIG; i++)
		(void)signal(i, SIG_DFL);
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

/* A process whose parent has gone has nobody left to work for. */
static void
die_with(pid_t parent)
{
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
}

static void
add_address(struct answer *answer, const struct sockaddr *from)
{
	struct acl_network address;

	if (!acl_address(from, &address))
		return;
	if (answer->count == ACL_ADDRESSES_MAX) {
		answer->why = TOO_MANY;
		return;
	}
	memcpy(answer->addresses[answer->count++], address.address, 16);
}

/* alarm(), since getaddrinfo() knows no deadline; its signal ends us. */
static _Noreturn void
ask_for(const struct resolver *r, const char *name, size_t number)
{
	static const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct answer answer = { .name = (uint32_t)number };
	struct addrinfo *found = NULL;

	(void)alarm(r->patience);
	answer.why = r->ask(name, NULL, &hints, &found);
	if (answer.why == 0) {
		for (struct addrinfo *a = found; a != NULL; a = a->ai_next)
			add_address(&answer, a->ai_addr);
		if (answer.count == 0)
			answer.why = EAI_NONAME;
	}
	_exit(write(CHILD_FD, &answer, sizeof answer) !=
	    (ssize_t)sizeof answer);
}

/* The crew has as many as there may be at once: who ends makes room. */
static _Noreturn void
ask_for_all(const struct resolver *r, const struct acl *acl)
{
	pid_t self = getpid(), pid;
	unsigned running = 0;

	for (size_t i = 0; i < acl->name_count; i++) {
		if (running == RESOLVER_CREW && wait(NULL) > 0)
			running--;
		pid = fork();
		if (pid == 0) {
			die_with(self);
			ask_for(r, acl->names[i].name, i);
		}
		running += pid > 0;
	}
	while (wait(NULL) > 0)
		continue;
	_exit(0);
}

static _Noreturn void
run_child(const struct resolver *r, const struct acl *acl, int fd,
    pid_t parent)
{
	struct error err;

	(void)setpgid(0, 0);
	keep_only_pipe(fd);
	if (r->become != NULL && r->become(r->arg, &err) < 0)
		_exit(1);
	/* Only now: a change of user takes it back. */
	die_with(parent);
	ask_for_all(r, acl);
}

/* --- their parent --- */

void
resolver_init(struct resolver *r, int (*become)(void *arg, struct error *err),
    void *arg)
{
	*r = (struct resolver){ .fd = -1, .ask = getaddrinfo,
		.patience = RESOLVER_PATIENCE, .become = become, .arg = arg };
}

int
resolver_start(struct resolver *r, const struct acl *acl, struct error *err)
{
	size_t rounds = (acl->name_count + RESOLVER_CREW - 1) / RESOLVER_CREW;
	pid_t self = getpid();
	int ends[2];

	if (r->pid != 0 || r->fd >= 0 || rounds == 0)
		return 0;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return error_set(err, "pipe: %s", strerror(errno));
	(void)fcntl(ends[0], F_SETFL, O_NONBLOCK);
	r->pid = fork();
	if (r->pid == 0)
		run_child(r, acl, ends[1], self);
	close(ends[1]);
	if (r->pid < 0) {
		r->pid = 0;
		close(ends[0]);
		return error_set(err, "fork: %s", strerror(errno));
	}
	/* As the child does it itself: whoever comes first. */
	(void)setpgid(r->pid, r->pid);
	r->fd = ends[0];
	/* And some more, for what else takes time. */
	r->deadline = deadline_now() + (double)(rounds * r->patience) +
	    RESOLVER_PATIENCE;
	memset(r->answered, 0, sizeof r->answered);
	return 0;
}

static const char *
words(int why)
{
	return why == NO_ANSWER ? "no answer" :
	    why == TOO_MANY ? "has more addresses than are kept" :
	    gai_strerror(why);
}

static void
say(struct resolver *r, size_t name, int why, const struct acl_name *n,
    struct log *log)
{
	if (why == r->why[name])
		return;
	r->why[name] = why;
	if (why == 0)
		log_write(log, LOG_NOTICE, "allowed_hosts: %s: has its "
		    "addresses again", n->name);
	else
		log_write(log, LOG_WARNING, "allowed_hosts: %s: %s; addresses "
		    "known: %zu", n->name, words(why), n->count);
}

static int
compare(const void *a, const void *b)
{
	return memcmp(a, b, 16);
}

/* In order, since servers turn their answers round. */
static bool
replace(struct acl_name *n, struct answer *answer)
{
	bool same = n->count == answer->count;

	qsort(answer->addresses, answer->count, 16, compare);
	for (size_t i = 0; i < answer->count; i++) {
		struct acl_network *address = &n->addresses[i];

		same = same && memcmp(address->address, answer->addresses[i],
		    16) == 0;
		memcpy(address->address, answer->addresses[i], 16);
		address->bits = 128;
	}
	n->count = answer->count;
	return !same;
}

/* False if no child of ours that is right in its mind would have sent it. */
static bool
take(struct resolver *r, struct acl *acl, struct answer *answer,
    struct log *log)
{
	struct acl_name *n;

	if (answer->name >= acl->name_count || r->answered[answer->name] ||
	    answer->count > ACL_ADDRESSES_MAX ||
	    (answer->count > 0) != (answer->why == 0 ||
	    answer->why == TOO_MANY))
		return false;
	n = &acl->names[answer->name];
	r->answered[answer->name] = true;
	if (answer->count > 0 && replace(n, answer))
		r->changed = true;
	say(r, answer->name, answer->why, n, log);
	return true;
}

void
resolver_take(struct resolver *r, struct acl *acl, struct log *log)
{
	struct answer answer;
	ssize_t n;

	if (r->fd < 0)
		return;
	while ((n = read(r->fd, &answer, sizeof answer)) > 0) {
		if (n == (ssize_t)sizeof answer &&
		    take(r, acl, &answer, log))
			continue;
		log_write(log, LOG_ERR, "allowed_hosts: its resolver sent "
		    "nonsense, and was stopped");
		break;
	}
	if (n < 0 && (errno == EAGAIN || errno == EINTR) &&
	    deadline_now() < r->deadline)
		return;
	resolver_stop(r);
	for (size_t i = 0; i < acl->name_count; i++) {
		if (!r->answered[i])
			say(r, i, NO_ANSWER, &acl->names[i], log);
	}
}

bool
resolver_ended(struct resolver *r, pid_t pid)
{
	if (pid != r->pid || pid == 0)
		return false;
	r->pid = 0;
	return true;
}

void
resolver_stop(struct resolver *r)
{
	if (r->pid > 0)
		(void)kill(-r->pid, SIGKILL);
	if (r->fd >= 0)
		close(r->fd);
	r->fd = -1;
}
