#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

const int linux_o_path = O_PATH;
const int linux_o_noatime = O_NOATIME;
const int linux_o_tmpfile = O_TMPFILE;
const int linux_seek_data = SEEK_DATA;
const int linux_seek_hole = SEEK_HOLE;
const long linux_utime_omit = UTIME_OMIT;
const int linux_at_empty_path = AT_EMPTY_PATH;

int linux_open_beneath(int directory, const char *path, int flags, mode_t mode) {
  struct open_how how;
  memset(&how, 0, sizeof how);
  how.flags = (uint64_t)(unsigned int)flags;
  how.mode = mode;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  return (int)syscall(SYS_openat2, directory, path, &how, sizeof how);
}

int linux_open_at(int directory, const char *path, int flags, mode_t mode) {
  return openat(directory, path, flags, mode);
}

ssize_t linux_read_link(int directory, const char *name, void *target, size_t byte_count) {
  return readlinkat(directory, name, target, byte_count);
}

const char *linux_next_name(DIR *directory, int *error) {
  for (;;) {
    errno = 0;
    struct dirent *entry = readdir(directory);
    if (entry == NULL) {
      *error = errno;
      return NULL;
    }
    if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
      *error = 0;
      return entry->d_name;
    }
  }
}

int linux_rename_exclusively(int from, const char *name, int to, const char *new_name) {
  return renameat2(from, name, to, new_name, RENAME_NOREPLACE);
}

int linux_exchange(int from, const char *name, int to, const char *other_name) {
  return renameat2(from, name, to, other_name, RENAME_EXCHANGE);
}

int linux_sync_file_system(int descriptor) { return syncfs(descriptor); }

int linux_set_thread_user(uid_t user) { return setfsuid(user); }

int linux_close_others(posix_spawn_file_actions_t *actions) {
  return posix_spawn_file_actions_addclosefrom_np(actions, 3);
}

int linux_forbid_core_dumps(void) { return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); }

void linux_give_back_freed_memory(void) {
  mallopt(M_MMAP_THRESHOLD, 1 << 20);
  mallopt(M_ARENA_MAX, 2);
}

void linux_trim_heaps(void) { malloc_trim(0); }
