import CLinux
import Glibc

/// What the process is before it does anything.
enum Hardening {
  /// New files are the owner's alone, secrets are in no core dump, a closed pipe is an error.
  static func prepare() {
    umask(0o077)
    var none = rlimit(rlim_cur: 0, rlim_max: 0)
    setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none)
    linux_forbid_core_dumps()
    linux_give_back_freed_memory()
    signal(SIGPIPE, SIG_IGN)
  }
}
