/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * check_load - load averages, alone or per processor
 *
 * Takes the options of the monitoring-plugins check of that name and prints
 * its perfdata. Without thresholds it judges the 15 minutes per processor: the
 * only one of the figures for which a limit fits every host.
 */
#include "config.h"

#include <stdio.h>

#include "common/check.h"
#include "common/load.h"
#include "plugins/host/cpus.h"
#include "plugins/host/procs.h"

enum {
	AVERAGES = 3,
};

/* Upper limits for 1, 5 and 15 minutes: plain numbers, not ranges. */
struct limits {
	bool set;
	double values[AVERAGES];
};

struct config {
	struct limits warn, crit;
	bool per_cpu;
	uint64_t processes;
};

struct load {
	double total[AVERAGES];
	struct cpus cpus;
};

static const struct config defaults = { 0 };

/* For the last average, per processor, when no limits are given. */
static const double default_warn = 1.5, default_crit = 3;

static const int minutes[AVERAGES] = { 1, 5, 15 };

/* "5" stands for "5,5,5", "5,4" for "5,4,4": the last one is repeated. */
static int
parse_limits(const char *value, void *field, struct error *err)
{
	struct limits l = { .set = true };
	const char *p = value;
	struct quantity q;
	size_t n = 0;

	do {
		if (n == AVERAGES ||
		    !quantity_parse(p, UNITS_NONE, &q, &p) || q.value < 0 ||
		    (*p != ',' && *p != '\0'))
			return error_set(err,
			    "'%s' is not LOAD1[,LOAD5[,LOAD15]]", value);
		l.values[n++] = q.value;
	} while (*p++ == ',');
	for (; n < AVERAGES; n++)
		l.values[n] = l.values[n - 1];
	*(struct limits *)field = l;
	return 0;
}

static const struct opt opts[] = {
	OPT('w', "warning", struct config, warn,
	    "warn if an average is above its limit; a single limit is for all "
	    "three", .parse = parse_limits, .metavar = "LOAD1,LOAD5,LOAD15",
	    .initial = "1.5 per processor, 15 minutes only"),
	OPT('c', "critical", struct config, crit,
	    "alarm if an average is above its limit",
	    .parse = parse_limits, .metavar = "LOAD1,LOAD5,LOAD15",
	    .initial = "3 per processor, 15 minutes only"),
	OPT('r', "percpu", struct config, per_cpu,
	    "judge the averages divided by the number of processors"),
	OPT('n', "procs-to-show", struct config, processes,
	    "show that many of the busiest processes of the next half second"),
	OPT_END,
};

static int
prepare(void *config, struct error *err)
{
	struct config *cfg = config;

	for (size_t i = 0; i < AVERAGES; i++) {
		if (cfg->warn.set && cfg->crit.set &&
		    cfg->warn.values[i] > cfg->crit.values[i])
			return error_set(err, "the warning limit %s for the "
			    "%d-minute average is above the critical limit %s",
			    number_text(cfg->warn.values[i]).s, minutes[i],
			    number_text(cfg->crit.values[i]).s);
	}
	return 0;
}

static int
measure(struct run *run, struct load *load, struct error *err)
{
	if (load_read(run, load->total, err) < 0)
		return -1;
	return cpus_read(run, &load->cpus, err);
}

static struct range
upper_limit(const struct limits *limits, size_t i)
{
	struct range range = { .set = limits->set, .max = limits->values[i] };

	return range;
}

/* The limits in force, and whether they are for the scaled averages. */
struct policy {
	struct limits warn, crit;
	bool scaled;
	size_t first; /* average that is judged */
};

static struct policy
choose(const struct config *cfg)
{
	struct policy policy = {
		.warn = cfg->warn,
		.crit = cfg->crit,
		.scaled = cfg->per_cpu,
	};

	if (!cfg->warn.set && !cfg->crit.set) {
		policy.warn.set = policy.crit.set = policy.scaled = true;
		policy.warn.values[AVERAGES - 1] = default_warn;
		policy.crit.values[AVERAGES - 1] = default_crit;
		policy.first = AVERAGES - 1;
	}
	return policy;
}

static enum status
add_metric(struct report *r, const struct policy *policy, bool scaled,
    size_t i, double value)
{
	char label[32];
	struct metric m = { .label = label, .unit = "", .value = value };

	(void)snprintf(label, sizeof label, "%sload%d",
	    scaled ? "scaled_" : "", minutes[i]);
	if (scaled == policy->scaled && i >= policy->first) {
		m.warn = upper_limit(&policy->warn, i);
		m.crit = upper_limit(&policy->crit, i);
	}
	return report_metric(r, &m);
}

/* "5-minute load 7.10 per CPU is above 4": the worst average, first. */
static void
put_reason(struct buf *b, const struct policy *policy, enum status worst,
    size_t i, double value)
{
	const struct limits *limits = worst == STATUS_CRITICAL ?
	    &policy->crit : &policy->warn;

	buf_fmt(b, "%d-minute load %.2f%s is above %s; ", minutes[i], value,
	    policy->scaled ? " per CPU" : "",
	    number_text(limits->values[i]).s);
}

static void
judge(const struct config *cfg, const struct load *load, struct report *r)
{
	struct policy policy = choose(cfg);
	double scaled[AVERAGES];
	enum status worst = STATUS_OK;
	char text[128];
	struct buf reason = buf_on(text, sizeof text);

	for (size_t i = 0; i < AVERAGES; i++) {
		enum status plain, status;

		scaled[i] = load->total[i] / load->cpus.count;
		plain = add_metric(r, &policy, false, i, load->total[i]);
		status = policy.scaled ?
		    add_metric(r, &policy, true, i, scaled[i]) : plain;
		if (status_worse(worst, status) == worst)
			continue;
		worst = status;
		buf_cut(&reason, 0);
		put_reason(&reason, &policy, worst, i,
		    policy.scaled ? scaled[i] : load->total[i]);
	}

	if (policy.scaled)
		report_summary(r, "%sscaled load average: %.2f, %.2f, %.2f - "
		    "total load average: %.2f, %.2f, %.2f (%s)",
		    reason.data, scaled[0], scaled[1], scaled[2],
		    load->total[0], load->total[1], load->total[2],
		    cpus_text(&load->cpus).s);
	else
		report_summary(r, "%stotal load average: %.2f, %.2f, %.2f",
		    reason.data, load->total[0], load->total[1],
		    load->total[2]);
}

static int
run_check(const void *config, struct run *run, struct report *r,
    struct error *err)
{
	const struct config *cfg = config;
	struct load load;
	struct procs procs;
	struct error why;

	if (measure(run, &load, err) < 0)
		return -1;
	judge(cfg, &load, r);
	if (cfg->processes == 0)
		return 0;

	run_publish(run, r, "looking for the busiest processes");
	if (procs_read_busy(run, &procs, &why) < 0) {
		report_note(r, "processes are not known: %s", why.text);
		return 0;
	}
	procs_note_busy(&procs, (size_t)cfg->processes, r);
	procs_free(&procs);
	return 0;
}

const struct check check_load = {
	.name = "load",
	.title = "Load average",
	.about = "Judges the load averages over 1, 5 and 15 minutes, in total "
	    "or divided by\nthe processors that may be used.",
	.opts = opts,
	.defaults = &defaults,
	.config_size = sizeof defaults,
	.flags = CHECK_RESIDENT,
	.prepare = prepare,
	.run = run_check,
};

CHECK_MAIN(check_load)
