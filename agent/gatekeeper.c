/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/acl.h"
#include "agent/client.h"
#include "agent/dispatch.h"
#include "agent/doors.h"
#include "agent/gatekeeper.h"
#include "agent/jobs.h"
#include "agent/message.h"
#include "agent/sandbox.h"
#include "agent/timer.h"
#include "common/run.h"

/* For doors that are left, a worker that is late, and a peer that drains. */
#define SPARE_SECONDS 5.0

/* No longer does a request wait to be told of. */
#define LOG_WAIT_SECONDS 0.02

/* The process's own state, around what it was given. */
struct gate {
	const struct gatekeeper *given;
	struct event_base *base;
	struct tls_context *tls;
	char *nasty;
	struct jobs jobs;
	struct clients clients;
	struct doors doors;
	struct event *controlled;
	struct job_waiter probe;
	uint32_t probe_number;
	struct event given_up; /* alone, and still not done */
	struct event log_due;
	struct log_waiting log_waiting;
	bool draining;
};

static void
end_loop(void *arg)
{
	struct gate *g = arg;

	(void)event_base_loopexit(g->base, NULL);
}

/* --- those who connect --- */

static void
let_in(void *arg, int fd, const struct sockaddr *peer)
{
	struct gate *g = arg;
	int on = 1;

	if (!acl_allows(&g->given->settings->acl, peer)) {
		log_peer(g->given->log, acl_peer_text(peer).s, "refused, it is "
		    "not in allowed_hosts");
		client_turn_away(&g->clients, fd, peer);
		return;
	}
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	client_new(&g->clients, fd, fd, peer);
}

/* Descriptors come back at once with a client's; memory may not. */
static bool
make_room(void *arg, int why)
{
	struct gate *g = arg;
	bool scarce = why == EMFILE || why == ENFILE || why == ENOBUFS ||
	    why == ENOMEM;

	/* Whatever else is wrong, no client is to blame for it. */
	if (scarce && clients_make_room(&g->clients) && why == EMFILE)
		return true;
	log_write(g->given->log, LOG_ERR, "accept: %s", strerror(why));
	return false;
}

/* As from inetd: the connection is there. A pipe's peer is on this host. */
static void
serve_single(struct gate *g)
{
	struct sockaddr_storage peer = { .ss_family = AF_UNSPEC };
	struct sockaddr *address = (struct sockaddr *)&peer;
	socklen_t len = sizeof peer;
	bool remote = getpeername(STDIN_FILENO, address, &len) == 0 &&
	    (peer.ss_family == AF_INET || peer.ss_family == AF_INET6);

	g->clients.last_gone = end_loop;
	if (remote && !acl_allows(&g->given->settings->acl, address)) {
		log_peer(g->given->log, acl_peer_text(address).s, "refused, it "
		    "is not in allowed_hosts");
		end_loop(g);
		return;
	}
	(void)evutil_make_socket_nonblocking(STDIN_FILENO);
	(void)evutil_make_socket_nonblocking(STDOUT_FILENO);
	client_new(&g->clients, STDIN_FILENO, STDOUT_FILENO,
	    remote ? address : NULL);
}

/* --- the supervisor --- */

/* The last client is gone, or the last door is shut: or both. */
static void
end_if_done(void *arg)
{
	struct gate *g = arg;

	if (g->draining && g->clients.count == 0 && !doors_any(&g->doors))
		end_loop(g);
}

static void
start_draining(struct gate *g)
{
	g->draining = true;
	g->clients.last_gone = end_if_done;
}

static void
drain(struct gate *g, uint32_t kept)
{
	start_draining(g);
	doors_leave(&g->doors, kept);
}

static void
on_given_up(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	end_loop(arg);
}

/*
 * The supervisor is gone. Whoever starts the agent again is to find the ports
 * free; those who are here have their answers first. No worker comes any more,
 * and nobody is left to see that this ends.
 */
static void
go_on_alone(struct gate *g)
{
	(void)event_del(g->controlled);
	timer_set(&g->given_up, deadline_now() +
	    gatekeeper_drain_seconds(g->given->settings));
	start_draining(g);
	doors_shut(&g->doors);
	end_if_done(g);
}

static void
update_name(struct gate *g, const struct packet *p)
{
	struct acl *acl = &g->given->settings->acl;

	if (p->head.number < acl->name_count &&
	    p->size == sizeof acl->names[0])
		memcpy(&acl->names[p->head.number], p->payload, p->size);
}

/* Through a worker and back; whoever looks after us hears of nothing less. */
static void
on_probe_done(struct job_waiter *self, const struct job_answer *answer)
{
	struct gate *g = (struct gate *)((char *)self -
	    offsetof(struct gate, probe));
	struct message m = {
		.type = MESSAGE_ALIVE,
		.number = g->probe_number,
	};

	if (answer->status == STATUS_OK)
		(void)message_send(g->given->control, &m, NULL, 0, -1);
}

/* As a client would ask; one that is under way will do. */
static void
probe(struct gate *g, uint32_t number)
{
	const struct query ping = { .argc = 0 };

	g->probe_number = number;
	if (g->probe.job == NULL)
		jobs_ask(&g->jobs, DISPATCH_PING, &ping, &g->probe);
}

