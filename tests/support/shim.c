/* Preloaded into the daemon: a host that fails when the test says so.
 *
 * The file named by MONITOR_SHIM holds one struct orders, which the test rewrites while the daemon runs.
 * Writes to files whose name ends in `suffix` fail with `error`, or end the process when `writes_left` runs out;
 * both clocks are moved by whole seconds.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

struct orders {
  int64_t wall_offset;
  int64_t monotonic_offset;
  int32_t error;
  int32_t writes_left; /* the write that makes it 0 is the last thing the process does. */
  char suffix[48];
};

static volatile struct orders *orders;

__attribute__((constructor)) static void open_orders(void) {
  const char *path = getenv("MONITOR_SHIM");
  int file = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
  if (file < 0) return;
  void *mapped = mmap(NULL, sizeof(struct orders), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  close(file);
  if (mapped != MAP_FAILED) orders = mapped;
}

static int meant(int file) {
  char link[64], path[4096];
  if (!orders || !orders->suffix[0] || (!orders->error && !orders->writes_left)) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return 0;
  path[length] = 0;
  size_t wanted = strlen((const char *)orders->suffix);
  return (size_t)length >= wanted && !strcmp(path + length - wanted, (const char *)orders->suffix);
}

/* Returns nonzero if the call must fail; the error is set. */
static int struck(int file) {
  if (!meant(file)) return 0;
  if (orders->writes_left && --orders->writes_left == 0) kill(getpid(), SIGKILL);
  if (!orders->error) return 0;
  errno = orders->error;
  return 1;
}

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t pwrite64(int file, const void *bytes, size_t count, off64_t at) {
  return struck(file) ? -1 : NEXT(pwrite64)(file, bytes, count, at);
}
ssize_t pwrite(int file, const void *bytes, size_t count, off_t at) {
  return struck(file) ? -1 : NEXT(pwrite)(file, bytes, count, at);
}
ssize_t write(int file, const void *bytes, size_t count) {
  return struck(file) ? -1 : NEXT(write)(file, bytes, count);
}
int ftruncate64(int file, off64_t length) {
  return struck(file) ? -1 : NEXT(ftruncate64)(file, length);
}

static int64_t offset_of(clockid_t clock) {
  if (!orders) return 0;
  if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE) return orders->wall_offset;
  if (clock == CLOCK_MONOTONIC || clock == CLOCK_MONOTONIC_COARSE || clock == CLOCK_BOOTTIME)
    return orders->monotonic_offset;
  return 0;
}

int clock_gettime(clockid_t clock, struct timespec *told) {
  int result = NEXT(clock_gettime)(clock, told);
  if (!result) told->tv_sec += offset_of(clock);
  return result;
}
int gettimeofday(struct timeval *restrict told, void *restrict zone) {
  int result = NEXT(gettimeofday)(told, zone);
  if (!result && orders) told->tv_sec += orders->wall_offset;
  return result;
}
time_t time(time_t *told) {
  time_t now = NEXT(time)(NULL) + (orders ? orders->wall_offset : 0);
  if (told) *told = now;
  return now;
}

/* Sleeps until a moment of a moved clock: the kernel knows the real ones only. */
static struct timespec real(clockid_t clock, const struct timespec *moment) {
  struct timespec told = *moment;
  told.tv_sec -= offset_of(clock);
  return told;
}

int clock_nanosleep(clockid_t clock, int flags, const struct timespec *asked, struct timespec *left) {
  struct timespec until = flags & TIMER_ABSTIME ? real(clock, asked) : *asked;
  return NEXT(clock_nanosleep)(clock, flags, &until, left);
}
int sem_clockwait(sem_t *semaphore, clockid_t clock, const struct timespec *asked) {
  struct timespec until = real(clock, asked);
  return NEXT(sem_clockwait)(semaphore, clock, &until);
}
int sem_timedwait(sem_t *semaphore, const struct timespec *asked) {
  struct timespec until = real(CLOCK_REALTIME, asked);
  return NEXT(sem_timedwait)(semaphore, &until);
}
int pthread_cond_clockwait(pthread_cond_t *condition, pthread_mutex_t *mutex, clockid_t clock,
                           const struct timespec *asked) {
  struct timespec until = real(clock, asked);
  return NEXT(pthread_cond_clockwait)(condition, mutex, clock, &until);
}
