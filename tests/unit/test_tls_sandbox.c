/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Once there is a context, connections open nothing: shown by a kernel that
 * kills who tries. No other part of this program may use OpenSSL before that,
 * or it would have loaded what is to be seen; so all is in processes of its
 * own.
 */
#include "config.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "agent/tls.h"
#include "tests/certs.h"
#include "tests/scratch.h"
#include "tests/tap.h"
#include "tests/tls_peer.h"

#ifdef HAVE_SANDBOX
#include <seccomp.h>

enum {
	TALKS_MAX = 8,
	PACKET = 64 * 1024,
	SECONDS = 60, /* for all, under valgrind too */
};

static bool
close_world(void)
{
	static const int calls[] = {
		SCMP_SYS(open), SCMP_SYS(openat), SCMP_SYS(openat2),
		SCMP_SYS(creat), SCMP_SYS(socket), SCMP_SYS(connect),
		SCMP_SYS(execve),
	};
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	bool ok = filter != NULL;

	for (size_t i = 0; ok && i < COUNT(calls); i++)
		ok = seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS, calls[i],
		    0) == 0;
	ok = ok && seccomp_load(filter) == 0;
	seccomp_release(filter);
	return ok;
}

/* The filter works, or the rest would prove nothing. */
static int
open_something(void *arg)
{
	(void)arg;
	if (!close_world())
		return 2;
	return open("/dev/null", O_RDONLY) >= 0;
}

static int
make_files(void *arg)
{
	static const struct {
		const char *name;
		struct certs_spec spec;
	} all[] = {
		{ "server", { .name = "agent", .days = 100 } },
		{ "rsa", { .name = "nagios", .days = 100, .rsa_bits = 2048 } },
		{ "client", { .name = "nagios", .days = 100 } },
		{ "expired", { .name = "old", .days = -1 } },
		{ "revoked", { .name = "lost", .days = 100,
		    .names = "DNS:lost.example.org" } },
	};
	struct certs_spec root = { .name = "CA", .days = 100, .ca = true };
	struct certs_one ca = certs_put(scratch_path("ca").s, root, NULL);

	(void)arg;
	for (size_t i = 0; i < COUNT(all); i++) {
		struct certs_one one = certs_put(scratch_path("%s",
		    all[i].name).s, all[i].spec, &ca);

		if (strcmp(all[i].name, "revoked") == 0)
			certs_put_crl(scratch_path("crl").s, &ca, 0, 10,
			    one.certificate);
		certs_free(&one);
	}
	certs_free(&ca);
	return 0;
}

struct talk {
	const char *certificate; /* NULL: none */
	bool answered;
	int to;                  /* the newest version; 0: any */
	const char *ciphers;     /* NULL: any */
};

/* A server, its clients, and a pair of sockets for each of these. */
struct scene {
	const char *what;
	struct tls_settings settings; /* files by their names */
	size_t count;
	struct talk talks[TALKS_MAX];
	int sockets[TALKS_MAX][2];
};

static bool
is_none(void *arg, const struct peer_name *name)
{
	(void)arg;
	return name->n == 0;
}

/* Answers what comes with "pong", until the client goes or is gone wrong. */
static void
serve(struct tls_context *context, int fd)
{
	static uint8_t packet[PACKET];
	struct tls *t = tls_new(context);
	const uint8_t *out;
	struct error err;
	size_t n;
	ssize_t got;
	int rc = 0;

	while (rc == 0 && (got = read(fd, packet, sizeof packet)) > 0) {
		rc = tls_input(t, packet, (size_t)got, &err);
		if (rc == 0 && tls_read(t, packet, sizeof packet, &err) > 0) {
			(void)tls_write(t, (const uint8_t *)"pong", 4, &err);
			tls_finish(t);
			rc = tls_peer_text(t).s[0] == '\0' ||
			    tls_peer_names(t, is_none, NULL);
		}
		n = tls_output(t, &out);
		if (n > 0)
			(void)!write(fd, out, n);
		tls_sent(t, n);
	}
	tls_free(t);
	close(fd);
}

static int
run_server(void *arg)
{
	const struct scene *scene = arg;
	struct tls_settings s = scene->settings;
	struct scratch_path pem = scratch_path("%s.pem", s.certificate);
	struct scratch_path key = scratch_path("%s.key", s.certificate);
	struct scratch_path ca = scratch_path("ca.pem");
	struct scratch_path crl = scratch_path("%s", s.crl);
	struct tls_context *context;
	struct error err;

	s.key = s.certificate != NULL ? key.s : NULL;
	s.certificate = s.certificate != NULL ? pem.s : NULL;
	s.ca = ca.s;
	s.crl = s.crl != NULL ? crl.s : NULL;
	for (size_t i = 0; i < scene->count; i++)
		close(scene->sockets[i][1]);
	context = tls_context_new(&s, &err);
	if (context == NULL || !close_world())
		return 1;
	for (size_t i = 0; i < scene->count; i++)
		serve(context, scene->sockets[i][0]);
	tls_context_free(context);
	return 0;
}

