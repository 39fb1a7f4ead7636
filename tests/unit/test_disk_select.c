/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/quantity.h"
#include "plugins/host/disk_select.h"
#include "tests/tap.h"

#define REAL " - ext4 /dev/sda1 rw\n"

static const char machine[] =
    "1 0 8:1 / / rw" REAL
    "2 1 0:2 / /proc rw - proc proc rw\n"
    "3 1 0:3 / /dev rw - devtmpfs udev rw\n"
    "4 3 0:4 / /dev/shm rw - tmpfs tmpfs rw\n"
    "5 1 8:2 / /home rw - xfs /dev/sda2 rw\n"
    "6 1 8:2 /x /srv/home rw - xfs /dev/sda2 rw\n"
    "7 8 0:7 /@ /data/sub/one rw - btrfs /dev/sdb rw\n"
    "8 1 0:7 / /data rw - btrfs /dev/sdb rw\n"
    "9 1 0:9 / /net rw - nfs4 host:/net rw\n"
    "10 1 7:0 / /snap/x/1 ro - squashfs /dev/loop0 ro\n"
    "11 1 11:0 / /cdrom ro - iso9660 /dev/sr0 ro\n"
    "12 1 0:12 / /var/lib/docker/overlay2/a rw - overlay overlay rw\n"
    "13 1 8:1 /v /var/lib/docker/volumes/a rw" REAL
    "14 1 0:14 / /auto rw - autofs auto rw\n"
    "15 1 8:5 / /old rw - ext4 /dev/sdd1 rw\n"
    "16 15 8:6 / /old rw - ext4 /dev/sde1 rw\n";

/* Options as "-w 10% -p /x", split at blanks in storage. */
static void
take(struct disk_config *cfg, char *storage)
{
	static const char bare[] = "AEC";
	char *rest = storage, *word;

	*cfg = (struct disk_config){ .unit = { .bytes = MIB } };
	while ((word = strsep(&rest, " ")) != NULL) {
		struct opt_step *step = &cfg->steps.steps[cfg->steps.count];

		if (strcmp(word, "-l") == 0)
			cfg->local_only = true;
		else if (strcmp(word, "-L") == 0)
			cfg->stat_remote = true;
		else if (strcmp(word, "--remote") == 0)
			cfg->remote = true;
		else if (*word == '-') {
			step->letter = word[1];
			if (strchr(bare, word[1]) == NULL)
				step->value = strsep(&rest, " ");
			cfg->steps.count++;
		}
	}
}

static const char *
name_of(const struct disk *disk)
{
	return disk->path != NULL ? disk->path : disk->mount->point;
}

/* "/=10% /home=5%@group": all selected, with the critical limit of each. */
static void
describe(const struct disk_plan *plan, char *text, size_t size)
{
	struct buf b = buf_on(text, size);

	for (size_t i = 0; i < plan->count; i++) {
		const struct disk *d = &plan->disks[i];
		const struct disk_limits *l = d->limits;

		buf_fmt(&b, "%s%s", i > 0 ? " " : "", name_of(d));
		if (d->state == DISK_NO_MATCH)
			buf_str(&b, "?");
		if (d->state == DISK_NOT_FOUND)
			buf_str(&b, "!");
		if (d->path != NULL && d->mount != NULL)
			buf_fmt(&b, "(%s)", d->mount->point);
		if (d->only_stat)
			buf_str(&b, "~");
		if (l != NULL && l->given)
			buf_fmt(&b, "=%s", number_text(l->ranges[DISK_SPACE]
			    [DISK_WARN][DISK_FREE_PERCENT].max).s);
		if (d->group != NULL)
			buf_fmt(&b, "@%s", d->group);
	}
}

