/* Makes the n-th call that changes the disk fail, below Python: SQLite's and FAISS's calls, too.

   FAIL_UNDER is the folder that counts, FAIL_AT the number of the call (none: only count), FAIL_WITH
   the errno. On a disk that is full, half of what was to be written is there. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static long count;

static int under(const char *path) {
  const char *folder = getenv("FAIL_UNDER");
  return folder && path && strncmp(path, folder, strlen(folder)) == 0;
}

static int fd_under(int fd) {
  char link[64], path[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t n = readlink(link, path, sizeof path - 1);
  if (n < 0) return 0;
  path[n] = 0;
  return under(path);
}

static int fails(void) {
  const char *at = getenv("FAIL_AT");
  count++;
  if (!at || atol(at) != count) return 0;
  errno = atoi(getenv("FAIL_WITH"));
  return 1;
}

#define REAL(type, name, ...) \
  static type (*real)(__VA_ARGS__); \
  if (!real) real = (type (*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

ssize_t write(int fd, const void *data, size_t size) {
  REAL(ssize_t, "write", int, const void *, size_t);
  if (fd > 2 && fd_under(fd) && fails()) {
    int code = errno;
    if (code == ENOSPC && real(fd, data, size / 2) < 0) return -1;
    errno = code;
    return -1;
  }
  return real(fd, data, size);
}

ssize_t pwrite64(int fd, const void *data, size_t size, off64_t at) {
  REAL(ssize_t, "pwrite64", int, const void *, size_t, off64_t);
  if (fd_under(fd) && fails()) {
    int code = errno;
    if (code == ENOSPC && real(fd, data, size / 2, at) < 0) return -1;
    errno = code;
    return -1;
  }
  return real(fd, data, size, at);
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t at) {
  return pwrite64(fd, data, size, at);
}

#define ON_FD(name) \
  int name(int fd) { \
    REAL(int, #name, int); \
    return fd_under(fd) && fails() ? -1 : real(fd); \
  }
ON_FD(fsync)
ON_FD(fdatasync)

int ftruncate64(int fd, off64_t size) {
  REAL(int, "ftruncate64", int, off64_t);
  return fd_under(fd) && fails() ? -1 : real(fd, size);
}

int ftruncate(int fd, off_t size) { return ftruncate64(fd, size); }

#define ON_PATHS(name) \
  int name(const char *from, const char *to) { \
    REAL(int, #name, const char *, const char *); \
    return under(to) && fails() ? -1 : real(from, to); \
  }
ON_PATHS(rename)
ON_PATHS(link)

int linkat(int a, const char *from, int b, const char *to, int flags) {
  REAL(int, "linkat", int, const char *, int, const char *, int);
  return under(to) && fails() ? -1 : real(a, from, b, to, flags);
}

#define ON_PATH(name) \
  int name(const char *path) { \
    REAL(int, #name, const char *); \
    return under(path) && fails() ? -1 : real(path); \
  }
ON_PATH(unlink)
ON_PATH(rmdir)

int mkdir(const char *path, mode_t mode) {
  REAL(int, "mkdir", const char *, mode_t);
  return under(path) && fails() ? -1 : real(path, mode);
}

long failing_calls(void) { return count; }
