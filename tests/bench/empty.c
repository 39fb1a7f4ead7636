/* SPDX-License-Identifier: GPL-3.0-or-later */
/* empty - the floor: what it costs to start and end any program at all */
int
main(void)
{
	return 0;
}
