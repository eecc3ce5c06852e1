/// A small generator of random numbers that a seed repeats.
struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

/// Scripts that make databases nobody thought of.
enum RandomDatabase {
  static func script(using generator: inout SplitMix) -> String {
    let encoding = ["UTF-8", "UTF-16le", "UTF-16be"].randomElement(using: &generator) ?? "UTF-8"
    let size = [512, 1024, 4096, 65536].randomElement(using: &generator) ?? 512
    var script = "PRAGMA page_size=\(size); PRAGMA encoding='\(encoding)';"
    script += "PRAGMA auto_vacuum=\(Int.random(in: 0...2, using: &generator));"
    script += "PRAGMA journal_mode=WAL; BEGIN;"
    for table in 0..<Int.random(in: 1...4, using: &generator) {
      script += self.table("t\(table)", using: &generator)
    }
    return script + "COMMIT;"
  }

  private static func table(_ name: String, using generator: inout SplitMix) -> String {
    let types = ["", "INT", "TEXT", "REAL", "NUMERIC", "BLOB", "INTEGER"]
    let collations = ["", " COLLATE NOCASE", " COLLATE RTRIM"]
    let count = Int.random(in: 1...5, using: &generator)
    var columns = (0..<count).map { column in
      "c\(column) \(types.randomElement(using: &generator) ?? "")"
        + (collations.randomElement(using: &generator) ?? "")
        + (Int.random(in: 0..<4, using: &generator) == 0 ? " UNIQUE" : "")
    }
    var ending = ""
    switch Int.random(in: 0..<4, using: &generator) {
    case 0:
      columns.insert("k INTEGER PRIMARY KEY", at: Int.random(in: 0...count, using: &generator))
    case 1:
      columns.append("PRIMARY KEY(c0 DESC)")
      ending = " WITHOUT ROWID"
    case 2: columns.append("v AS (c0 || 'v')")
    default: break
    }
    var script = "CREATE TABLE \(name)(\(columns.joined(separator: ", ")))\(ending);"
    let names = (0..<count).map { "c\($0)" }
    for _ in 0..<Int.random(in: 0...60, using: &generator) {
      let values = names.map { _ in value(using: &generator) }
      script += "INSERT OR IGNORE INTO \(name)(\(names.joined(separator: ","))) "
      script += "VALUES (\(values.joined(separator: ",")));"
    }
    let order = Bool.random(using: &generator) ? " DESC" : ""
    script += "CREATE INDEX \(name)_i ON \(name)(\(names.shuffled(using: &generator)[0])\(order));"
    return script
  }

  private static func value(using generator: inout SplitMix) -> String {
    let number = Int64(bitPattern: generator.next())
    let bytes = (0..<Int.random(in: 0...40, using: &generator)).map { _ in
      let byte = UInt8.random(in: 0...255, using: &generator)
      return String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
    }
    switch Int.random(in: 0..<8, using: &generator) {
    case 0: return "NULL"
    case 1: return "\(number)"
    case 2: return "\(number % 100)"
    case 3: return "\(Double(number) / 1024)"
    case 4: return "CAST(x'\(bytes.joined())' AS TEXT)"
    case 5: return "x'\(bytes.joined())'"
    case 6: return "'\(number % 1000)'"
    default: return "zeroblob(\(abs(number % 9000)))"
    }
  }
}
