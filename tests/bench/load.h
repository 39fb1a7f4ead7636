/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * load - what the parts of nrpe_load share
 *
 * load_options.c reads the command line, load_client.c is one client that asks
 * again and again, load_bad.c spoils what it asks, load_attack.c holds
 * connections open, load_stats.c counts, nrpe_load.c is the loop around them.
 */
#ifndef TESTS_BENCH_LOAD_H
#define TESTS_BENCH_LOAD_H

#include <netinet/in.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum {
	LOAD_QUERY_SIZE = 1036,       /* as check_nrpe sends it */
	LOAD_ANSWER_MAX = 65536 + 20, /* bytes, one more than any answer has */
};

/* --- load_options.c --- */

struct load_options {
	const char *address, *source; /* numeric; source: NULL for any */
	int64_t port, clients, requests; /* requests 0: as many as there can */
	int64_t version, result;
	int64_t idle, dribble;        /* connections of attackers */
	double seconds, deadline;     /* in all; of a request */
	double slow;                  /* s between pieces of a query */
	bool plain, bad;
	bool padded; /* anything may follow the text, as NRPE has it */
	const char *command; /* "%d" becomes the number of the client */
	const char *expect;  /* what an answer begins with */
};

/* Or says what is wrong, and exits with 2. */
struct load_options load_options_read(int argc, char *argv[]);

/* --- load_stats.c --- */

enum load_error {
	LOAD_CONNECT, /* no connection */
	LOAD_TLS,     /* no handshake */
	LOAD_CLOSED,  /* before the answer was whole */
	LOAD_LATE,    /* past its deadline */
	LOAD_PACKET,  /* an answer that is none, its CRC too */
	LOAD_VERSION, /* another than was asked in */
	LOAD_RESULT,
	LOAD_TEXT,
	LOAD_ANSWERED, /* what was to have no answer */
	LOAD_ERRORS,
};

enum {
	LOAD_BUCKETS = 2048, /* each 1 % above the one before, from 1 us on */
};

struct load_stats {
	double started, ended; /* first request, last end of one */
	uint64_t done, errors[LOAD_ERRORS];
	uint64_t buckets[LOAD_BUCKETS];
	double longest; /* s */
};

double load_now(void); /* s */
void load_stats_add(struct load_stats *s, double seconds);

/* One line of NAME=NUMBER; times in ms. False if there were errors. */
bool load_stats_print(const struct load_stats *s, FILE *out);

/* --- load_bad.c --- */

/* What becomes of a query that is not meant to be answered. */
struct load_way {
	const char *name;
	int spoilt;    /* the byte that is another one; -1: none */
	size_t size;   /* bytes of it that are sent */
	bool raw;      /* without TLS, whatever the server speaks */
	enum load_ending {
		LOAD_WAIT,  /* for the server to close */
		LOAD_HALF,  /* the same, but we have closed our half */
		LOAD_CLOSE, /* at once */
		LOAD_RESET,
	} ending;
};

/* The way of the nth request. */
const struct load_way *load_way_of(uint64_t n);

/* --- load_client.c --- */

struct load {
	struct load_options options;
	struct sockaddr_in address, source;
	SSL_CTX *tls; /* NULL: plain */
	int poll;     /* of epoll; data: the client */
	uint64_t begun;
	size_t active;
	bool over;    /* nobody begins another request */
	struct load_stats stats;
};

struct load_client {
	struct load *load;
	int fd;
	enum {
		LOAD_IDLE,
		LOAD_SHAKING,
		LOAD_SENDING,
		LOAD_READING,
	} stage;
	bool waits_to_write;
	SSL *ssl;
	double begun, answered; /* 0: not yet */
	double next_piece;
	const struct load_way *way; /* NULL: a good request */
	uint8_t query[LOAD_QUERY_SIZE];
	size_t sent, len;
	uint8_t *answer; /* LOAD_ANSWER_MAX */
};

/* A socket that is connected, or will be when it can be written to; -1. */
int load_connect(const struct sockaddr_in *to, const struct sockaddr_in *from);

/* The client's query, which is the same each time. */
void load_client_prepare(struct load_client *c, struct load *load, int number);

/* Begins a request, unless there is to be none; goes on when epoll says so. */
void load_client_begin(struct load_client *c);
void load_client_step(struct load_client *c);

/* To be called now and then, for what no event tells. */
void load_client_tick(struct load_client *c, double now);

/* --- load_attack.c --- */

/* Until stdin ends, or time is up; main()'s return value. */
int load_attack(const struct load_options *options,
    const struct sockaddr_in *to);

#endif
