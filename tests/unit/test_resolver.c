/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/resolver.h"
#include "common/run.h"
#include "tests/scratch.h"
#include "tests/tap.h"

#define ORDINARY_USER 65534

/* What the log has had since the last time it was asked for, in one line. */
static const char *
logged(const char *path)
{
	static char text[1 << 16], out[1 << 16];
	ssize_t n = scratch_read(path, text, sizeof text - 1);

	out[0] = '\0';
	text[n > 0 ? n : 0] = '\0';
	for (char *p = strtok(text, "\n"); p != NULL; p = strtok(NULL, "\n")) {
		p = strstr(p, "allowed_hosts: ");
		(void)strncat(out, p != NULL ? p + 15 : "?", 1000);
		(void)strcat(out, "\n");
	}
	(void)!truncate(path, 0);
	return out;
}

static bool
has(const struct acl_name *n, const char *address)
{
	struct acl_network want = { .bits = 128 };
	char text[INET6_ADDRSTRLEN + 8];

	(void)snprintf(text, sizeof text, "%s%s",
	    strchr(address, ':') == NULL ? "::ffff:" : "", address);
	(void)inet_pton(AF_INET6, text, want.address);
	for (size_t i = 0; i < n->count; i++) {
		if (memcmp(n->addresses[i].address, want.address, 16) == 0 &&
		    n->addresses[i].bits == 128)
			return true;
	}
	return false;
}

static struct acl
acl_of(const char *list)
{
	struct error err;
	struct acl acl;

	if (acl_parse(&acl, list, &err) < 0) {
		printf("Bail out! %s\n", err.text);
		exit(1);
	}
	return acl;
}

static struct log
log_on(const char *path)
{
	struct log_settings settings = { .file = path };
	struct error err;
	struct log l;

	if (log_open(&l, &settings, &err) < 0) {
		printf("Bail out! %s\n", err.text);
		exit(1);
	}
	return l;
}

/* One run to its end, as a loop around poll() has it; s that it took. */
static double
run(struct resolver *r, struct acl *acl, struct log *log)
{
	double start = deadline_now();
	struct error err = { .text = "" };
	int status;

	if (resolver_start(r, acl, &err) < 0)
		tap_str(err.text, "", "started");
	while (r->fd >= 0 && deadline_now() - start < 60) {
		struct pollfd ready = { .fd = r->fd, .events = POLLIN };

		(void)poll(&ready, 1, 200);
		resolver_take(r, acl, log);
	}
	if (r->pid > 0 && waitpid(r->pid, &status, 0) == r->pid)
		(void)resolver_ended(r, r->pid);
	return deadline_now() - start;
}

static struct addrinfo *
address_of(const char *text, struct addrinfo *next)
{
	struct addrinfo *a = calloc(1, sizeof *a);
	struct sockaddr_in *in = calloc(1, sizeof *in);

	if (a == NULL || in == NULL)
		abort();
	in->sin_family = AF_INET;
	(void)inet_pton(AF_INET, text, &in->sin_addr);
	a->ai_addr = (struct sockaddr *)in;
	a->ai_next = next;
	return a;
}

static _Noreturn void
sleep_for_ever(void)
{
	for (;;)
		pause();
}

/* Only pipe and /dev/null are open, besides what looks. */
static bool
is_bare(void)
{
	DIR *dir = opendir("/proc/self/fd");
	struct stat st, null;
	bool bare = true;
	struct rlimit limit;
	struct dirent *e;

	/* Those above are valgrind's own. */
	(void)getrlimit(RLIMIT_NOFILE, &limit);
	(void)stat("/dev/null", &null);
	while (dir != NULL && (e = readdir(dir)) != NULL) {
		int fd = atoi(e->d_name);

		if (e->d_name[0] == '.' || fd == dirfd(dir) ||
		    (rlim_t)fd >= limit.rlim_cur)
			continue;
		bare = bare && fstat(fd, &st) == 0 &&
		    (fd == 3 ? S_ISFIFO(st.st_mode) :
		    fd < 3 && st.st_rdev == null.st_rdev);
	}
	return dir != NULL && bare;
}

/* What a name does is in its beginning. */
static int
ask(const char *name, const char *service, const struct addrinfo *hints,
    struct addrinfo **out)
{
	static const char nonsense[300] = { 9, 9, 9 };
	char text[32];