static const struct {
	const char *options, *expected;
} cases[] = {
	/* What is judged by default. */
	{ "", "/ /home /data /old" },
	{ "-w 10%", "/=10 /home=10 /data=10 /old=10" },
	{ "--remote -w 10%", "/=10 /home=10 /data=10 /net=10 /old=10" },
	{ "-l", "/ /home /data /old" },
	{ "-L", "/ /home /data /net~ /old" },
	{ "-N tmpfs", "/dev/shm" },
	{ "-N xfs -N squashfs", "/home /snap/x/1" },
	{ "-X xfs", "/ /data /old" },
	{ "-x /home", "/ /data /old" },
	{ "-x /dev/sda2", "/ /data /old" },
	{ "-x /srv/home", "/ /home /data /old" },
	{ "-N nosuch", "" },

	/* By name. */
	{ "-p /home", "/home" },
	{ "-w 10% -p /home -p /", "/home=10 /=10" },
	{ "-w 10% -p /home/", "/home=10" },
	{ "-w 10% -p /dev/sda2", "/home=10" },
	{ "-w 10% -p /srv/home", "/srv/home=10" },
	{ "-w 10% -p /srv/home -p /home", "/srv/home=10 /home=10" },
	{ "-w 10% -p /cdrom", "/cdrom=10" },
	{ "-w 10% -p /proc", "/proc=10" },
	{ "-w 10% -p /old", "/old=10" },
	{ "-w 10% -p /home/x", "/home/x(/home)=10" },
	{ "-w 10% -p /homes", "/homes(/)=10" },
	{ "-w 10% -p /auto", "/auto(/auto)=10" },
	{ "-w 10% -p relative", "relative=10" },
	{ "-w 10% -E -p /home -p /home/x", "/home=10 /home/x!(/home)=10" },
	{ "-w 10% -p /home -w 5% -p /home", "/home=5" },
	{ "-w 10% -p /a -w 5% -p /a", "/a(/)=5" },
	{ "-w 10% -X xfs -p /home -p /", "/=10" },
	{ "-w 10% -X xfs -p /home/x -p /", "/home/x(/home)=10 /=10" },
	{ "-w 10% -l -p /net -p /", "/=10" },
	{ "-w 10% -L -p /net -p /", "/net~=10 /=10" },

	/* By pattern: each device once. */
	{ "-w 10% -r ^/home", "/home=10" },
	{ "-w 10% -r home", "/home=10" },
	{ "-w 10% -r ^/srv", "/srv/home=10" },
	{ "-w 10% -r ^/srv -w 5% -r home", "/srv/home=5" },
	{ "-w 10% -R ^/HOME", "/home=10" },
	{ "-w 10% -r sdb", "/data=10" },
	{ "-w 10% -r ^/data/", "/data/sub/one=10" },
	{ "-w 10% -r nosuch -p /", "nosuch? /=10" },
	{ "-w 10% -A", "/=10 /proc=10 /dev=10 /dev/shm=10 /home=10 /data=10 "
	    "/net=10 /snap/x/1=10 /var/lib/docker/overlay2/a=10 /auto=10 "
	    "/old=10" },
	{ "-w 10% -A -N iso9660", "/cdrom=10" },
	{ "-w 10% -A -l -X overlay -X autofs -X proc -X squashfs",
	    "/=10 /dev=10 /dev/shm=10 /home=10 /data=10 /old=10" },

	/* Dropped again. */
	{ "-w 10% -A -i ^/(dev$|dev/shm|data|snap|var|auto|proc)",
	    "/=10 /home=10 /net=10 /old=10" },
	{ "-w 10% -p / -p /home -I HOME", "/=10" },
	{ "-w 10% -p / -p /home/x -i home", "/=10" },
	{ "-w 10% -i home", "/=10 /data=10 /old=10" },
	{ "-i home", "/ /data /old" },
	{ "-w 10% -p /home -i home -w 5% -p /home", "/home=5" },
	{ "-w 10% -A -i . -w 5% -r home", "/home=5" },

	/* Limits that change on the way, from --help of the original. */
	{ "-w 10% -c 5% -p /proc -p /home -C -w 7% -p /",
	    "/proc=10 /home=10 /=7" },
	{ "-w 10% -C -w 7% -p /home -C -w 5% -p /data",
	    "/=10 /home=7 /data=5 /old=10" },
	{ "-w 10% -C -w 7% -g some -r ^/(home|data)",
	    "/=10 /home=7@some /data=7@some /old=10" },
	{ "-w 10% -p /home -C", "/home=10" },
	{ "-w 10% -p /home -C -w 5%", "/home=5 /=5 /data=5 /old=5" },
	{ "-C -w 5%", "/=5 /home=5 /data=5 /old=5" },
	{ "-w 10% -g all", "/=10@all /home=10@all /data=10@all "
	    "/old=10@all" },
	{ "-w 10% -g a -p / -C -w 5% -g b -p /home -p /", "/=5@b /home=5@b" },
};

static void
test_cases(const struct mounts *m)
{
	for (size_t i = 0; i < COUNT(cases); i++) {
		char options[256], text[512];
		struct disk_config cfg;
		struct disk_plan plan;
		struct error err;

		(void)snprintf(options, sizeof options, "%s",
		    cases[i].options);
		take(&cfg, options);
		if (!tap_ok(disk_select(&plan, &cfg, m, &err) == 0,
		    cases[i].options))
			continue;
		describe(&plan, text, sizeof text);
		tap_str(text, cases[i].expected, "selects");
		disk_plan_free(&plan);
	}
}

static void
test_rejected(void)
{
	static const struct {
		const char *options, *words;
	} wrong[] = {
		{ "-p / -w 10%", "-p / has no limits" },
		{ "-A -w 10%", "-A has no limits" },
		{ "-w 10% -p / -C -p /home", "-p /home has no limits" },
		{ "-i x -w 10%", "-i x has no limits" },
		{ "-w 10% -r (", "-r '(' is not an expression" },
		{ "-w 10% -A -I [", "-I '[' is not an expression" },
		{ "-w 20:10%", "-w: range '20:10%'" },
		{ "-w 10% -p / -g x", "-g x comes too late" },
		{ "-w 10% -p / -E", "-E comes too late" },
	};

	for (size_t i = 0; i < COUNT(wrong); i++) {
		char options[256];
		struct disk_config cfg;
		struct error err = { .text = "" };

		(void)snprintf(options, sizeof options, "%s",
		    wrong[i].options);
		take(&cfg, options);
		tap_int(disk_select_check(&cfg, &err), -1, wrong[i].options);
		tap_has(err.text, wrong[i].words, "with the reason");
	}
}

int
main(void)
{
	struct mounts m;
	struct error err;

	if (mounts_parse(&m, strdup(machine), &err) < 0)
		return 1;
	test_cases(&m);
	mounts_free(&m);
	test_rejected();
	return tap_done();
}
