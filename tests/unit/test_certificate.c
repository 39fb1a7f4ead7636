/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "agent/certificate.h"
#include "agent/tls.h"
#include "tests/certs.h"
#include "tests/scratch.h"
#include "tests/tap.h"

#define ORDINARY_USER 65534
#define DIED 42

/*
 * Death at a step: these take the C library's place, and one of them ends the
 * process before its turn.
 */
static int steps_left; /* 0: none does */

static void
step(void)
{
	if (steps_left > 0 && --steps_left == 0)
		_exit(DIED);
}

int
fsync(int fd)
{
	step();
	return (int)syscall(SYS_fsync, fd);
}

int
renameat(int from, const char *old, int to, const char *new)
{
	step();
	return (int)syscall(SYS_renameat2, from, old, to, new, 0);
}

int
unlinkat(int dir, const char *name, int flags)
{
	step();
	return (int)syscall(SYS_unlinkat, dir, name, flags);
}

static EVP_PKEY *
read_key(const char *dir)
{
	struct certificate_paths p = certificate_paths(dir);
	FILE *file = fopen(p.key, "r");
	EVP_PKEY *key = file != NULL ?
	    PEM_read_PrivateKey(file, NULL, NULL, NULL) : NULL;

	if (file != NULL)
		fclose(file);
	return key;
}

static X509 *
read_certificate(const char *dir)
{
	struct certificate_paths p = certificate_paths(dir);
	FILE *file = fopen(p.certificate, "r");
	X509 *x = file != NULL ? PEM_read_X509(file, NULL, NULL, NULL) : NULL;

	if (file != NULL)
		fclose(file);
	return x;
}

enum state { NOTHING, KEY_ALONE, CERTIFICATE_ALONE, WHOLE, DIFFERENT };

/* What one finds there: whole if the agent could use it. */
static enum state
state_of(const char *dir)
{
	EVP_PKEY *key = read_key(dir);
	X509 *x = read_certificate(dir);
	enum state state = key == NULL && x == NULL ? NOTHING :
	    x == NULL ? KEY_ALONE : key == NULL ? CERTIFICATE_ALONE :
	    X509_check_private_key(x, key) == 1 ? WHOLE : DIFFERENT;

	EVP_PKEY_free(key);
	X509_free(x);
	return state;
}

static int
ensure(const char *dir)
{
	struct error err = { .text = "" };
	int rc = certificate_ensure(dir, "agent.example.org", &err);

	if (rc < 0)
		printf("# %s\n", err.text);
	return rc;
}

static void
test_modes(mode_t mask)
{
	struct scratch_path dir = scratch_path("mask%o", (unsigned)mask);
	struct certificate_paths p = certificate_paths(dir.s);
	struct stat st = { .st_mode = 0 };
	mode_t old = umask(mask);

	tap_int(ensure(dir.s), 1, "made under a umask");
	(void)umask(old);
	(void)stat(dir.s, &st);
	tap_int(st.st_mode & 07777, 0700, "the directory");
	(void)stat(p.key, &st);
	tap_int(st.st_mode & 07777, 0600, "the key");
	(void)stat(p.certificate, &st);
	tap_int(st.st_mode & 07777, 0644, "the certificate");
}

/* What the files say, to see whether they were touched. */
struct content {
	char text[2][4096];
};

static struct content
content_of(const char *dir)
{
	struct certificate_paths p = certificate_paths(dir);
	struct content c;

	memset(&c, 0, sizeof c);
	(void)scratch_read(p.key, c.text[0], sizeof c.text[0] - 1);
	(void)scratch_read(p.certificate, c.text[1], sizeof c.text[1] - 1);
	return c;
}