static void
on_control(evutil_socket_t fd, short what, void *arg)
{
	static struct packet packet; /* large, and of one thread alone */
	struct gate *g = arg;
	int rc = message_take(fd, &packet);

	(void)what;
	if (rc < 0 && errno == EAGAIN)
		return;
	if (rc <= 0) {
		go_on_alone(g);
		return;
	}
	switch (packet.head.type) {
	case MESSAGE_WORKER:
		jobs_add_worker(&g->jobs, packet.head.number,
		    packet.head.pid, packet.fd);
		return;
	case MESSAGE_ACL_NAME:
		update_name(g, &packet);
		break;
	case MESSAGE_PROBE:
		probe(g, packet.head.number);
		break;
	case MESSAGE_DRAIN:
		drain(g, packet.head.number);
		break;
	default:
		break;
	}
	if (packet.fd >= 0)
		close(packet.fd);
}

/* --- what is told --- */

static void
on_log_due(evutil_socket_t fd, short what, void *arg)
{
	struct gate *g = arg;

	(void)fd;
	(void)what;
	log_flush(g->given->log);
}

static void
log_soon(void *arg)
{
	struct gate *g = arg;

	timer_set(&g->log_due, deadline_now() + LOG_WAIT_SECONDS);
}

/* --- the process --- */

static int
read_nasty(struct gate *g, struct error *err)
{
	const char *written = g->given->settings->nasty;

	g->nasty = strdup(written != NULL ? written : QUERY_NASTY_DEFAULT);
	if (g->nasty == NULL)
		return error_set(err, "out of memory");
	return written != NULL ? query_unescape_nasty(g->nasty, err) : 0;
}

static int
shut_in(const struct gatekeeper *given, struct error *err)
{
	struct sandbox_state state;

	if (sandbox_enter(&state, err) < 0)
		return -1;
	if (!state.seccomp)
		log_write(given->log, LOG_WARNING, "built without a sandbox: "
		    "not for use");
	else if (state.landlock_abi == 0)
		log_write(given->log, LOG_DEBUG, "no Landlock here; "
		    "seccomp alone it is");
	return 0;
}

static int
open_all(struct gate *g, struct error *err)
{
	const struct gatekeeper *given = g->given;
	struct message ready = { .type = MESSAGE_READY };

	if (given->tls != NULL) {
		g->tls = tls_context_new(given->tls, err);
		if (g->tls == NULL)
			return -1;
	}
	if (read_nasty(g, err) < 0 ||
	    identity_assume(given->identity, false, err) < 0)
		return -1;
	g->base = event_base_new();
	if (g->base == NULL ||
	    !jobs_open(&g->jobs, g->base, given->settings, given->log,
	    given->control))
		return error_set(err, "out of memory");
	g->clients = (struct clients){
		.base = g->base,
		.settings = given->settings,
		.nasty = g->nasty,
		.log = given->log,
		.tls = g->tls,
		.most = clients_most(),
		.jobs = &g->jobs,
		.arg = g,
	};
	(void)evutil_make_socket_nonblocking(given->control);
	g->controlled = event_new(g->base, given->control,
	    EV_READ | EV_PERSIST, on_control, g);
	(void)event_assign(&g->given_up, g->base, -1, 0, on_given_up, g);
	(void)event_assign(&g->log_due, g->base, -1, 0, on_log_due, g);
	g->log_waiting.told = log_soon;
	g->log_waiting.arg = g;
	log_wait_in(given->log, &g->log_waiting);
	g->doors = (struct doors){
		.enter = let_in,
		.crowded = make_room,
		.all_shut = end_if_done,
		.arg = g,
	};
	if (g->controlled == NULL || event_add(g->controlled, NULL) < 0 ||
	    !doors_open(&g->doors, g->base, given->listeners))
		return error_set(err, "out of memory");
	if (shut_in(given, err) < 0)
		return -1;
	if (!message_send(given->control, &ready, NULL, 0, -1))
		return error_set(err, "supervisor: %s", strerror(errno));
	return 0;
}

static void
close_all(struct gate *g)
{
	doors_free(&g->doors);
	(void)event_del(&g->given_up);
	clients_close(&g->clients);
	log_flush(g->given->log);
	(void)event_del(&g->log_due);
	jobs_close(&g->jobs);
	if (g->controlled != NULL)
		event_free(g->controlled);
	if (g->base != NULL)
		event_base_free(g->base);
	tls_context_free(g->tls);
	free(g->nasty);
}

double
gatekeeper_drain_seconds(const struct settings *settings)
{
	return 2 * (double)settings->connection_timeout +
	    (double)settings->command_timeout + SPARE_SECONDS;
}

int
gatekeeper_main(struct gatekeeper *given)
{
	struct gate *g = calloc(1, sizeof *g);
	struct error err;

	if (g == NULL)
		return 1;
	g->given = given;
	g->probe.done = on_probe_done;
	if (open_all(g, &err) < 0) {
		(void)settings_blame(given->settings, &err);
		log_write(given->log, LOG_ERR, "%s", err.text);
		free(g);
		return 1;
	}
	if (given->single)
		serve_single(g);
	(void)event_base_dispatch(g->base);
	close_all(g);
	free(g);
	return 0;
}
