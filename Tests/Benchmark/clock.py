"""A clock that is ahead, shown to one program at a time."""

import subprocess

SOURCE = """#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static long offset(void) { const char *text = getenv("CLOCK_OFFSET"); return text ? atol(text) : 0; }

int clock_gettime(clockid_t clock, struct timespec *now) {
  int (*real)(clockid_t, struct timespec *) = dlsym(RTLD_NEXT, "clock_gettime");
  int answer = real(clock, now);
  if (answer == 0 && clock == CLOCK_REALTIME) now->tv_sec += offset();
  return answer;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
  struct timespec time;
  if (clock_gettime(CLOCK_REALTIME, &time) != 0) return -1;
  now->tv_sec = time.tv_sec, now->tv_usec = time.tv_nsec / 1000;
  return 0;
}

time_t time(time_t *now) {
  struct timespec time;
  clock_gettime(CLOCK_REALTIME, &time);
  if (now) *now = time.tv_sec;
  return time.tv_sec;
}

/* The remote has a clock as well. */
int link(const char *from, const char *to) {
  int (*real)(const char *, const char *) = dlsym(RTLD_NEXT, "link");
  int answer = real(from, to);
  struct timespec times[2];
  clock_gettime(CLOCK_REALTIME, &times[0]);
  times[1] = times[0];
  if (answer == 0 && strstr(to, "/log/")) utimensat(AT_FDCWD, to, times, 0);
  return answer;
}
"""


class Clock:
    """What makes it, in a directory; needs clang."""

    def __init__(self, directory):
        source, self.library = directory / "clock.c", directory / "clock.so"
        source.write_text(SOURCE)
        subprocess.run(["clang", "-shared", "-fPIC", "-O1", "-o", self.library, source, "-ldl"], check=True)

    def environment(self, seconds):
        """What a program is started with whose clock is to be so many seconds ahead."""
        return {"LD_PRELOAD": str(self.library), "CLOCK_OFFSET": str(seconds)}
