/// Values that belong to nobody and mention people, in the shape in which servers write them.
///
/// Tybalt and Zoë are the ones whom tests erase.
package enum SharedValues {
  /// Bare addresses of those whom tests erase.
  package static let erased: Set<String> = ["tybalt@verona.example", "zoë@verona.example"]

  /// Whether an address is one of theirs.
  package static func isErased(_ address: [UInt8]) -> Bool {
    erased.contains(String(decoding: address, as: UTF8.self))
  }

  /// The options of a room as ejabberd 23.01 writes them: `people` stands in four lists.
  package static func room(
    affiliations: String, roles: String = "", whitelist: String = "", hats: String = "",
    author: String = "<<\"romeo\">>"
  ) -> String {
    "[{title,<<\"The balcony\">>},{description,<<\"Ask tybalt@verona.example, who owns it\">>},"
      + "{allow_change_subj,true},{allow_query_users,true},{allow_private_messages,true},"
      + "{allow_private_messages_from_visitors,anyone},{allow_visitor_status,true},{public,true},"
      + "{persistent,true},{moderated,true},{members_only,false},{password_protected,false},"
      + "{password,<<>>},{anonymous,true},{max_users,200},{mam,true},"
      + "{presence_broadcast,[moderator,participant,visitor]},{voice_request_min_interval,1800},"
      + "{vcard,<<>>},{vcard_xupdate,undefined},{pubsub,<<>>},{lang,<<\"en\">>},"
      + "{captcha_whitelist,[\(whitelist)]},{affiliations,[\(affiliations)]},{roles,[\(roles)]},"
      + "{subject,[{text,<<>>,<<\"A plague on \\\"both\\\" houses\\n\">>}]},"
      + "{subject_author,\(author)},{hats_users,[\(hats)]},{hibernation_time,undefined}]"
  }

  /// An address as ejabberd keeps it in a term; bytes that Latin-1 cannot print become numbers.
  package static func jid(_ node: String) -> String {
    let isPlain = node.utf8.allSatisfy { !(0x7f...0x9f ~= $0) }
    let text = isPlain ? "\"\(node)\"" : node.utf8.map { "\($0)" }.joined(separator: ",")
    return "{<<\(text)>>,<<\"verona.example\">>,<<>>}"
  }

  /// The element of `affiliations` for a person.
  package static func affiliation(_ node: String, _ name: String = "member") -> String {
    "{\(jid(node)),{\(name),<<>>}}"
  }

  /// A room that mentions both, each more than once.
  package static let erlangRoom = room(
    affiliations: [
      affiliation("tybalt", "owner"), affiliation("juliet", "owner"), affiliation("zoë"),
      "{\(jid("romeo")),outcast}",
    ].joined(separator: ","),
    roles: "{\(jid("juliet")),moderator},{\(jid("tybalt")),visitor}", whitelist: jid("zoë"),
    hats: "{\(jid("tybalt")),[{<<\"urn:hat:1\">>,<<\"Prince\">>}]}")

  /// Rows of Prosody's table `prosody` of type `json`: reserved nicks, affiliations and subscribers.
  package static let json = [
    #"{"tybalt@verona.example":{"reserved_nickname":"tyb"},"juliet@verona.example":"#
      + #"{"reserved_nickname":"jul"},"zoë@verona.example":{"reserved_nickname":"z"}}"#,
    #"{"subject":"by tybalt@verona.example","subject_from":"balcony@rooms.example/tybalt","#
      + #""archiving":true,"occupant_id_salt":"339dc7db-cdf5","subject_time":1795348388}"#,
    #"{"affiliations":{"juliet@verona.example":"owner","tybalt@verona.example":"publisher"},"#
      + #""subscribers":{"zoë@verona.example":true},"name":"news","config":{"max_items":20}}"#,
    #"{"__hash":[false,{"pending":{"tybalt@verona.example":true},"version":17}]}"#,
  ]

  /// A room's file under `config/` as Prosody 0.12 writes it.
  package static let luaRoom = """
    return {
    \t["tybalt@verona.example"] = "owner";
    \t["juliet@verona.example"] = "admin";
    \t["_data"] = {
    \t\t["name"] = "The balcony of tybalt@verona.example";
    \t\t["subject_time"] = 1795348388;
    \t\t["persistent"] = true;
    \t\t["language"] = "en";
    \t};
    \t["_jid"] = "balcony@rooms.example";
    \t["zo\\195\\171@verona.example"] = "member";
    \t["_affiliation_data"] = {
    \t\t["tybalt@verona.example"] = {
    \t\t\t["reserved_nickname"] = "tyb";
    \t\t};
    \t};
    };

    """

  /// A component's list of uploads as Prosody's internal storage keeps it.
  package static let luaItems =
    upload("a_1-", of: "juliet@verona.example") + upload("b2", of: "tybalt@verona.example")
    + upload("c3", of: "zo\\195\\171@verona.example") + upload("d4", of: "tybalt@verona.example")

  /// One item of such a list.
  package static func upload(
    _ slot: String, of owner: String, at time: Int = 1_795_369_644
  ) -> String {
    """
    item({
    \t["attr"] = {
    \t\t["xmlns"] = "urn:xmpp:http:upload:0";
    \t\t["filename"] = "small.bin";
    \t\t["size"] = "1096";
    \t};
    \t["name"] = "request";
    \t["with"] = "\(owner)";
    \t["when"] = \(time);
    \t["key"] = "\(slot)";
    });

    """
  }
}
