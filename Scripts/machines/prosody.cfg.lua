modules_enabled = { "roster", "saslauth", "tls", "disco", "mam", "vcard4", "private", "posix" }
plugin_paths = { "/usr/share/lethe/modules/prosody" }
authentication = "internal_hashed"
storage = "internal"
c2s_ports = { 15222 }
s2s_ports = {}
interfaces = { "127.0.0.1" }
log = { info = "*syslog" }
pidfile = "/run/prosody/prosody.pid"
VirtualHost "chat.test"
