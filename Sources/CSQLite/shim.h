#ifndef LETHE_CSQLITE_SHIM_H
#define LETHE_CSQLITE_SHIM_H

#include <sqlite3.h>
#include <sys/fsuid.h>

// sqlite3_db_config is variadic, which Swift cannot call.
static inline int csqlite_configure(sqlite3 *database, int option, int isOn) {
  return sqlite3_db_config(database, option, isOn, (int *)0);
}

// sqlite3_config is variadic too. Without the statistics, which nobody reads, no allocation takes a lock.
static inline int csqlite_leave_out_statistics(void) {
  return sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

#endif
