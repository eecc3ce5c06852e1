#ifndef LETHE_CPOSTGRES_SHIM_H
#define LETHE_CPOSTGRES_SHIM_H

#include <libpq-fe.h>
#include <poll.h>

// The fields of an error are told apart by character constants, which Swift imports as numbers of
// another type.
static inline const char *cpostgres_state(const PGresult *result) {
  return PQresultErrorField(result, PG_DIAG_SQLSTATE);
}

static inline const char *cpostgres_message(const PGresult *result) {
  return PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
}

#endif
