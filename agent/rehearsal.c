/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/certificate.h"
#include "agent/generation.h"
#include "agent/process.h"
#include "agent/rehearsal.h"
#include "agent/settings.h"
#include "common/file.h"
#include "common/run.h"

/* What it says of itself, a byte before each. */
enum stage {
	STAGE_FILES,
	STAGE_PROGRAMS,
	STAGE_USERS,
	STAGE_CERTIFICATES,
	STAGE_DIRECTORIES,
	STAGE_DONE,
	STAGES,
};

static const char *const stages[STAGES] = {
	[STAGE_FILES] = "the files of the configuration",
	[STAGE_PROGRAMS] = "the programs of its commands",
	[STAGE_USERS] = "its users",
	[STAGE_CERTIFICATES] = "its certificates",
	[STAGE_DIRECTORIES] = "its directories or its log",
	[STAGE_DONE] = "nothing",
};

/* --- the child --- */

static void
say(int fd, enum stage stage)
{
	char byte = (char)stage;

	(void)!write(fd, &byte, 1);
}

/* Its bytes are all that it may wait for. */
static void
read_through(const char *path)
{
	char bytes[65536];
	struct error err;
	int fd;

	if (path == NULL)
		return;
	fd = file_open(path, &err);
	while (fd >= 0 && read(fd, bytes, sizeof bytes) > 0)
		continue;
	if (fd >= 0)
		close(fd);
}

/* The supervisor finds the same, and says so. */
static void
ignore(void *arg, enum settings_severity severity, const char *file, int line,
    const char *text)
{
	(void)arg;
	(void)severity;
	(void)file;
	(void)line;
	(void)text;
}

static void
look_for_users(struct settings *s)
{
	struct generation g = { .settings = s };
	struct error err;

	if (generation_find_identities(&g, &err) == 0)
		(void)generation_find_grants(&g, ignore, NULL, &err);
}

static void
look_at(const char *path)
{
	struct stat st;

	if (path != NULL)
		(void)stat(path, &st);
}

static void
look_at_directories(const struct settings *s)
{
	struct certificate_paths own = certificate_paths(
	    s->state_directory != NULL ? s->state_directory : STATE_DIRECTORY);

	look_at(s->run_directory);
	look_at(s->log_file);
	if (s->tls && s->tls_certificate == NULL) {
		look_at(own.certificate);
		look_at(own.key);
	}
}

/* The gatekeeper reads them all. */
static void
read_certificates(const struct settings *s)
{
	read_through(s->tls_certificate);
	read_through(s->tls_key);
	read_through(s->tls_ca);
	read_through(s->tls_crl);
}

static _Noreturn void
rehearse(int fd, const char *path, const struct registry *registry,
    pid_t parent)
{
	struct settings *s;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	say(fd, STAGE_FILES);
	s = settings_load(path, SETTINGS_RELOAD, ignore, NULL);
	if (s != NULL) {
		say(fd, STAGE_PROGRAMS);
		registry_assign(registry, s);
		say(fd, STAGE_USERS);
		look_for_users(s);
		say(fd, STAGE_CERTIFICATES);
		read_certificates(s);
		say(fd, STAGE_DIRECTORIES);
		look_at_directories(s);
	}
	say(fd, STAGE_DONE);
	_exit(0);
}

/* --- its parent --- */

void
rehearsal_init(struct rehearsal *r)
{
	*r = (struct rehearsal){ .fd = -1 };
}

int
rehearsal_start(struct rehearsal *r, const char *path,
    const struct registry *registry, struct error *err)
{
	struct process process = { .name = "beffroid-load", .count = 1 };
	pid_t self = getpid();
	int ends[2];

	if (r->pid != 0)
		return error_set(err, "process %d still hangs in %s",
		    (int)r->pid, stages[r->stage]);
	if (pipe2(ends, O_CLOEXEC) < 0)
		return error_set(err, "pipe: %s", strerror(errno));
	(void)fcntl(ends[0], F_SETFL, O_NONBLOCK);
	process.keep[0] = ends[1];
	/* Of a port that it kept open nobody would ever accept. */
	r->pid = process_fork(&process);
	if (r->pid == 0)
		rehearse(ends[1], path, registry, self);
	close(ends[1]);
	if (r->pid < 0) {
		r->pid = 0;
		close(ends[0]);
		return error_set(err, "fork: %s", strerror(errno));
	}
	r->number = r->pid;
	r->fd = ends[0];
	r->stage = STAGE_FILES;
	r->deadline = deadline_now() + REHEARSAL_SECONDS;
	return 0;
}

enum rehearsal_state
rehearsal_take(struct rehearsal *r, struct error *err)
{
	unsigned char byte;
	ssize_t n;

	while ((n = read(r->fd, &byte, 1)) > 0)
		r->stage = byte < STAGES ? byte : r->stage;
	if (r->stage == STAGE_DONE) {
		rehearsal_stop(r);
		return REHEARSAL_DONE;
	}
	if (n < 0 && deadline_now() < r->deadline)
		return REHEARSAL_RUNS;
	rehearsal_stop(r);
	if (n < 0)
		error_set(err, "%s: no answer within %.0f s, waited for by "
		    "process %d", stages[r->stage], REHEARSAL_SECONDS,
		    (int)r->number);
	else
		error_set(err, "%s: process %d, which was to look at them, "
		    "died", stages[r->stage], (int)r->number);
	return REHEARSAL_FAILED;
}

bool
rehearsal_lingers(const struct rehearsal *r)
{
	return r->fd < 0 && r->pid != 0 && r->stage == STAGE_DONE;
}

bool
rehearsal_ended(struct rehearsal *r, pid_t pid)
{
	if (pid != r->pid || pid == 0)
		return false;
	r->pid = 0;
	return true;
}

void
rehearsal_stop(struct rehearsal *r)
{
	if (r->pid > 0)
		(void)kill(r->pid, SIGKILL);
	if (r->fd >= 0)
		close(r->fd);
	r->fd = -1;
}
