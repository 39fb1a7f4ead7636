/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A whole mountinfo; what is in the table can be found in it. */
#include "config.h"

#include <string.h>

#include "plugins/host/mounts.h"
#include "tests/fuzz/fuzz.h"

static void
look_up(const struct mounts *m, size_t i)
{
	const struct mount *mount = &m->all[i];
	const struct mount *first = &m->all[mount->device];
	const struct mount *here;

	MUST(mount->point[0] == '/');
	MUST(mount->device <= i && first->major == mount->major &&
	    first->minor == mount->minor);
	MUST(mounts_by_id(m, mount->id) != NULL);
	if (mount->hidden)
		return;
	here = mounts_at(m, mount->point, strlen(mount->point));
	MUST(here == mount && mounts_above(m, mount->point) == mount);
	MUST(mounts_by_device(m, mount->major, mount->minor) != NULL);
	MUST(!mounts_cannot_hang(m, mount) || mount_knows_by_heart(mount));
	(void)(mount_is_remote(mount) || mount_is_container(mount));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mounts m;
	struct error err;
	char *text;

	if (size > 65536)
		return 0;
	text = malloc(size + 1);
	MUST(text != NULL);
	memcpy(text, data, size);
	text[size] = '\0';
	if (mounts_parse(&m, text, &err) < 0)
		return 0;
	for (size_t i = 0; i < m.count; i++)
		look_up(&m, i);
	mounts_free(&m);
	return 0;
}
