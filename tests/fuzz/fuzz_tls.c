/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Any bytes into a server, in steps whose size the first byte says. What there
 * is must stay within bounds, whatever they are.
 */
#include "config.h"

#include "agent/certificate.h"
#include "agent/tls.h"
#include "tests/fuzz/fuzz.h"
#include "tests/scratch.h"

enum {
	OUTPUT_MAX = 16 * 1024, /* a flight of the handshake, and answers */
};

static struct tls_context *
context_once(void)
{
	static struct tls_context *context;
	struct certificate_paths paths;
	struct error err;

	if (context != NULL)
		return context;
	paths = certificate_paths(scratch_make());
	MUST(certificate_ensure(scratch_dir, "fuzz", &err) >= 0);
	context = tls_context_new(&(struct tls_settings){
		.certificate = paths.certificate,
		.key = paths.key,
		.ca = paths.certificate,
		.ask = true,
		.version = "TLSv1+",
		.adh = true,
	}, &err);
	MUST(context != NULL);
	return context;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct error err = { .text = "" };
	const uint8_t *out;
	uint8_t text[256];
	struct tls *t;
	size_t step;
	int rc = 0;

	if (size == 0)
		return 0;
	t = tls_new(context_once());
	step = data[0] > 0 ? data[0] : size;
	data++;
	size--;
	while (size > 0 && rc == 0) {
		size_t n = size < step ? size : step;

		rc = tls_input(t, data, n, &err);
		while (rc == 0 && tls_read(t, text, sizeof text, &err) > 0)
			;
		MUST(tls_output(t, &out) <= OUTPUT_MAX);
		data += n;
		size -= n;
	}
	MUST((rc == 0) == (*err.text == '\0') || tls_is_ready(t));
	MUST(*tls_peer_text(t).s != '\0');
	tls_finish(t);
	tls_sent(t, tls_output(t, &out));
	MUST(tls_output(t, &out) == 0);
	tls_free(t);
	return 0;
}
