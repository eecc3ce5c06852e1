import Glibc

/// Turns the error number of a system call into an error that names the file and the remedy.
enum SystemFailure {
  static func error(_ action: String, _ path: String, _ number: Int32) -> QueryError {
    let reason = String(cString: strerror(number))
    return switch number {
    case ENOENT, ENOTDIR:
      QueryError(.missing, "\(action) \(path): \(reason); check the path in the configuration.")
    case EACCES, EPERM:
      QueryError(.failed, "\(action) \(path): \(reason); run as root or as the file's owner.")
    case EEXIST:
      QueryError(.refused, "\(action) \(path): \(reason); choose a target that does not exist.")
    default:
      QueryError(.failed, "\(action) \(path): \(reason).")
    }
  }
}
