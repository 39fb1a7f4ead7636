/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "plugins/host/disk_filter.h"
#include "plugins/host/disk_select.h"

/* The selection as it stands after some of the steps. */
struct selector {
	const struct disk_config *cfg;
	const struct mounts *mounts;
	struct disk_plan *plan;
	struct error *err;

	struct disk_limits limits; /* that the next selection gets */
	bool limits_come;          /* some are given, if only later */
	const char *group;
	bool exact, selected, cleared;
};

/* What a pattern is: all, those by default, or an expression. */
struct pattern {
	bool (*fits)(const struct pattern *p, const struct mount *m);
	const struct disk_config *cfg;
	regex_t regex;
};

/* --- patterns --- */

static bool
fits_default(const struct pattern *p, const struct mount *m)
{
	return disk_filter_default(p->cfg, m);
}

static bool
fits_all(const struct pattern *p, const struct mount *m)
{
	(void)p;
	(void)m;
	return true;
}

static bool
fits_regex(const struct pattern *p, const struct mount *m)
{
	return regexec(&p->regex, m->source, 0, NULL, 0) == 0 ||
	    regexec(&p->regex, m->point, 0, NULL, 0) == 0;
}

static bool
is_ignored(const void *arg, const struct mount *m)
{
	return fits_regex(arg, m);
}

/* The caller frees p->regex on success. */
static int
compile(struct pattern *p, const struct opt_step *step, struct error *err)
{
	bool any_case = step->letter == 'R' || step->letter == 'I';
	char text[256];
	int rc = regcomp(&p->regex, step->value,
	    REG_EXTENDED | REG_NOSUB | (any_case ? REG_ICASE : 0));

	p->fits = fits_regex;
	if (rc == 0)
		return 0;
	(void)regerror(rc, &p->regex, text, sizeof text);
	return error_set(err, "-%c '%s' is not an expression: %s",
	    step->letter, step->value, text);
}

/* Of the mounts of each device that fit the one with the shortest name. */
static int
find_best(const struct mounts *m, const struct pattern *p,
    const struct mount **best)
{
	int found = 0;

	for (size_t i = 0; i < m->count; i++) {
		const struct mount *mount = &m->all[i];
		const struct mount **so_far = &best[mount->device];

		if (mount->hidden || !p->fits(p, mount))
			continue;
		if (*so_far == NULL ||
		    strlen(mount->point) < strlen((*so_far)->point))
			*so_far = mount;
		found = 1;
	}
	return found;
}

/* --- selecting --- */

/* What the selection made by step is judged by; NULL and err if nothing is. */
static const struct disk_limits *
limits_now(struct selector *s, const struct opt_step *step)
{
	if (s->limits.given)
		return disk_plan_keep(s->plan, &s->limits);
	if (!s->limits_come)
		return disk_plan_keep(s->plan, &disk_default_limits);
	error_set(s->err, "-%c%s%s has no limits: -w, -c, -W and -K hold for "
	    "what is selected after them", step->letter,
	    step->value != NULL ? " " : "",
	    step->value != NULL ? step->value : "");
	return NULL;
}

/* How many fit is 0 or 1; -1 on failure. */
static int
select_pattern(struct selector *s, const struct opt_step *step,
    const struct pattern *p)
{
	const struct disk_limits *limits = limits_now(s, step);
	const struct mounts *m = s->mounts;
	const struct mount **best;
	int found;

	if (limits == NULL)
		return -1;
	best = calloc(m->count + 1, sizeof *best);
	if (best == NULL)
		return error_set(s->err, "out of memory");
	found = find_best(m, p, best);
	for (size_t i = 0; i < m->count; i++) {
		if (best[m->all[i].device] == &m->all[i])
			(void)disk_plan_put_device(s->plan, &m->all[i],
			    limits, s->group);
	}
	free(best);
	return found;
}

static int
select_default(struct selector *s, const struct opt_step *step)
{
	struct pattern p = { .fits = fits_default, .cfg = s->cfg };

	return select_pattern(s, step, &p) < 0 ? -1 : 0;
}

/* The length without slashes at the end. */
static size_t
path_length(const char *path)
{
	size_t len = strlen(path);

	while (len > 1 && path[len - 1] == '/')
		len--;
	return len;
}

/* A path that is no mount point: which mount it is on is seen when probing. */
static void
select_path(struct selector *s, const char *path,
    const struct disk_limits *limits, bool allowed)
{
	struct disk *disk = disk_plan_put(s->plan,
	    mounts_above(s->mounts, path), path, limits, s->group);

	disk->named = true;
	if (!allowed)
		disk->state = DISK_NOT_FOUND;
}

/* --- the steps --- */