static void
test_kept(const char *dir)
{
	struct content before = content_of(dir), after;
	struct certificate_paths p = certificate_paths(dir);
	char aside[600];

	tap_int(ensure(dir), 0, "there already");
	after = content_of(dir);
	tap_ok(memcmp(&before, &after, sizeof before) == 0, "untouched");

	(void)unlink(p.certificate);
	(void)snprintf(aside, sizeof aside, "%s.new", p.certificate);
	scratch_write(aside, "old", 3);
	tap_int(ensure(dir), 1, "the certificate is missing");
	after = content_of(dir);
	tap_str(after.text[0], before.text[0], "the key stays");
	tap_ok(state_of(dir) == WHOLE && access(aside, F_OK) != 0,
	    "and has another one");

	(void)unlink(p.key);
	tap_int(ensure(dir), 1, "the key is missing");
	tap_int(state_of(dir), WHOLE, "both are others");
}

static void
refused(const char *dir, const char *want, const char *what)
{
	struct content before = content_of(dir), after;
	struct error err = { .text = "" };

	tap_int(certificate_ensure(dir, "a", &err), -1, what);
	tap_has(err.text, want, "why");
	tap_has(err.text, dir, "where");
	after = content_of(dir);
	tap_ok(memcmp(&before, &after, sizeof before) == 0, "untouched");
}

static void
test_foreign(void)
{
	struct scratch_path dir = scratch_path("foreign");
	struct certificate_paths p = certificate_paths(dir.s);
	struct certs_one one = certs_make((struct certs_spec){
		.name = "theirs",
		.days = 100,
	}, NULL);

	(void)mkdir(dir.s, 0700);
	tap_int(ensure(dir.s), 1, "made");
	certs_write_key(p.key, one.key, NULL);
	refused(dir.s, "beffroid-key.pem: not the key of the certificate",
	    "two that differ");
	certs_write(p.certificate, one.certificate);
	tap_int(ensure(dir.s), 0, "another's pair");
	certs_write_key(p.key, one.key, "word");
	refused(dir.s, "beffroid-key.pem: no key in it", "a passphrase");
	scratch_write(p.key, "", 0);
	refused(dir.s, "beffroid-key.pem: no key in it", "an empty key");
	certs_write_key(p.key, one.key, NULL);
	scratch_write(p.certificate, "x", 1);
	refused(dir.s, "beffroid-cert.pem: no certificate in it", "rubbish");
	(void)unlink(p.certificate);
	(void)mkdir(p.certificate, 0700);
	refused(dir.s, "beffroid-cert.pem: not a regular file", "a directory");
	certs_free(&one);
}

static void
test_places(void)
{
	struct error err = { .text = "" };
	char path[600];

	refused(scratch_path("none/below").s, "No such file or directory",
	    "no parent");
	scratch_write(scratch_path("file").s, "", 0);
	refused(scratch_path("file").s, "Not a directory", "a file");
	memset(path, 'x', sizeof path);
	path[sizeof path - 1] = '\0';
	tap_int(certificate_ensure(path, "a", &err), -1, "a long path");
	tap_has(err.text, "x...: path too long", "is said to be");
}

/* Two starts at once: one makes both, and both see them. */
static void
test_at_once(void)
{
	int bad = 0, made = 0;

	for (int round = 0; round < 20; round++) {
		struct scratch_path dir = scratch_path("round%d", round);
		int start[2], status;
		char none;

		fflush(stdout);
		(void)!pipe(start);
		for (int i = 0; i < 4; i++) {
			if (fork() != 0)
				continue;
			close(start[1]);
			(void)!read(start[0], &none, 1);
			int rc = ensure(dir.s);

			_exit(state_of(dir.s) == WHOLE ? rc : DIED);
		}
		close(start[0]);
		close(start[1]);
		while (wait(&status) > 0) {
			made += status == 1 << 8;
			bad += status != 0 && status != 1 << 8;
		}
	}
	tap_int(bad, 0, "80 starts, four at a time");
	tap_int(made, 20, "one of four makes them");
}

