/* SPDX-License-Identifier: GPL-3.0-or-later */
/* error - why something could not be done, in words for a person */
#ifndef COMMON_ERROR_H
#define COMMON_ERROR_H

/* "what: why", lower case, no full stop; cut where it does not fit. */
struct error {
	char text[512];
	const char *about; /* the option or directive to blame, or NULL */
};

/* Always -1, so that a failure is one line: return error_set(err, ...); */
int error_set(struct error *err, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Says what is to blame, a string that stays; -1. error_set() forgets it. */
int error_about(struct error *err, const char *what);

#endif
