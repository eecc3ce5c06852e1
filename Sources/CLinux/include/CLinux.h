/// The Linux calls and constants that Swift cannot import: variadic, behind feature macros,
/// or without a wrapper in the C library. Every function returns -1 and sets `errno` on failure
/// unless it says otherwise.
#ifndef CLINUX_H
#define CLINUX_H

#include <dirent.h>
#include <spawn.h>
#include <stdint.h>
#include <sys/types.h>

/// Opens a path without ever leaving `directory` and without following any symbolic link.
/// Calls openat2(2) with RESOLVE_BENEATH, RESOLVE_NO_SYMLINKS and RESOLVE_NO_MAGICLINKS.
/// `mode` must be 0 unless the flags create a file.
int linux_open_beneath(int directory, const char *path, int flags, mode_t mode);

/// Opens a path relative to `directory`: openat(2), which is variadic in C.
int linux_open_at(int directory, const char *path, int flags, mode_t mode);

/// Puts the target of the link `name` into `target`, at most `byte_count` bytes and no NUL, and
/// returns its length. An empty name stands for the link that `directory` itself is.
ssize_t linux_read_link(int directory, const char *name, void *target, size_t byte_count);

/// The name of the next entry other than "." and "..", valid until the next call on `directory`.
/// NULL at the end, with `*error` 0, or after a failure, with the error's number in `*error`.
/// An entry is as long as its name; Swift sees it with room for the longest name, and a copy of that
/// reads beyond the C library's buffer. So no Swift code touches the entry itself.
const char *linux_next_name(DIR *directory, int *error);

/// Moves a name, failing with EEXIST when the new name is taken.
int linux_rename_exclusively(int from, const char *name, int to, const char *new_name);

/// Swaps two names in one step: there is no moment at which either is absent.
int linux_exchange(int from, const char *name, int to, const char *other_name);

/// Writes back everything of the file system that holds `descriptor`, and reports what failed
/// to be written since the descriptor was opened.
int linux_sync_file_system(int descriptor);

/// Sets the user as whom the calling thread, and no other, meets file permissions.
/// Returns the user before; a failure is not told.
int linux_set_thread_user(uid_t user);

/// Flags of open(2) that the C library hides behind feature macros.
extern const int linux_o_path;
extern const int linux_o_noatime;
extern const int linux_o_tmpfile;

/// Origins of lseek(2): the next data, the next hole.
extern const int linux_seek_data;
extern const int linux_seek_hole;

/// The nanoseconds value that tells utimensat(2) to leave a time as it is.
extern const long linux_utime_omit;

/// Lets the *at calls act on the descriptor itself when the path is empty.
extern const int linux_at_empty_path;

/// Leaves a program that is started nothing open but its input, its output and its errors.
/// Returns the error's number, or 0.
int linux_close_others(posix_spawn_file_actions_t *actions);

/// Keeps the process's memory out of core dumps and out of other processes' reach: prctl(2).
int linux_forbid_core_dumps(void);

/// Makes every allocation of 1 MiB or more a mapping of its own, which goes back to the system when
/// it is freed, and keeps threads to two heaps: otherwise the buffers of segments and packs stay
/// behind as holes in as many heaps as there are threads.
void linux_give_back_freed_memory(void);

/// Gives the free pages of all heaps back to the system: malloc_trim(3).
void linux_trim_heaps(void);

#endif
