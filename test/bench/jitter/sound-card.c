// A sound card for baresip, put before libasound: it takes what is to be played at an even 8 kHz, the moment it is written, and keeps it with
// the time in $SOUND_CARD. Each record is the time in ns (CLOCK_MONOTONIC, 8 bytes), the number of samples (8 bytes), and the 16-bit samples.

#include <stdio.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#define RATE 8000

static FILE *kept;
static struct timespec beat;
static int card;

int snd_pcm_open(void **pcm, const char *name, int stream, int mode)
{
	(void)name; (void)mode;
	if (stream != 0)
		return -19;
	kept = fopen(getenv("SOUND_CARD"), "wb");
	clock_gettime(CLOCK_MONOTONIC, &beat);
	*pcm = &card;
	return kept ? 0 : -19;
}

long snd_pcm_writei(void *pcm, const void *samples, unsigned long count)
{
	struct timespec now;
	int64_t head[2];
	(void)pcm;
	clock_gettime(CLOCK_MONOTONIC, &now);
	head[0] = now.tv_sec * 1000000000LL + now.tv_nsec;
	head[1] = (int64_t)count;
	fwrite(head, sizeof head, 1, kept);
	fwrite(samples, 2, count, kept);
	fflush(kept);
	beat.tv_nsec += (long)(count * (1000000000 / RATE));
	while (beat.tv_nsec >= 1000000000) {
		beat.tv_nsec -= 1000000000;
		beat.tv_sec++;
	}
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &beat, NULL))
		;
	return (long)count;
}

int snd_pcm_close(void *pcm) { (void)pcm; return kept ? fclose(kept) : 0; }
int snd_pcm_drain(void *pcm) { (void)pcm; return 0; }
int snd_pcm_start(void *pcm) { (void)pcm; return 0; }
int snd_pcm_prepare(void *pcm) { (void)pcm; return 0; }
int snd_pcm_hw_params(void *pcm, void *params) { (void)pcm; (void)params; return 0; }
int snd_pcm_hw_params_any(void *pcm, void *params) { (void)pcm; (void)params; return 0; }
int snd_pcm_hw_params_malloc(void **params) { *params = &card; return 0; }
void snd_pcm_hw_params_free(void *params) { (void)params; }
int snd_pcm_hw_params_set_access(void *pcm, void *params, int access) { (void)pcm; (void)params; (void)access; return 0; }
int snd_pcm_hw_params_set_format(void *pcm, void *params, int format) { (void)pcm; (void)params; (void)format; return 0; }
int snd_pcm_hw_params_set_rate(void *pcm, void *params, unsigned rate, int direction)
{
	(void)pcm; (void)params; (void)direction;
	return rate == RATE ? 0 : -22;
}
int snd_pcm_hw_params_set_channels(void *pcm, void *params, unsigned channels)
{
	(void)pcm; (void)params;
	return channels == 1 ? 0 : -22;
}
int snd_pcm_hw_params_set_period_size_near(void *pcm, void *params, unsigned long *size, int *direction)
{
	(void)pcm; (void)params; (void)size; (void)direction;
	return 0;
}
int snd_pcm_hw_params_set_buffer_size_near(void *pcm, void *params, unsigned long *size)
{
	(void)pcm; (void)params; (void)size;
	return 0;
}