	(void)service;
	(void)hints;
	*out = NULL;
	if (strncmp(name, "stuck", 5) == 0)
		sleep_for_ever();
	if (strncmp(name, "crash", 5) == 0)
		(void)raise(SIGKILL);
	if (strncmp(name, "gone", 4) == 0)
		return EAI_NONAME;
	if (strncmp(name, "later", 5) == 0)
		return EAI_AGAIN;
	if (strncmp(name, "short", 5) == 0) {
		(void)!write(3, nonsense, 7);
		sleep_for_ever();
	}
	if (strncmp(name, "wild", 4) == 0) {
		(void)!write(3, nonsense, 268);
		sleep_for_ever();
	}
	if (strncmp(name, "many", 4) == 0)
		for (int i = 0; i < 20; i++) {
			(void)snprintf(text, sizeof text, "192.0.2.%d", i);
			*out = address_of(text, *out);
		}
	if (strncmp(name, "user", 4) == 0 && getuid() == ORDINARY_USER)
		*out = address_of("192.0.2.65", NULL);
	if (strncmp(name, "bare", 4) == 0 && is_bare())
		*out = address_of("192.0.2.66", NULL);
	if (strncmp(name, "two", 3) == 0)
		*out = address_of("192.0.2.2", address_of("192.0.2.1", NULL));
	if (strncmp(name, "turned", 6) == 0)
		*out = address_of("192.0.2.1", address_of("192.0.2.2", NULL));
	return 0;
}

static void
test_real(struct log *log)
{
	struct acl acl = acl_of("localhost,no-such-host.invalid,192.0.2.1");
	struct resolver r;

	resolver_init(&r, NULL, NULL);
	tap_ok(r.fd < 0 && !r.changed, "nothing is under way");
	run(&r, &acl, log);
	tap_ok(has(&acl.names[0], "127.0.0.1") || has(&acl.names[0], "::1"),
	    "localhost");
	tap_int((long long)acl.names[1].count, 0, "no such host");
	tap_ok(strncmp(logged(log->path), "no-such-host.invalid: ", 22) == 0,
	    "which is said");
	tap_ok(r.changed, "something is new");
	tap_ok(r.fd < 0 && r.pid == 0, "all is over");
	acl_free(&acl);

	acl = acl_of("192.0.2.1,fd00::/8");
	run(&r, &acl, log);
	tap_ok(r.fd < 0 && r.pid == 0, "no names, no child");
	acl_free(&acl);
}

/* One name, of which everything else is the same acl and resolver. */
static void
rename_to(struct acl *acl, const char *name)
{
	(void)snprintf(acl->names[0].name, sizeof acl->names[0].name, "%s",
	    name);
}

static void
test_changes(struct log *log)
{
	static const struct {
		const char *name, *said;
		size_t count;
		bool changed;
	} runs[] = {
		{ "gone", "gone: Name or service not known; addresses known: "
		    "0\n", 0, false },
		{ "gone", "", 0, false },
		{ "two", "two: has its addresses again\n", 2, true },
		{ "two", "", 2, false },
		{ "turned", "", 2, false },
		{ "gone", "gone: Name or service not known; addresses known: "
		    "2\n", 2, false },
		{ "gone", "", 2, false },
		{ "later", "later: Temporary failure in name resolution; "
		    "addresses known: 2\n", 2, false },
		{ "none", "none: Name or service not known; addresses known: "
		    "2\n", 2, false },
		{ "crash", "crash: no answer; addresses known: 2\n", 2, false },
		{ "many", "many: has more addresses than are kept; addresses "
		    "known: 16\n", 16, true },
		{ "many", "", 16, false },
		{ "two", "two: has its addresses again\n", 2, true },
	};
	struct acl acl = acl_of("x");
	struct resolver r;

	resolver_init(&r, NULL, NULL);
	r.ask = ask;
	for (size_t i = 0; i < COUNT(runs); i++) {
		rename_to(&acl, runs[i].name);
		r.changed = false;
		run(&r, &acl, log);
		tap_str(logged(log->path), runs[i].said, runs[i].name);
		tap_int((long long)acl.names[0].count,
		    (long long)runs[i].count, "addresses");
		tap_int(r.changed, runs[i].changed, "whether that is new");
	}
	tap_ok(has(&acl.names[0], "192.0.2.1") &&
	    has(&acl.names[0], "192.0.2.2") && !has(&acl.names[0], "192.0.2.3"),
	    "the last ones alone");
	acl_free(&acl);
}

/* More that never answer than there may be at once, and one behind them. */
static void
test_stuck(struct log *log)
{
	char list[1024] = "two-first";
	struct resolver r;
	struct acl acl;
	unsigned said = 0;
	double took;

	for (int i = 0; i < RESOLVER_CREW + 4; i++)
		(void)snprintf(list + strlen(list), 16, ",stuck-%d", i);
	(void)strcat(list, ",two-last");
	acl = acl_of(list);
	resolver_init(&r, NULL, NULL);
	r.ask = ask;
	r.patience = 1;
	took = run(&r, &acl, log);
	tap_int((long long)acl.names[0].count, 2, "the one before them");
	tap_int((long long)acl.names[RESOLVER_CREW + 5].count, 2,
	    "and the one behind");
	for (const char *p = logged(log->path); *p != '\0'; p++)
		said += strncmp(p, ": no answer;", 12) == 0;
	tap_int(said, RESOLVER_CREW + 4, "all others are said");
	tap_ok(took >= 1.5 && took < 30, "after two rounds of patience");
	acl_free(&acl);
}