/* Death at each step of making what is missing; how many steps there are. */
static int
test_death(enum state from)
{
	int status = DIED << 8, n = 0, bad = 0;

	while (status == DIED << 8) {
		struct scratch_path dir = scratch_path("death%d-%d", from, ++n);
		struct certificate_paths p = certificate_paths(dir.s);
		enum state left;
		pid_t pid;

		if (from != NOTHING)
			(void)certificate_ensure(dir.s, "a",
			    &(struct error){ .text = "" });
		if (from == CERTIFICATE_ALONE)
			(void)unlink(p.key);
		if (from == KEY_ALONE)
			(void)unlink(p.certificate);
		fflush(stdout);
		pid = fork();
		if (pid == 0) {
			steps_left = n;
			_exit(ensure(dir.s) == 1 ? 0 : 1);
		}
		waitpid(pid, &status, 0);
		left = state_of(dir.s);
		bad += left == DIFFERENT || (status == 0 && left != WHOLE);
		bad += ensure(dir.s) != (left != WHOLE) ||
		    state_of(dir.s) != WHOLE;
	}
	tap_int(status, 0, "it comes to an end");
	tap_int(bad, 0, "and whoever starts next has both");
	return n;
}

static int
as_user(int (*body)(void))
{
	int status = 1;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0)
		_exit(setgid(ORDINARY_USER) == 0 &&
		    setuid(ORDINARY_USER) == 0 ? body() : DIED);
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int
refused_unwritable(void)
{
	struct scratch_path dir = scratch_path("locked");
	struct error err = { .text = "" };
	int rc = certificate_ensure(dir.s, "a", &err);

	printf("# %s\n", err.text);
	fflush(stdout);
	return rc == -1 && strstr(err.text, dir.s) != NULL &&
	    strstr(err.text, "Permission denied") != NULL ? 0 : 1;
}

static int
refused_unmade(void)
{
	struct scratch_path dir = scratch_path("locked/below");
	struct error err = { .text = "" };

	return certificate_ensure(dir.s, "a", &err) == -1 &&
	    strstr(err.text, dir.s) != NULL &&
	    strstr(err.text, "Permission denied") != NULL ? 0 : 1;
}

static int
used_unwritable(void)
{
	return ensure(scratch_path("full").s);
}

static void
test_users(void)
{
	struct scratch_path full = scratch_path("full");
	struct certificate_paths p = certificate_paths(full.s);

	if (geteuid() != 0) {
		tap_skip("other users: not run as root");
		return;
	}
	(void)mkdir(scratch_path("locked").s, 0755);
	tap_int(as_user(refused_unwritable), 0, "a directory of root's");
	tap_int(as_user(refused_unmade), 0, "one not to be made");
	(void)ensure(full.s);
	(void)chmod(full.s, 0755);
	(void)!chown(p.key, ORDINARY_USER, 0);
	tap_int(as_user(used_unwritable), 0, "one to be read only");
}

/* What it is made for. */
static void
test_used(const char *dir)
{
	struct certificate_paths p = certificate_paths(dir);
	struct tls_settings s = { .certificate = p.certificate, .key = p.key };
	struct error err = { .text = "" };
	struct tls_context *context = tls_context_new(&s, &err);

	tap_ok(context != NULL, "the agent's TLS takes it");
	tls_context_free(context);
}

int
main(void)
{
	struct scratch_path dir;

	scratch_make();
	(void)chmod(scratch_dir, 0755);
	dir = scratch_path("state");
	tap_int(ensure(dir.s), 1, "made");
	test_used(dir.s);
	test_kept(dir.s);
	test_modes(0);
	test_modes(077);
	test_modes(0277);
	test_foreign();
	test_places();
	test_at_once();
	tap_ok(test_death(NOTHING) > 8, "each step from nothing");
	tap_ok(test_death(KEY_ALONE) > 4, "each step with a key");
	tap_ok(test_death(CERTIFICATE_ALONE) > 10,
	    "each step with a certificate");
	test_users();
	return tap_done();
}
