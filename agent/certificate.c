/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include "agent/certificate.h"
#include "agent/process.h"
#include "agent/selfsigned.h"
#include "agent/tls_internal.h"
#include "common/file.h"
#include "common/output.h"

#define CERTIFICATE "beffroid-cert.pem"
#define KEY "beffroid-key.pem"
#define LOCK ".beffroid-cert.lock"

enum {
	LOCK_WAIT_MS = 10000, /* making both takes some milliseconds */
	LOCK_POLL_MS = 10,
};

/* What the directory holds; NULL: no such file. */
struct pair {
	EVP_PKEY *key;
	X509 *certificate;
};

struct certificate_paths
certificate_paths(const char *directory)
{
	struct certificate_paths p;

	(void)snprintf(p.certificate, sizeof p.certificate, "%s/%s",
	    directory, CERTIFICATE);
	(void)snprintf(p.key, sizeof p.key, "%s/%s", directory, KEY);
	return p;
}

/* A file as a BIO; *out is NULL if there is none. */
static int
open_pem(const char *path, char *text, size_t size, BIO **out,
    struct error *err)
{
	*out = NULL;
	if (file_read(path, text, size, err) < 0)
		return errno == ENOENT ? 0 : -1;
	*out = BIO_new_mem_buf(text, -1);
	return *out != NULL ? 0 : error_set(err, "%s: out of memory", path);
}

static int
load_key(struct pair *p, const char *path, struct error *err)
{
	char text[16384];
	BIO *bio;
	int rc = open_pem(path, text, sizeof text, &bio, err);

	if (rc == 0 && bio != NULL) {
		p->key = PEM_read_bio_PrivateKey(bio, NULL, tls_no_passphrase,
		    NULL);
		if (p->key == NULL)
			rc = error_set(err, "%s: no key in it", path);
		BIO_free(bio);
	}
	OPENSSL_cleanse(text, sizeof text);
	return rc;
}

static int
load_certificate(struct pair *p, const char *path, struct error *err)
{
	char text[16384];
	BIO *bio;
	int rc = open_pem(path, text, sizeof text, &bio, err);

	if (rc < 0 || bio == NULL)
		return rc;
	p->certificate = PEM_read_bio_X509(bio, NULL, tls_no_passphrase, NULL);
	BIO_free(bio);
	return p->certificate != NULL ? 0 :
	    error_set(err, "%s: no certificate in it", path);
}

static int
load(struct pair *p, const struct certificate_paths *paths, struct error *err)
{
	int rc = -1;

	*p = (struct pair){ .key = NULL };
	if (load_key(p, paths->key, err) == 0)
		rc = load_certificate(p, paths->certificate, err);
	ERR_clear_error();
	return rc;
}

static void
unload(struct pair *p)
{
	EVP_PKEY_free(p->key);
	X509_free(p->certificate);
}

static bool
is_whole(const struct pair *p)
{
	bool whole = p->key != NULL && p->certificate != NULL &&
	    X509_check_private_key(p->certificate, p->key) == 1;

	ERR_clear_error();
	return whole;
}

static int
open_directory(const char *path, struct error *err)
{
	bool made = mkdir(path, 0700) == 0;
	int fd = made || errno == EEXIST ?
	    open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

	if (fd < 0)
		return error_set(err, "%s: %s", path, strerror(errno));
	if (made)
		(void)fchmod(fd, 0700); /* whatever the umask took */
	return fd;
}

/* A descriptor that holds the lock until it is closed. */
static int
lock(int dir, const char *path, struct error *err)
{
	static const struct timespec pause = {
		.tv_nsec = LOCK_POLL_MS * 1000000,
	};
	int fd = openat(dir, LOCK, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC,
	    0600);

	if (fd < 0)
		return error_set(err, "%s: no certificate can be made in it: "
		    "%s", path, strerror(errno));
	for (int ms = 0; ms < LOCK_WAIT_MS; ms += LOCK_POLL_MS) {
		if (flock(fd, LOCK_EX | LOCK_NB) == 0)
			return fd;
		(void)nanosleep(&pause, NULL);
	}
	close(fd);
	return error_set(err, "%s/%s: locked by another process", path, LOCK);
}

