/* What reading a database costs at least: steps all rows of all tables, takes every column, and hashes each row's bytes
   with BLAKE2b. Prints the rows and bytes. */
#include <sodium.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

static sqlite3 *database;

static sqlite3_stmt *prepared(const char *sql) {
  sqlite3_stmt *statement;
  if (sqlite3_prepare_v2(database, sql, -1, &statement, NULL) == SQLITE_OK) return statement;
  fprintf(stderr, "%s: %s\n", sql, sqlite3_errmsg(database));
  exit(1);
}

/* Numbers are hashed as the text or the eight bytes they are; a NULL has no bytes. */
static sqlite3_int64 hashed(sqlite3_stmt *row, int columns) {
  crypto_generichash_state state;
  unsigned char hash[32];
  sqlite3_int64 bytes = 0;
  crypto_generichash_init(&state, NULL, 0, sizeof hash);
  for (int column = 0; column < columns; column++) {
    if (sqlite3_column_type(row, column) == SQLITE_INTEGER) {
      sqlite3_int64 number = sqlite3_column_int64(row, column);
      crypto_generichash_update(&state, (const unsigned char *)&number, sizeof number);
      bytes += sizeof number;
    } else {
      const unsigned char *value = sqlite3_column_blob(row, column);
      int size = sqlite3_column_bytes(row, column);
      if (size) crypto_generichash_update(&state, value, size);
      bytes += size;
    }
  }
  crypto_generichash_final(&state, hash, sizeof hash);
  return bytes;
}

int main(int count, char **arguments) {
  sqlite3_int64 rows = 0, bytes = 0;
  if (count != 2 || sodium_init() < 0 || sqlite3_open_v2(arguments[1], &database, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK) return 1;
  sqlite3_exec(database, "BEGIN", NULL, NULL, NULL);
  sqlite3_stmt *tables = prepared("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'");
  while (sqlite3_step(tables) == SQLITE_ROW) {
    char *sql = sqlite3_mprintf("SELECT * FROM \"%w\"", sqlite3_column_text(tables, 0));
    sqlite3_stmt *row = prepared(sql);
    int columns = sqlite3_column_count(row), status;
    for (; (status = sqlite3_step(row)) == SQLITE_ROW; rows++) bytes += hashed(row, columns);
    if (status != SQLITE_DONE) return 1;
    sqlite3_finalize(row);
    sqlite3_free(sql);
  }
  printf("%lld %lld\n", rows, bytes);
  return 0;
}