/* A run is late where even the child's own deadlines do not hold. */
static void
test_late(struct log *log)
{
	struct acl acl = acl_of("two,stuck");
	struct error err;
	struct resolver r;
	pid_t first;
	int status;

	resolver_init(&r, NULL, NULL);
	r.ask = ask;
	tap_int(resolver_start(&r, &acl, &err), 0, "a run");
	first = r.pid;
	tap_ok((fcntl(r.fd, F_GETFD) & FD_CLOEXEC) != 0, "closed on exec");
	tap_int(resolver_start(&r, &acl, &err), 0, "another one");
	tap_int(r.pid, first, "is the same, as long as it lasts");
	while (!r.answered[0]) {
		struct pollfd ready = { .fd = r.fd, .events = POLLIN };

		(void)poll(&ready, 1, 1000);
		resolver_take(&r, &acl, log);
	}
	tap_ok(r.fd >= 0, "half of it");
	r.deadline = deadline_now();
	resolver_take(&r, &acl, log);
	tap_ok(r.fd < 0, "is over at its deadline");
	tap_str(logged(log->path), "stuck: no answer; addresses known: 0\n",
	    "the rest is missing");
	tap_int(resolver_start(&r, &acl, &err), 0, "no new one");
	tap_ok(r.fd < 0, "before the old one is reaped");
	tap_ok(waitpid(first, &status, 0) == first && WIFSIGNALED(status) &&
	    WTERMSIG(status) == SIGKILL, "which was killed");
	tap_ok(!resolver_ended(&r, 1), "another's child");
	tap_ok(resolver_ended(&r, first), "is not ours");
	tap_ok(!resolver_ended(&r, first) && !resolver_ended(&r, 0),
	    "nor any more");

	tap_int(resolver_start(&r, &acl, &err), 0, "a new one");
	resolver_stop(&r);
	tap_ok(r.fd < 0 && waitpid(r.pid, &status, 0) == r.pid &&
	    WIFSIGNALED(status), "is stopped");
	(void)resolver_ended(&r, r.pid);
	resolver_stop(&r);
	acl_free(&acl);
}

/* None of the processes outlives a run: they hold this pipe's other end. */
static void
test_none_left(struct log *log)
{
	struct acl acl = acl_of("stuck-a,stuck-b,short");
	struct resolver r;
	struct pollfd gone;
	char byte;
	int ends[2];

	(void)!pipe(ends);
	gone = (struct pollfd){ .fd = ends[0], .events = POLLIN };
	fflush(stdout);
	if (fork() == 0) {
		resolver_init(&r, NULL, NULL);
		r.ask = ask;
		run(&r, &acl, log);
		_exit(0);
	}
	close(ends[1]);
	tap_ok(poll(&gone, 1, 20000) == 1 && read(ends[0], &byte, 1) == 0,
	    "nobody is left");
	tap_has(logged(log->path), "its resolver sent nonsense, and was "
	    "stopped\n", "a record too short");
	(void)wait(NULL);
	close(ends[0]);

	resolver_init(&r, NULL, NULL);
	r.ask = ask;
	rename_to(&acl, "wild");
	run(&r, &acl, log);
	tap_has(logged(log->path), "its resolver sent nonsense, and was "
	    "stopped\n", "a record of no name");
	acl_free(&acl);
}

static int
become(void *arg, struct error *err)
{
	const uid_t *uid = arg;

	return setgid(*uid) < 0 || setuid(*uid) < 0 ?
	    error_set(err, "no") : 0;
}

static int
become_nobody_at_all(void *arg, struct error *err)
{
	(void)arg;
	return error_set(err, "no");
}

static void
test_rights(struct log *log)
{
	struct acl acl = acl_of("two,bare");
	uid_t uid = ORDINARY_USER;
	struct resolver r;

	resolver_init(&r, become_nobody_at_all, NULL);
	r.ask = ask;
	run(&r, &acl, log);
	tap_int((long long)acl.names[0].count, 0,
	    "nothing is asked with rights that stayed");
	tap_str(logged(log->path), "two: no answer; addresses known: 0\n"
	    "bare: no answer; addresses known: 0\n", "which shows");

	resolver_init(&r, NULL, NULL);
	r.ask = ask;
	run(&r, &acl, log);
	tap_ok(has(&acl.names[1], "192.0.2.66"), "a pipe and /dev/null only");

	if (geteuid() != 0) {
		tap_skip("other users: not run as root");
	} else {
		rename_to(&acl, "user");
		resolver_init(&r, become, &uid);
		r.ask = ask;
		run(&r, &acl, log);
		tap_ok(has(&acl.names[0], "192.0.2.65"), "as another user");
	}
	acl_free(&acl);
}

int
main(void)
{
	struct scratch_path path;
	struct log log;

	scratch_make();
	path = scratch_path("log");
	log = log_on(path.s);
	test_real(&log);
	(void)logged(path.s);
	test_changes(&log);
	test_stuck(&log);
	test_late(&log);
	test_none_left(&log);
	test_rights(&log);
	log_close(&log);
	return tap_done();
}
