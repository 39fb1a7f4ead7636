/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/log.h"
#include "agent/log_internal.h"
#include "common/buf.h"
#include "common/escape.h"

enum {
	LINE_SIZE = LOG_RECORD_MAX + 128,
	PATIENCE = 100, /* ms for whoever reads stderr */
};

static const struct {
	const char *name;
	int number;
} facilities[] = {
	{ "kern", LOG_KERN },
	{ "user", LOG_USER },
	{ "mail", LOG_MAIL },
	{ "daemon", LOG_DAEMON },
	{ "auth", LOG_AUTH },
	{ "syslog", LOG_SYSLOG },
	{ "lpr", LOG_LPR },
	{ "news", LOG_NEWS },
	{ "uucp", LOG_UUCP },
	{ "cron", LOG_CRON },
	{ "authpriv", LOG_AUTHPRIV },
	{ "ftp", LOG_FTP },
	{ "local0", LOG_LOCAL0 },
	{ "local1", LOG_LOCAL1 },
	{ "local2", LOG_LOCAL2 },
	{ "local3", LOG_LOCAL3 },
	{ "local4", LOG_LOCAL4 },
	{ "local5", LOG_LOCAL5 },
	{ "local6", LOG_LOCAL6 },
	{ "local7", LOG_LOCAL7 },
};

static const char *const words[] = {
	[LOG_ERR] = "error",
	[LOG_WARNING] = "warning",
	[LOG_NOTICE] = "notice",
	[LOG_INFO] = "info",
	[LOG_DEBUG] = "debug",
};

static int
find_facility(const char *name, int *out, struct error *err)
{
	for (size_t i = 0; i < sizeof facilities / sizeof facilities[0]; i++) {
		if (strcmp(facilities[i].name, name) == 0) {
			*out = facilities[i].number;
			return 0;
		}
	}
	return error_set(err, "'%s': not a facility of syslog (daemon, local0)",
	    name);
}

/*
 * Whoever may write to the directory could have put something else there: no
 * link is followed, no FIFO waited for, no file of another name written to.
 */
static int
open_file(const char *path, struct error *err)
{
	struct stat st;
	int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW |
	    O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0640);

	if (fd < 0)
		return error_set(err, "%s: %s", path, errno == ELOOP ?
		    "a symbolic link" : strerror(errno));
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_nlink == 1)
		return fd;
	close(fd);
	return error_set(err, "%s: not a regular file with one link", path);
}

int
log_try(const char *path, struct error *err)
{
	const char *slash = strrchr(path, '/');
	char directory[PATH_MAX];
	struct stat st;

	if (lstat(path, &st) == 0) {
		if (!S_ISREG(st.st_mode) || st.st_nlink != 1)
			return error_set(err, "%s: not a regular file with one "
			    "link", path);
		return access(path, W_OK) == 0 ? 0 :
		    error_set(err, "%s: %s", path, strerror(errno));
	}
	if (errno != ENOENT)
		return error_set(err, "%s: %s", path, strerror(errno));
	(void)snprintf(directory, sizeof directory, "%.*s", slash == NULL ||
	    slash == path ? 1 : (int)(slash - path), slash == NULL ? "." :
	    path);
	return access(directory, W_OK | X_OK) == 0 ? 0 :
	    error_set(err, "%s: %s", directory, strerror(errno));
}

/* systemd says which stderr it reads, lest a redirected one be taken for it. */
static bool
is_journal(int fd)
{
	const char *stream = getenv("JOURNAL_STREAM");
	char actual[64];
	struct stat st;

	if (stream == NULL || fstat(fd, &st) < 0)
		return false;
	(void)snprintf(actual, sizeof actual, "%ju:%ju", (uintmax_t)st.st_dev,
	    (uintmax_t)st.st_ino);
	return strcmp(stream, actual) == 0;
}

int
log_open(struct log *l, const struct log_settings *settings,
    struct error *err)
{
	struct log new = { .fd = -1, .debug = settings->debug };
	int facility = LOG_DAEMON;

	if (settings->facility != NULL &&
	    find_facility(settings->facility, &facility, err) < 0)
		return -1;
	if (settings->to_stderr) {
		new.fd = STDERR_FILENO;
		new.journal = is_journal(new.fd);
	} else if (settings->file != NULL) {
		new.fd = open_file(settings->file, err);
		if (new.fd < 0)
			return -1;
		new.path = strdup(settings->file);
		if (new.path == NULL) {
			close(new.fd);
			return error_set(err, "out of memory");
		}
	} else if (settings->no_syslog)
		new.silent = true;
	else
		openlog("beffroid", LOG_PID | LOG_NDELAY, facility);
	*l = new;
	return 0;
}

int
log_reopen(struct log *l, struct error *err)
{
	int fd;

	if (l->path == NULL)
		return 0;
	fd = open_file(l->path, err);
	if (fd < 0)
		return -1;
	close(l->fd);
	l->fd = fd;
	l->torn = false;
	return 0;
}

