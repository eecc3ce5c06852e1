extension SFTPSession {
  /// Turns a verdict into an error, asking the server for whatever the verdict leaves open.
  func explain(
    _ verdict: Verdict, _ what: String, _ path: String, _ byteCount: Int, _ channel: SFTPChannel
  ) throws(StoreError) -> StoreError {
    let sentence = "\(what) \(path) on \(address) failed: "
    switch verdict {
    case .absent:
      return try absence(sentence, path, channel)
    case .denied:
      return StoreError(
        code: .refused,
        message: sentence + "permission is denied; give \(address.user) the right to"
          + " \(address.path) on the server.")
    case .unsupported:
      return StoreError(
        code: .refused,
        message: sentence + "the server cannot do this; Lethe needs OpenSSH's sftp-server or one"
          + " with its fsync@openssh.com extension.")
    case .full:
      return full(sentence)
    case .done, .failed:
      return try failure(sentence, byteCount, channel)
    }
  }

  private func full(_ sentence: String) -> StoreError {
    StoreError(
      code: .full,
      message: sentence + "no space is left for \(address.user); free some or raise the quota.")
  }

  /// Says which part of the path is missing, since that decides about the remedy.
  private func absence(_ sentence: String, _ path: String, _ channel: SFTPChannel)
    throws(StoreError) -> StoreError
  {
    let (_, verdict) = try channel.status(of: address.path)
    guard path != address.path, verdict == .done else {
      return StoreError(
        code: .missing,
        message: sentence + "\(address.path) or the directory it would be in does not exist;"
          + " check the path in the configuration, or create the directory above it.")
    }
    return StoreError(code: .missing, message: sentence + "there is no such file or directory.")
  }

  /// The server only says "failure": asks about the space before naming a reason.
  private func failure(_ sentence: String, _ byteCount: Int, _ channel: SFTPChannel)
    throws(StoreError) -> StoreError
  {
    if let space = try channel.space(at: address.path) {
      let isShort = space.freeByteCount.map { $0 < max(byteCount, 1) } ?? false
      if isShort || !space.hasFreeNodes { return full(sentence) }
    }
    return StoreError(
      code: .refused,
      message: sentence + "the server gives no reason; space is free, so look for a quota, a limit"
        + " on the length of files, or an error of its disk.")
  }
}