static int
take_limit(struct selector *s, const struct opt_step *step)
{
	struct error why;

	if (disk_limits_add(&s->limits, step->letter, step->value,
	    s->cfg->unit.bytes, &why) < 0)
		return error_set(s->err, "-%c: %s", step->letter, why.text);
	return 0;
}

static int
take_path(struct selector *s, const struct opt_step *step)
{
	const char *path = step->value;
	const struct disk_limits *limits = limits_now(s, step);
	const struct mount *m = NULL;

	if (limits == NULL)
		return -1;
	s->selected = true;
	if (*path != '\0')
		m = mounts_by_source(s->mounts, path);
	if (m == NULL)
		m = mounts_at(s->mounts, path, path_length(path));

	/* An automounter's own mount gives way to what it mounts. */
	if (m == NULL || strcmp(m->type, "autofs") == 0)
		select_path(s, path, limits, m != NULL || !s->exact);
	else
		disk_plan_put(s->plan, m, NULL, limits, s->group)->named =
		    true;
	return 0;
}

static int
take_pattern(struct selector *s, const struct opt_step *step)
{
	struct pattern p = { .fits = fits_all };
	int found;

	s->selected = true;
	if (step->letter == 'A')
		return select_pattern(s, step, &p) < 0 ? -1 : 0;
	if (compile(&p, step, s->err) < 0)
		return -1;
	found = select_pattern(s, step, &p);
	regfree(&p.regex);
	if (found == 0)
		disk_plan_put(s->plan, NULL, step->value, NULL, NULL)->state =
		    DISK_NO_MATCH;
	return found < 0 ? -1 : 0;
}

/* Without a selection before it, thins out the default one. */
static int
take_ignore(struct selector *s, const struct opt_step *step)
{
	struct pattern p = { 0 };

	if (!s->selected && select_default(s, step) < 0)
		return -1;
	s->selected = true;
	if (compile(&p, step, s->err) < 0)
		return -1;
	disk_plan_drop(s->plan, is_ignored, &p);
	regfree(&p.regex);
	return 0;
}

static int
take_group(struct selector *s, const struct opt_step *step)
{
	if (s->selected)
		return error_set(s->err, "-g %s comes too late: it holds for "
		    "what is selected after it", step->value);
	s->group = step->value;
	return 0;
}

static int
take_exact(struct selector *s, const struct opt_step *step)
{
	(void)step;
	if (s->selected)
		return error_set(s->err, "-E comes too late: it holds for "
		    "what is selected after it");
	s->exact = true;
	return 0;
}

/* What was not selected until here gets the limits given until here. */
static int
take_clear(struct selector *s, const struct opt_step *step)
{
	if (!s->selected && (s->limits.given || !s->limits_come) &&
	    select_default(s, step) < 0)
		return -1;
	s->limits = (struct disk_limits){ 0 };
	s->selected = false;
	s->group = NULL;
	s->cleared = true;
	return 0;
}

static int
take_step(struct selector *s, const struct opt_step *step)
{
	static const struct {
		const char *letters;
		int (*take)(struct selector *s, const struct opt_step *step);
	} takers[] = {
		{ "wcWK", take_limit },
		{ "p", take_path },
		{ "rRA", take_pattern },
		{ "iI", take_ignore },
		{ "g", take_group },
		{ "E", take_exact },
		{ "C", take_clear },
	};

	for (size_t i = 0; i < sizeof takers / sizeof takers[0]; i++) {
		if (strchr(takers[i].letters, step->letter) != NULL)
			return takers[i].take(s, step);
	}
	return 0; /* one of the lists */
}

static int
take_all_steps(struct selector *s)
{
	static const struct opt_step end = { .letter = 'C' };
	const struct opt_steps *steps = &s->cfg->steps;

	for (size_t i = 0; i < steps->count; i++) {
		if (take_step(s, &steps->steps[i]) < 0)
			return -1;
	}
	/* A -C with nothing after it leaves what there is. */
	if (s->selected || (s->cleared && !s->limits.given))
		return 0;
	return select_default(s, &end);
}

int
disk_select(struct disk_plan *out, const struct disk_config *cfg,
    const struct mounts *m, struct error *err)
{
	struct selector s = {
		.cfg = cfg,
		.mounts = m,
		.plan = out,
		.err = err,
		.limits_come = disk_filter_is_given(cfg, "wcWK"),
	};

	if (disk_plan_init(out, m, cfg->steps.count + 1, err) < 0)
		return -1;
	if (take_all_steps(&s) < 0) {
		disk_plan_free(out);
		return -1;
	}
	disk_filter(out, cfg);
	return 0;
}

int
disk_select_check(const struct disk_config *cfg, struct error *err)
{
	struct mounts none = { 0 };
	struct disk_plan plan;

	if (disk_select(&plan, cfg, &none, err) < 0)
		return -1;
	disk_plan_free(&plan);
	return 0;
}