/* ISO 8601 in local time: 2026-02-14T12:00:00+01:00 */
static void
put_time(struct buf *b)
{
	struct timespec now;
	struct tm tm;
	char text[40];

	(void)clock_gettime(CLOCK_REALTIME, &now);
	if (localtime_r(&now.tv_sec, &tm) == NULL ||
	    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S%z", &tm) < 5)
		return;
	/* strftime() has +0100. */
	buf_put(b, text, strlen(text) - 2);
	buf_char(b, ':');
	buf_str(b, text + strlen(text) - 2);
}

/* -1 if it could not be written whole and without waiting for long. */
static int
write_line(struct log *l, int priority, const char *text)
{
	struct pollfd ready = { .fd = l->fd, .events = POLLOUT };
	char line[LINE_SIZE];
	struct buf b = buf_on(line, sizeof line);
	ssize_t n;

	if (l->torn)
		buf_char(&b, '\n');
	if (l->path != NULL) {
		put_time(&b);
		buf_fmt(&b, " beffroid[%ld]: %s: ", (long)getpid(),
		    words[priority]);
	} else if (l->journal)
		buf_fmt(&b, "<%d>", priority);
	else
		buf_fmt(&b, "beffroid: %s: ", words[priority]);
	buf_str(&b, text);
	buf_char(&b, '\n');
	/* A line is less than a pipe takes at once when it takes anything. */
	if (l->path == NULL &&
	    poll(&ready, 1, l->dropped > 0 ? 0 : PATIENCE) != 1)
		return -1;
	n = write(l->fd, line, b.len);
	if (n > 0)
		l->torn = n != (ssize_t)b.len;
	return n == (ssize_t)b.len ? 0 : -1;
}

static int
emit(struct log *l, int priority, const char *raw)
{
	char text[LOG_RECORD_MAX + 1];
	struct buf b = buf_on(text, sizeof text);

	if (l->relay)
		return log_send_record(l, priority, raw);
	escape_line(&b, raw);
	if (l->fd >= 0)
		return write_line(l, priority, text);
	syslog(priority, "%s", text);
	return 0;
}

static void
say_dropped(struct log *l)
{
	char text[64 + LOG_PEER_SIZE];

	log_flush(l); /* lest what that loses be taken for said */
	(void)snprintf(text, sizeof text, "%u record%s left out", l->dropped,
	    l->dropped == 1 ? "" : "s");
	if (l->dropped > 0 && emit(l, LOG_WARNING, text) == 0)
		l->dropped = 0;
	(void)snprintf(text, sizeof text, "%s: the last of %u record%s about "
	    "clients left out", l->peer, l->peers_dropped,
	    l->peers_dropped == 1 ? "" : "s");
	if (l->peers_dropped > 0 && emit(l, LOG_WARNING, text) == 0)
		l->peers_dropped = 0;
}

static void
count_anew(struct log *l)
{
	struct timespec now;

	/* Not "later": the clock may be set back. */
	(void)clock_gettime(CLOCK_REALTIME, &now);
	if (now.tv_sec == l->second)
		return;
	l->second = now.tv_sec;
	l->in_second = l->peers_in_second = 0;
	say_dropped(l);
}

void
log_put(struct log *l, int priority, const char *raw, bool limited)
{
	if (l->silent || (priority == LOG_DEBUG && !l->debug))
		return;
	count_anew(l);
	if (limited && l->in_second >= LOG_BURST) {
		l->dropped++;
		return;
	}
	l->in_second += limited;
	if (emit(l, priority, raw) < 0)
		l->dropped++;
}

void
log_write(struct log *l, int priority, const char *fmt, ...)
{
	char raw[LOG_RAW_SIZE];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(raw, sizeof raw, fmt, ap);
	va_end(ap);
	log_put(l, priority, raw, l->relay);
}

void
log_peer(struct log *l, const char *peer, const char *fmt, ...)
{
	char raw[LOG_RAW_SIZE];
	size_t n;
	va_list ap;

	count_anew(l);
	if (l->peers_in_second >= LOG_PEERS_BURST) {
		l->peers_dropped++;
		(void)snprintf(l->peer, sizeof l->peer, "%s", peer);
		return;
	}
	l->peers_in_second++;
	n = (size_t)snprintf(raw, sizeof raw, "%.*s: ", LOG_PEER_SIZE - 1,
	    peer);
	va_start(ap, fmt);
	(void)vsnprintf(raw + n, sizeof raw - n, fmt, ap);
	va_end(ap);
	log_put(l, LOG_WARNING, raw, l->relay);
}

void
log_close(struct log *l)
{
	if (!l->silent)
		say_dropped(l);
	if (l->path != NULL)
		close(l->fd);
	else if (l->fd < 0 && !l->silent)
		closelog();
	free(l->path);
	*l = (struct log){ .fd = -1, .silent = true };
}
