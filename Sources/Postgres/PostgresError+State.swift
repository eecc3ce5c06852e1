extension PostgresError {
  /// Puts what a server answers, with its five-letter state, into the kinds of failure.
  init(state: String, reason: String, place: String) {
    // What it says of a value that does not convert repeats the value, which may name somebody.
    guard !state.hasPrefix("22") else {
      self.init(
        .failed,
        "\(place): a value is not of the kind that the expression or query expects (SQLSTATE \(state)); "
          + "correct the profile.")
      return
    }
    let text = "\(place): \(reason)"
    switch state {
    case "42P01", "42703", "42883", "3F000": self.init(.missing, "\(text); correct the profile.")
    case "42501":
      self.init(
        .denied,
        "\(text); give the role what it needs: `GRANT pg_read_all_data TO NAME`, and BYPASSRLS where "
          + "tables have row security.")
    case "57014":
      self.init(
        .failed,
        "\(text): it took too long; see whether the profile's expression needs an index.")
    case "55P03":
      self.init(.busy, "\(text): somebody holds the table; run again when that is done.")
    case "XX001", "XX002": self.init(.damaged, "\(text); see to the server's disk.")
    case "53100", "53200", "53300", "53400", "57P01", "57P02", "57P03", "57P05", "40001":
      self.init(.unreachable, "\(text); run again when the server can.")
    case _ where state.hasPrefix("08"): self.init(.unreachable, "\(text); run again.")
    default: self.init(.failed, "\(text) (SQLSTATE \(state)).")
    }
  }
}
