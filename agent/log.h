/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * log - what happened, to stderr, a file or syslog
 *
 * The supervisor writes; every other process sends its records to it over a
 * datagram socket, since it may open nothing. A record is one line: foreign
 * bytes in it are escaped, and it is cut at LOG_RECORD_MAX. What cannot be
 * written at once is left out, and counted in a later record; but syslog(3)
 * waits for a daemon that does not read.
 *
 * What is no more than information, a line for each request, may wait for
 * others for a moment: the supervisor wakes up once for all of them. Whoever is
 * killed takes what waited along.
 */
#ifndef AGENT_LOG_H
#define AGENT_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <syslog.h>
#include <time.h>

#include "common/error.h"

enum {
	LOG_RECORD_MAX = 2048, /* bytes, not counting what stands in front */
	/* Records within a second, of all that is relayed; more are counted. */
	LOG_BURST = 1000,
	/* And of what peers do wrong, so that no stranger drowns out others. */
	LOG_PEERS_BURST = 200,
	LOG_PEER_SIZE = 64,
	LOG_TOGETHER = 4096, /* bytes of records that are sent as one */
};

struct log_settings {
	bool to_stderr;       /* in the foreground */
	const char *file;     /* instead of syslog; or NULL */
	const char *facility; /* of syslog; NULL: "daemon" */
	bool no_syslog;
	bool debug;           /* LOG_DEBUG too */
};

/* Records that wait; told(arg) says that the first one of them does. */
struct log_waiting {
	void (*told)(void *arg);
	void *arg;
	unsigned count;
	size_t len;
	char bytes[LOG_TOGETHER];
};

struct log {
	int fd;        /* stderr, the file, or the socket; -1: syslog */
	char *path;    /* of the file, allocated; else NULL */
	bool relay;    /* fd is the socket to the supervisor */
	bool journal;  /* which wants priorities as "<4>" */
	bool debug;
	bool silent;
	time_t second; /* the one that is being counted */
	unsigned in_second, dropped;
	unsigned peers_in_second, peers_dropped;
	char peer[LOG_PEER_SIZE]; /* the last one of those dropped */
	bool torn;     /* the file ends within a line: the disk was full */
	struct log_waiting *waiting; /* or NULL: none ever waits */
};

/*
 * The supervisor's. -1 and err if the facility is unknown, or if the file is
 * not a regular one with one link, or cannot be opened.
 */
int log_open(struct log *l, const struct log_settings *settings,
    struct error *err);
void log_close(struct log *l);

/*
 * Opens the file, if it is one, by its name again, since the old one may have
 * been moved away. If that fails: -1 and err, and the old one stays.
 */
int log_reopen(struct log *l, struct error *err);

/* Whether a file of this name could be logged to; nothing is made. */
int log_try(const char *path, struct error *err);

/* Any other process's: records go to the socket; lost if that is full. */
struct log log_relay(int socket, bool debug);

/*
 * From now on records of a relay may wait in w, which is zero but for what the
 * caller has to be told, and outlives the log.
 */
void log_wait_in(struct log *l, struct log_waiting *w);

/* Sends those that wait. */
void log_flush(struct log *l);

/*
 * priority: LOG_ERR, LOG_WARNING, LOG_NOTICE, LOG_INFO or LOG_DEBUG. What the
 * supervisor itself has to say there are never too many of.
 */
void log_write(struct log *l, int priority, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* A warning "PEER: ..." of what a peer did, which anyone could do any time. */
void log_peer(struct log *l, const char *peer, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * Takes what log_relay() has sent as one from the socket; false if nothing is
 * there. Its sender may have been taken over: it writes its lines, no more.
 */
bool log_take(struct log *l, int socket);

#endif