/* Whether the client got its answer, by way of such a socket. */
static bool
ask(int fd, struct peer_spec spec)
{
	static uint8_t packet[PACKET];
	struct peer p = peer_new(spec);
	size_t done, n;
	long got = -1;
	bool asked = false;
	ssize_t here = 1;

	while (here > 0 && got < 0) {
		if (SSL_do_handshake(p.ssl) == 1 && !asked)
			asked = SSL_write_ex(p.ssl, "ping", 4, &done) == 1;
		if (asked)
			got = peer_read_all(&p, packet, sizeof packet);
		if (got < 0 && BIO_read_ex(p.out, packet, sizeof packet, &n))
			(void)!write(fd, packet, n);
		if (got < 0)
			here = read(fd, packet, sizeof packet);
		if (got < 0 && here > 0)
			(void)BIO_write_ex(p.in, packet, (size_t)here, &done);
	}
	peer_free(&p);
	close(fd);
	return got == 4;
}

static int
run_clients(void *arg)
{
	const struct scene *scene = arg;
	int wrong = 0;

	(void)signal(SIGPIPE, SIG_IGN);
	for (size_t i = 0; i < scene->count; i++)
		close(scene->sockets[i][0]);
	for (size_t i = 0; i < scene->count; i++) {
		const struct talk *talk = &scene->talks[i];
		const char *name = talk->certificate;
		struct scratch_path pem = scratch_path("%s.pem", name);
		struct scratch_path key = scratch_path("%s.key", name);

		wrong += ask(scene->sockets[i][1], (struct peer_spec){
			.to = talk->to,
			.ciphers = talk->ciphers,
			.certificate = name != NULL ? pem.s : NULL,
			.key = name != NULL ? key.s : NULL,
		}) != talk->answered;
	}
	return wrong;
}

static pid_t
start(int (*body)(void *), void *arg)
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		(void)alarm(SECONDS);
		_exit(body(arg));
	}
	return pid;
}

/* Its exit code, or -signal. */
static int
end(pid_t pid)
{
	int status = 0;

	waitpid(pid, &status, 0);
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static struct scene scenes[] = {
	{ "a server opens nothing", { .certificate = "server", .ask = true },
	    6, {
		{ .certificate = NULL, .answered = true },
		{ .certificate = "client", .answered = true },
		{ .certificate = "rsa", .answered = true },
		{ .certificate = "rsa", .answered = true,
		    .to = TLS1_2_VERSION },
		{ .certificate = "expired", .answered = false },
		{ .to = TLS1_1_VERSION, .answered = false },
	    }, { { 0 } } },
	{ "nor does one that is refused at first",
	    { .certificate = "rsa", .require = true }, 2, {
		{ .certificate = "expired", .answered = false },
		{ .certificate = "client", .answered = true },
	    }, { { 0 } } },
	{ "nor with a list of the revoked", { .certificate = "server",
	    .require = true, .crl = "crl" }, 3, {
		{ .certificate = "client", .answered = true },
		{ .certificate = "revoked", .answered = false },
		{ .certificate = "rsa", .answered = true,
		    .to = TLS1_2_VERSION },
	    }, { { 0 } } },
	{ "nor without certificates", { .adh = true, .version = "SSLv2+" }, 4,
	    {
		{ .ciphers = "ADH:@SECLEVEL=0", .answered = true,
		    .to = TLS1_VERSION },
		{ .ciphers = "AECDH:@SECLEVEL=0", .answered = true,
		    .to = TLS1_1_VERSION },
		{ .ciphers = "ADH:@SECLEVEL=0", .answered = true },
		{ .to = TLS1_3_VERSION, .answered = false },
	    }, { { 0 } } },
};

static void
test_scene(struct scene *scene)
{
	pid_t server, clients;

	for (size_t i = 0; i < scene->count; i++)
		if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0,
		    scene->sockets[i]) < 0) {
			tap_ok(false, "a pair of sockets");
			return;
		}
	server = start(run_server, scene);
	clients = start(run_clients, scene);
	for (size_t i = 0; i < scene->count; i++) {
		close(scene->sockets[i][0]);
		close(scene->sockets[i][1]);
	}
	tap_int(end(clients), 0, "clients have what they should");
	tap_int(end(server), 0, scene->what);
}

int
main(void)
{
	int opened;

	scratch_make();
	opened = end(start(open_something, NULL));
	if (opened == 2) {
		tap_skip("the kernel has no seccomp");
		return tap_done();
	}
	tap_int(opened, -SIGSYS, "who opens something is killed");
	tap_int(end(start(make_files, NULL)), 0, "files");
	for (size_t i = 0; i < COUNT(scenes); i++)
		test_scene(&scenes[i]);
	return tap_done();
}

#else

int
main(void)
{
	tap_skip("built without the sandbox");
	return tap_done();
}

#endif
