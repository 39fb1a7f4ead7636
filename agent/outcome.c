/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <string.h>

#include "agent/outcome.h"
#include "common/escape.h"

static const char nothing_read[] = "NRPE: Unable to read output";

/* Up to a zero byte, without one newline at the end. */
static size_t
text_length(const char *output, size_t len)
{
	len = strnlen(output, len);
	return len > 0 && output[len - 1] == '\n' ? len - 1 : len;
}

static void
put_first_line(struct buf *out, const char *text)
{
	char line[SPAWN_STDERR_MAX];
	size_t n = strcspn(text, "\n");

	memcpy(line, text, n);
	line[n] = '\0';
	escape_output(out, line);
}

enum status
outcome_put(struct buf *out, const struct spawn_result *result,
    const char *output, double seconds)
{
	size_t len = text_length(output, result->output_len);

	if (result->timed_out) {
		buf_fmt(out, "NRPE: Command timed out after %.0f seconds",
		    seconds);
		if (len > 0)
			buf_char(out, '\n');
		buf_put(out, output, len);
		return STATUS_UNKNOWN;
	}
	if (len == 0) {
		buf_str(out, nothing_read);
		if (result->signal != 0)
			buf_fmt(out, " (killed by signal %d)", result->signal);
		if (result->stderr_text[0] != '\0') {
			buf_str(out, " - stderr: ");
			put_first_line(out, result->stderr_text);
		}
		return STATUS_UNKNOWN;
	}
	buf_put(out, output, len);
	if (result->signal != 0)
		return STATUS_CRITICAL;
	return result->code >= 0 && result->code <= 3 ?
	    (enum status)result->code : STATUS_UNKNOWN;
}

enum status
outcome_put_failure(struct buf *out, const char *why)
{
	buf_fmt(out, "%s - ", nothing_read);
	escape_output(out, why);
	return STATUS_UNKNOWN;
}
