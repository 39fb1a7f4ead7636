/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/file.h"
#include "common/hash.h"
#include "plugins/host/mounts.h"

enum {
	READ_FIRST = 16 * 1024,
	READ_MAX = 64 * 1024 * 1024,
};

static uint64_t
hash_path(const char *path, size_t len)
{
	uint64_t h = HASH_START;

	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)path[i]) * 1099511628211ULL;
	return h ^ h >> 32;
}

/* Where the path is kept, or would be: a slot holds 1 + a mount's number. */
static uint32_t *
find_slot(const struct mounts *m, const char *path, size_t len)
{
	for (uint64_t h = hash_path(path, len);; h++) {
		uint32_t *slot = &m->by_point[h & m->mask];

		if (*slot == 0)
			return slot;

		const char *point = m->all[*slot - 1].point;

		if (strncmp(point, path, len) == 0 && point[len] == '\0')
			return slot;
	}
}

/* The later of two at the same point is on top, unless it was moved there. */
static void
place(struct mounts *m, size_t i)
{
	struct mount *new = &m->all[i], *old;
	uint32_t *slot = find_slot(m, new->point, strlen(new->point));

	if (*slot != 0) {
		old = &m->all[*slot - 1];
		if (old->parent == new->id) {
			new->hidden = old->stacked = true;
			return;
		}
		old->hidden = new->stacked = true;
	}
	*slot = (uint32_t)i + 1;
}

/* The length of the directory that path, up to len, lies in; at least 1. */
static size_t
parent_length(const char *path, size_t len)
{
	while (len > 1 && path[len - 1] != '/')
		len--;
	return len > 1 ? len - 1 : len;
}

static const struct mount *
mount_above(const struct mounts *m, const char *path, size_t len)
{
	for (;;) {
		const struct mount *found = mounts_at(m, path, len);

		if (found != NULL || len <= 1)
			return found;
		len = parent_length(path, len);
	}
}

/* The mount that is seen where this one's mount point is; not for "/". */
static const struct mount *
mount_around(const struct mounts *m, const struct mount *mount)
{
	return mount_above(m, mount->point,
	    parent_length(mount->point, strlen(mount->point)));
}

/*
 * A mount can be reached if the one seen around its mount point is the one it
 * was mounted on; otherwise that came later and hides all that was there.
 */
static bool
is_buried(const struct mounts *m, const struct mount *mount)
{
	const struct mount *around;

	if (mount->stacked || strcmp(mount->point, "/") == 0)
		return false;
	around = mount_around(m, mount);
	return around != NULL && around->id != mount->parent;
}

static int
index_points(struct mounts *m, struct error *err)
{
	size_t size = 16;

	while (size < 2 * m->count)
		size *= 2;
	m->mask = size - 1;
	m->by_point = calloc(size, sizeof *m->by_point);
	if (m->by_point == NULL)
		return error_set(err, "out of memory");
	for (size_t i = 0; i < m->count; i++) {
		if (!m->all[i].hidden)
			place(m, i);
	}
	for (size_t i = 0; i < m->count; i++) {
		struct mount *mount = &m->all[i];

		mount->hidden = mount->hidden || is_buried(m, mount);
	}
	return 0;
}

/* Tells each mount the first one of its device. */
static int
index_devices(struct mounts *m, struct error *err)
{
	uint32_t *slots = calloc(m->mask + 1, sizeof *slots);

	if (slots == NULL)
		return error_set(err, "out of memory");
	for (size_t i = 0; i < m->count; i++) {
		struct mount *mount = &m->all[i];
		size_t at = (mount->major * 2654435761u + mount->minor * 31) &
		    m->mask;

		while (slots[at] != 0 &&
		    (m->all[slots[at] - 1].major != mount->major ||
		    m->all[slots[at] - 1].minor != mount->minor))
			at = (at + 1) & m->mask;
		if (slots[at] == 0)
			slots[at] = (uint32_t)i + 1;
		mount->device = slots[at] - 1;
	}
	free(slots);
	return 0;
}

static size_t
count_lines(const char *text)
{
	size_t n = 1;

	for (const char *p = text; (p = strchr(p, '\n')) != NULL; p++)
		n++;
	return n;
}

