#ifndef LETHE_CSSH2_SHIM_H
#define LETHE_CSSH2_SHIM_H

#include <libssh2.h>
#include <libssh2_sftp.h>

/* libssh2 takes its callbacks as void pointers, into which Swift cannot turn a C function. */
static inline void lethe_ssh2_set_input_output(LIBSSH2_SESSION *session,
                                               LIBSSH2_SEND_FUNC((*send)),
                                               LIBSSH2_RECV_FUNC((*recv))) {
  libssh2_session_callback_set(session, LIBSSH2_CALLBACK_SEND, (void *)send);
  libssh2_session_callback_set(session, LIBSSH2_CALLBACK_RECV, (void *)recv);
}

#endif
