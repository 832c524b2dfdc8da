// SPDX-License-Identifier: GPL-2.0-only
/* Give the kernel's random generator a seed of its own, in hex: guests that come of one saved state share all others. */
#include <fcntl.h>
#include <linux/random.h>
#include <stdio.h>
#include <sys/ioctl.h>

#define SEED 32

int main(int argc, char **argv)
{
	struct {
		int bits, size;	/* struct rand_pool_info, whose buffer is a flexible array */
		unsigned char seed[SEED];
	} pool = { .bits = 8 * SEED, .size = SEED };
	int fd = open("/dev/urandom", O_WRONLY);

	for (int at = 0; at < SEED; at++)
		if (argc != 2 || sscanf(argv[1] + 2 * at, "%2hhx", &pool.seed[at]) != 1) {
			fprintf(stderr, "usage: reseed HEX\n");
			return 2;
		}
	if (fd < 0 || ioctl(fd, RNDADDENTROPY, &pool) || ioctl(fd, RNDRESEEDCRNG)) {
		perror("reseed");
		return 1;
	}
	return 0;
}
