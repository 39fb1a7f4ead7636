/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/file.h"
#include "common/quantity.h"
#include "plugins/host/procs.h"

enum {
	PROCS_MAX = 1 << 17, /* more are not looked at */
};

/* Between the two looks at who is busy. */
#define BUSY_SECONDS 0.5

/* "pid (name) state ppid ...": the name may hold any byte, ")" too. */
bool
procs_parse(const char *stat, struct proc *out)
{
	const char *open = strchr(stat, '('), *close = strrchr(stat, ')');
	uint64_t user, system;
	long long pages;
	size_t len;

	*out = (struct proc){ 0 };
	if (open == NULL || close == NULL || close < open ||
	    sscanf(stat, "%d", &out->pid) != 1)
		return false;
	len = (size_t)(close - open - 1);
	if (len >= sizeof out->name)
		len = sizeof out->name - 1;
	memcpy(out->name, open + 1, len);

	/* Fields 14, 15, 22 and 24 of proc(5); after the name comes 3. */
	if (sscanf(close + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u "
	    "%" SCNu64 " %" SCNu64 " %*d %*d %*d %*d %*d %*d %" SCNu64
	    " %*u %lld", &user, &system, &out->start, &pages) != 4)
		return false;
	out->ticks = user + system;
	out->rss = pages > 0 ? (double)pages * (double)sysconf(_SC_PAGESIZE) :
	    0;
	return true;
}

static int
add(struct procs *p, const struct proc *proc, struct error *err)
{
	/* A power of two is a full array. */
	if ((p->count & (p->count - 1)) == 0) {
		size_t room = p->count == 0 ? 1 : 2 * p->count;
		struct proc *all = realloc(p->all, room * sizeof *all);

		if (all == NULL)
			return error_set(err, "out of memory");
		p->all = all;
	}
	p->all[p->count++] = *proc;
	return 0;
}

static int
read_one(const struct run *run, const char *pid, struct procs *p,
    struct error *err)
{
	struct run_path path = run_path(run->procfs, "%s/stat", pid);
	char text[2048];
	struct proc proc;
	struct error why;

	if (file_read(path.s, text, sizeof text, &why) < 0) {
		/* It ended meanwhile: then it was not there. */
		p->listed += errno != ENOENT && errno != ESRCH;
		return 0;
	}
	p->listed++;
	return procs_parse(text, &proc) ? add(p, &proc, err) : 0;
}

static int
scan(const struct run *run, struct procs *p, struct error *err)
{
	DIR *dir = opendir(run->procfs);
	const struct dirent *entry;
	int rc = 0;

	*p = (struct procs){ .others_hidden = true };
	if (dir == NULL)
		return error_set(err, "%s: %s", run->procfs, strerror(errno));
	while (rc == 0 && p->listed < PROCS_MAX &&
	    (entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] < '0' || entry->d_name[0] > '9')
			continue;
		if (strcmp(entry->d_name, "1") == 0)
			p->others_hidden = false;
		rc = read_one(run, entry->d_name, p, err);
	}
	closedir(dir);
	if (rc < 0)
		procs_free(p);
	return rc;
}

static int
by_pid(const void *a, const void *b)
{
	const struct proc *x = a, *y = b;

	return (x->pid > y->pid) - (x->pid < y->pid);
}

static int
by_size(const void *a, const void *b)
{
	const struct proc *x = a, *y = b;

	return (x->rss < y->rss) - (x->rss > y->rss);
}

static int
by_use(const void *a, const void *b)
{
	const struct proc *x = a, *y = b;

	return (x->percent < y->percent) - (x->percent > y->percent);
}

int
procs_read_big(const struct run *run, struct procs *out, struct error *err)
{
	if (scan(run, out, err) < 0)
		return -1;
	if (out->count > 0)
		qsort(out->all, out->count, sizeof out->all[0], by_size);
	return 0;
}

/* What each process of now used since before, in percent of a processor. */
static void
compare(const struct procs *before, struct procs *now, double seconds)
{
	double ticks = seconds * (double)sysconf(_SC_CLK_TCK);

	for (size_t i = 0; i < now->count; i++) {
		struct proc *proc = &now->all[i];
		const struct proc *then = before->count == 0 ? NULL :
		    bsearch(proc, before->all, before->count, sizeof *proc,
		    by_pid);
		/* One that is new used all it has in this time. */
		uint64_t used = then != NULL && then->start == proc->start &&
		    then->ticks <= proc->ticks ? then->ticks : 0;

		proc->percent = ticks > 0 ?
		    100 * (double)(proc->ticks - used) / ticks : 0;
	}
}

int
procs_read_busy(const struct run *run, struct procs *out, struct error *err)
{
	struct procs before;
	double start = deadline_now();

	if (scan(run, &before, err) < 0)
		return -1;
	if (before.count > 0)
		qsort(before.all, before.count, sizeof before.all[0], by_pid);
	run->sleep(run, BUSY_SECONDS);
	if (scan(run, out, err) < 0) {
		procs_free(&before);
		return -1;
	}
	compare(&before, out, deadline_now() - start);
	procs_free(&before);
	if (out->count > 0)
		qsort(out->all, out->count, sizeof out->all[0], by_use);
	return 0;
}

static void
note_heading(const struct procs *p, const char *what, struct report *r)
{
	report_note(r, "%s processes (%zu of %zu readable%s):", what, p->count,
	    p->listed, p->others_hidden ? ", those of others are hidden" : "");
}

void
procs_note_big(const struct procs *p, size_t n, struct report *r)
{
	note_heading(p, "biggest", r);
	for (size_t i = 0; i < n && i < p->count && p->all[i].rss > 0; i++)
		report_note(r, "  %10s  %s", size_text(p->all[i].rss).s,
		    proc_text(&p->all[i]).s);
}

void
procs_note_busy(const struct procs *p, size_t n, struct report *r)
{
	note_heading(p, "busiest", r);
	if (p->count == 0 || p->all[0].percent <= 0)
		report_note(r, "  none used a CPU just now");
	for (size_t i = 0; i < n && i < p->count && p->all[i].percent > 0; i++)
		report_note(r, "  %5.1f%% of a CPU  %s", p->all[i].percent,
		    proc_text(&p->all[i]).s);
}

struct proc_text
proc_text(const struct proc *proc)
{
	struct proc_text t;

	(void)snprintf(t.s, sizeof t.s, "%s (pid %d)", proc->name, proc->pid);
	return t;
}

void
procs_free(struct procs *p)
{
	free(p->all);
	p->all = NULL;
	p->count = 0;
}
