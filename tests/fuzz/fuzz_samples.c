/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The samples file as a broken disk or another version may leave it. */
#include "config.h"

#include <dirent.h>
#include <string.h>

#include "common/samples.h"
#include "common/statedir.h"
#include "tests/fake_run.h"
#include "tests/fuzz/fuzz.h"
#include "tests/scratch.h"

/* Adds up the samples, so that all of each is read; ends with one more. */
static void
use(const struct run *run)
{
	struct samples s;
	unsigned sum = 0;
	double last = 0;

	samples_open(&s, run, "fuzz", "", 1);
	for (size_t i = 0; i < s.count; i++) {
		const uint8_t *bytes = s.all[i].data;

		MUST(s.all[i].at >= last && s.all[i].at <= fake_now);
		last = s.all[i].at;
		for (size_t at = 0; at < s.all[i].size; at++)
			sum += bytes[at];
	}
	samples_keep_changes(&s, 0);
	samples_add(&s, fake_now, &sum, sizeof sum);
	MUST(s.why.text[0] == '\0');
	samples_close(&s);
	samples_open(&s, run, "fuzz", "", 1);
	MUST(s.count > 0 && samples_youngest(&s, 1e9, 30) != NULL);
	samples_close(&s);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char name[64];
	struct samples s;
	struct error err;
	struct run run;

	if (scratch_owner == 0)
		scratch_make();
	run = fake_run(scratch_dir);
	fake_now = 1e6;
	samples_open(&s, &run, "fuzz", "", 1);
	memcpy(name, s.name, sizeof name);
	if (size > 0)
		MUST(statedir_write(s.dir, name, data, size, &err) == 0);
	samples_close(&s);
	use(&run);
	return 0;
}
