/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fuse_hang - an empty file system that answers, or takes a request and never
 * does
 *
 * usage: fuse_hang statfs|getattr|lookup|nothing SOURCE DIRECTORY
 *
 * Mounts itself, prints "ready", and serves until it is killed, which also
 * frees whoever waits. The first argument is the request left unanswered.
 * /dev/fuse is spoken directly (linux/fuse.h), so that no library is needed.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum {
	REQUEST_MAX = 256 * 1024, /* a write of 128 KiB, and then some */
};

static void
reply(int fd, const struct fuse_in_header *in, int error, const void *body,
    size_t size)
{
	struct fuse_out_header out = {
		.len = (uint32_t)(sizeof out + size),
		.error = -error,
		.unique = in->unique,
	};
	struct iovec iov[2] = {
		{ .iov_base = &out, .iov_len = sizeof out },
		{ .iov_base = (void *)(uintptr_t)body, .iov_len = size },
	};

	(void)!writev(fd, iov, size > 0 ? 2 : 1);
}

static void
answer_init(int fd, const struct fuse_in_header *in)
{
	struct fuse_init_out out = {
		.major = FUSE_KERNEL_VERSION,
		.minor = FUSE_KERNEL_MINOR_VERSION,
		.max_readahead = 4096,
		.max_write = 4096,
	};

	reply(fd, in, 0, &out, sizeof out);
}

/* Always asked again, never from a cache. */
static void
answer_getattr(int fd, const struct fuse_in_header *in)
{
	struct fuse_attr_out out = {
		.attr = { .ino = 1, .mode = S_IFDIR | 0755, .nlink = 2 },
	};

	reply(fd, in, 0, &out, sizeof out);
}

/* 1,000 blocks of 4 KiB, 300 of them used, 100 reserved; no inodes. */
static void
answer_statfs(int fd, const struct fuse_in_header *in)
{
	struct fuse_statfs_out out = {
		.st = { .blocks = 1000, .bfree = 700, .bavail = 600,
		    .bsize = 4096, .frsize = 4096, .namelen = 255 },
	};

	reply(fd, in, 0, &out, sizeof out);
}

static void
serve(int fd, uint32_t unanswered)
{
	static _Alignas(struct fuse_in_header) char request[REQUEST_MAX];

	for (;;) {
		const struct fuse_in_header *in = (const void *)request;
		ssize_t n = read(fd, request, sizeof request);

		if (n < 0 && (errno == EINTR || errno == ENOENT))
			continue;
		if (n < (ssize_t)sizeof *in)
			return; /* unmounted */
		if (in->opcode == unanswered || in->opcode == FUSE_FORGET ||
		    in->opcode == FUSE_INTERRUPT)
			continue;
		if (in->opcode == FUSE_INIT)
			answer_init(fd, in);
		else if (in->opcode == FUSE_GETATTR)
			answer_getattr(fd, in);
		else if (in->opcode == FUSE_STATFS)
			answer_statfs(fd, in);
		else if (in->opcode == FUSE_LOOKUP)
			reply(fd, in, ENOENT, NULL, 0);
		else
			reply(fd, in, ENOSYS, NULL, 0);
	}
}

int
main(int argc, char *argv[])
{
	char options[128];
	uint32_t unanswered = 0;
	int fd;

	if (argc != 4)
		return 2;
	if (strcmp(argv[1], "statfs") == 0)
		unanswered = FUSE_STATFS;
	else if (strcmp(argv[1], "getattr") == 0)
		unanswered = FUSE_GETATTR;
	else if (strcmp(argv[1], "lookup") == 0)
		unanswered = FUSE_LOOKUP;

	fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	(void)snprintf(options, sizeof options, "fd=%d,rootmode=40000,"
	    "user_id=0,group_id=0,allow_other", fd);
	if (fd < 0 || mount(argv[2], argv[3], "fuse.hang", 0, options) < 0) {
		perror("fuse_hang");
		return 1;
	}
	(void)!write(STDOUT_FILENO, "ready\n", 6);
	serve(fd, unanswered);
	return 0;
}
