import Glibc
import Querying
import Testing

/// Copies and compares schema, settings, header, rows, checks, answers, and a second scan.
func expectExactCopy(_ from: String, _ to: String, _ probes: [String]) throws {
  let source = try SourceDatabase(path: from)
  try copy(source, to: to)
  #expect(access("\(to)-wal", F_OK) != 0 && access("\(to)-shm", F_OK) != 0)
  let result = try SourceDatabase(path: to, access: .atRest)
  #expect(try result.schema() == source.schema())
  #expect(result.header == source.header)
  #expect(try result.integrityCheck() == source.integrityCheck())
  #expect(try result.foreignKeyCheck() == source.foreignKeyCheck())
  #expect(try Scan(result).rows == Scan(source).rows)
  let (original, restored) = (try Workbench(from), try Workbench(to))
  #expect(try restored.everything() == original.everything())
  for probe in probes {
    let answer = try original.lines(probe)
    #expect(!answer.isEmpty)
    #expect(try restored.lines(probe) == answer)
  }
}
