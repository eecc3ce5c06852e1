internal import Foundation

/// Where ejabberd keeps its data without an SQL database.
enum MnesiaDirectory {
  /// The file that every such directory has.
  private static let schema = "schema.DAT"

  /// What to say of a path that should be an SQLite file, if Mnesia is what is there; nil otherwise.
  static func objection(to path: String) -> String? {
    let manager = FileManager.default
    var isDirectory: ObjCBool = false
    let exists = manager.fileExists(atPath: path, isDirectory: &isDirectory)
    guard !exists || isDirectory.boolValue else { return nil }
    let directory =
      exists ? path : URL(fileURLWithPath: path).deletingLastPathComponent().path
    guard manager.fileExists(atPath: "\(directory)/\(schema)") else { return nil }
    return
      "\(directory) is a Mnesia database, and there is no SQL database at \(path): Lethe cannot read "
      + "Mnesia. Move ejabberd to SQL: `default_db: sql`, `auth_method: sql` and `sql_type: sqlite` (or "
      + "pgsql) in ejabberd.yml, its schema from its sql directory, and `ejabberdctl export2sql HOST FILE` "
      + "for what is there; then name that database here"
  }
}