/* Renames only what is whole on the disk; the lock is held. */
static int
put_file(int dir, const char *name, mode_t mode, BIO *content)
{
	char aside[64], *bytes = NULL;
	long n = BIO_get_mem_data(content, &bytes);
	int fd, rc;

	(void)snprintf(aside, sizeof aside, "%s.new", name);
	(void)unlinkat(dir, aside, 0); /* of a start that died */
	fd = openat(dir, aside,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -1;
	rc = output_write(fd, bytes, (size_t)n);
	if (rc == 0)
		rc = fchmod(fd, mode); /* whatever the umask took */
	if (rc == 0)
		rc = fsync(fd);
	if (close(fd) < 0)
		rc = -1;
	if (rc == 0)
		rc = renameat(dir, aside, dir, name);
	if (rc == 0)
		return fsync(dir);
	rc = errno;
	(void)unlinkat(dir, aside, 0);
	errno = rc;
	return -1;
}

static int
put_pem(int dir, const char *path, const struct pair *p, bool key,
    struct error *err)
{
	BIO *content = BIO_new(BIO_s_mem());
	int rc = -1;

	if (content == NULL || (key ?
	    PEM_write_bio_PrivateKey(content, p->key, NULL, NULL, 0, NULL,
	    NULL) : PEM_write_bio_X509(content, p->certificate)) != 1)
		error_set(err, "%s: out of memory", path);
	else if (put_file(dir, key ? KEY : CERTIFICATE, key ? 0600 : 0644,
	    content) < 0)
		error_set(err, "%s: %s", path, strerror(errno));
	else
		rc = 0;
	BIO_free(content);
	return rc;
}

/* Makes what p lacks, in an order that never leaves two which differ. */
static int
complete(struct pair *p, int dir, const struct certificate_paths *paths,
    const char *host, struct error *err)
{
	if (p->key == NULL) {
		/* A certificate whose key is gone is of no use to anybody. */
		if (p->certificate != NULL &&
		    (unlinkat(dir, CERTIFICATE, 0) < 0 || fsync(dir) < 0))
			return error_set(err, "%s: %s", paths->certificate,
			    strerror(errno));
		p->key = selfsigned_key(err);
		if (p->key == NULL ||
		    put_pem(dir, paths->key, p, true, err) < 0)
			return -1;
	}
	X509_free(p->certificate);
	p->certificate = selfsigned_certificate(p->key, host, err);
	return p->certificate == NULL ? -1 :
	    put_pem(dir, paths->certificate, p, false, err);
}

/* With the lock: what is there now may be another's work. */
static int
ensure_locked(int dir, const struct certificate_paths *paths,
    const char *host, struct error *err)
{
	struct pair p;
	int rc = -1;

	if (load(&p, paths, err) < 0)
		goto out;
	if (is_whole(&p))
		rc = 0;
	else if (p.key != NULL && p.certificate != NULL)
		error_set(err, "%s: not the key of the certificate %s; remove "
		    "both to have others made", paths->key,
		    paths->certificate);
	else if (complete(&p, dir, paths, host, err) == 0)
		rc = 1;
out:
	unload(&p);
	return rc;
}

int
certificate_ensure(const char *directory, const char *host, struct error *err)
{
	struct certificate_paths paths = certificate_paths(directory);
	struct error none;
	struct pair p;
	bool whole;
	int dir, held, rc = -1;

	if (strlen(directory) + sizeof "/" CERTIFICATE >
	    sizeof paths.certificate)
		return error_set(err, "%.64s...: path too long", directory);
	/* Most starts: not even a directory that can be written is needed. */
	whole = load(&p, &paths, &none) == 0 && is_whole(&p);
	unload(&p);
	if (whole)
		return 0;

	dir = open_directory(directory, err);
	if (dir < 0)
		return -1;
	held = lock(dir, directory, err);
	if (held >= 0) {
		rc = ensure_locked(dir, &paths, host, err);
		close(held);
	}
	close(dir);
	return rc;
}

/* What is asked for. */
struct wanted {
	const char *directory, *host;
};

static int
ensure(void *arg, struct error *err)
{
	const struct wanted *wanted = arg;

	return certificate_ensure(wanted->directory, wanted->host, err);
}

int
certificate_ensure_apart(const char *directory, const char *host,
    struct error *err)
{
	struct wanted wanted = { directory, host };

	return process_apart(ensure, &wanted, err);
}

void
certificate_forget(const char *directory)
{
	static const char *const names[] = { CERTIFICATE, KEY, LOCK };
	int dir = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (dir < 0)
		return;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		(void)unlinkat(dir, names[i], 0);
	close(dir);
}