static void
parse_lines(struct mounts *m)
{
	char *rest = m->text, *line;
	struct error why;
	size_t number = 0;

	while ((line = strsep(&rest, "\n")) != NULL) {
		number++;
		if (*line == '\0' && rest == NULL)
			break;
		if (mount_parse(&m->all[m->count], line, &why) == 0)
			m->count++;
		else if (m->bad_lines++ == 0)
			error_set(&m->bad, "line %zu: %s", number, why.text);
	}
}

int
mounts_parse(struct mounts *out, char *text, struct error *err)
{
	struct mounts m = { .text = text };

	m.all = calloc(count_lines(text), sizeof *m.all);
	if (m.all == NULL) {
		error_set(err, "out of memory");
		goto fail;
	}
	parse_lines(&m);
	if (index_points(&m, err) < 0 || index_devices(&m, err) < 0)
		goto fail;
	*out = m;
	return 0;
fail:
	mounts_free(&m);
	return -1;
}

/* The rest of fd as a string, allocated; NULL and err if there is none. */
static char *
read_all(int fd, const char *path, struct error *err)
{
	size_t size = READ_FIRST, len = 0;
	char *text = malloc(size), *larger;
	ssize_t got;

	while (text != NULL) {
		got = read(fd, text + len, size - 1 - len);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			error_set(err, "%s: %s", path, strerror(errno));
			free(text);
			return NULL;
		}
		len += (size_t)got;
		if (got == 0) {
			text[len] = '\0';
			return text;
		}
		if (len < size - 1)
			continue;
		size *= 2;
		larger = size <= READ_MAX ? realloc(text, size) : NULL;
		if (larger == NULL)
			free(text);
		text = larger;
	}
	error_set(err, "%s: too large", path);
	return NULL;
}

int
mounts_read(struct mounts *out, const struct run *run, struct error *err)
{
	struct run_path path = run_path(run->procfs, "self/mountinfo");
	int fd = file_open(path.s, err);
	char *text;

	if (fd < 0)
		return -1;
	text = read_all(fd, path.s, err);
	close(fd);
	if (text == NULL || mounts_parse(out, text, err) < 0)
		return -1;
	if (out->bad_lines > 0) {
		struct error why = out->bad;

		error_set(&out->bad, "%.400s: %.80s", path.s, why.text);
	}
	return 0;
}

void
mounts_free(struct mounts *m)
{
	free(m->by_point);
	free(m->all);
	free(m->text);
	*m = (struct mounts){ 0 };
}

/* --- looking up --- */

const struct mount *
mounts_at(const struct mounts *m, const char *path, size_t len)
{
	uint32_t slot = m->count == 0 ? 0 : *find_slot(m, path, len);

	return slot == 0 || m->all[slot - 1].hidden ? NULL : &m->all[slot - 1];
}

const struct mount *
mounts_above(const struct mounts *m, const char *path)
{
	return mount_above(m, path, strlen(path));
}

bool
mounts_cannot_hang(const struct mounts *m, const struct mount *mount)
{
	for (; mount != NULL; mount = mount_around(m, mount)) {
		if (!mount_knows_by_heart(mount) || mount->hidden)
			return false;
		if (strcmp(mount->point, "/") == 0)
			return true;
		if (mount->stacked)
			return false;
	}
	return false;
}

const struct mount *
mounts_by_id(const struct mounts *m, uint64_t id)
{
	for (size_t i = 0; i < m->count; i++) {
		if (m->all[i].id == id)
			return &m->all[i];
	}
	return NULL;
}

static const struct mount *
shorter(const struct mount *a, const struct mount *b)
{
	return a == NULL || strlen(b->point) < strlen(a->point) ? b : a;
}

const struct mount *
mounts_by_device(const struct mounts *m, unsigned major, unsigned minor)
{
	const struct mount *best = NULL;

	for (size_t i = 0; i < m->count; i++) {
		const struct mount *mount = &m->all[i];

		if (!mount->hidden && mount->major == major &&
		    mount->minor == minor)
			best = shorter(best, mount);
	}
	return best;
}

const struct mount *
mounts_by_source(const struct mounts *m, const char *source)
{
	const struct mount *best = NULL;

	for (size_t i = 0; i < m->count; i++) {
		const struct mount *mount = &m->all[i];

		if (!mount->hidden && strcmp(mount->source, source) == 0)
			best = shorter(best, mount);
	}
	return best;
}
