-- Tells Lethe at once that an account was deleted or registered, by one file in its inbox.
--
-- Written for Prosody 0.12. Without it Lethe learns of a deletion from its next run, and may not be able
-- to tell somebody who registers a deleted name between two runs from the one who had it before.
--
-- 1. Copy this file into a directory of your own and name that in /etc/prosody/prosody.cfg.lua:
--
--      plugin_paths = { "/usr/local/lib/prosody/modules" }
--
-- 2. Let the server's user into the group of the inbox, which Lethe's package made:
--
--      adduser prosody lethe-inbox
--
--    Without the package, make both before:
--
--      addgroup --system lethe-inbox
--      install -d -o root -g lethe-inbox -m 2770 /var/spool/lethe/inbox
--
--    Prosody must be able to pass through every directory above it: test it with
--
--      runuser -u prosody -- test -w /var/spool/lethe/inbox && echo good
--
-- 3. Add "lethe_inbox" to the global modules_enabled, and restart Prosody. The option is global too:
--
--      lethe_inbox = "/var/spool/lethe/inbox"
--
-- It covers what the running server does: the client's request, `prosodyctl shell user delete`, the ad-hoc
-- command. It does NOT see `prosodyctl deluser` of 0.12, which works beside the server; Lethe learns of that
-- from its next run, or from `lethe erase`. Of registrations it sees those of clients only.
--
-- An event is a file with a random name, which appears whole or not at all and holds one line: `deleted`
-- or `registered`, the bare address, the time in seconds since 1970. Neither Lua nor Prosody 0.12 (util.pposix)
-- can synchronise a file with the disk, so after a power failure an event of the last seconds may be missing
-- or empty; Lethe's next run then finds the deletion by itself.

local random = require "util.random";
local to_hex = require "util.hex".to;

local inbox = module:get_option_string("lethe_inbox", "/var/spool/lethe/inbox");

local function write(path, line)
	local file, reason = io.open(path, "w");
	if not file then return nil, reason; end
	local written, flushed, closed;
	written, reason = file:write(line);
	if written then flushed, reason = file:flush(); end
	if flushed then
		closed, reason = file:close();
	else
		file:close();
	end
	return closed, reason;
end

local function deliver(what, event)
	local line = ("%s %s@%s %d\n"):format(what, event.username, event.host, os.time());
	local name = to_hex(random.bytes(16));
	local temporary = inbox .. "/." .. name;
	local done, reason = write(temporary, line);
	if done then done, reason = os.rename(temporary, inbox .. "/" .. name); end
	if not done then os.remove(temporary); end
	return done, reason;
end

-- An error that left here would stop the deletion half-way.
local function report(what, event)
	local called, done, reason = pcall(deliver, what, event);
	if not (called and done) then
		module:log("error", "Cannot report to Lethe that an account was registered or deleted, in the inbox %s: %s",
			inbox, called and reason or done);
	end
end

-- Before all other handlers, since the account itself is gone already.
local first = 1000;

module:hook_global("user-deleted", function (event)
	if event.host == module.host then report("deleted", event); end
end, first);

-- The client's own request, which deletes too: the same is said twice.
module:hook("user-deregistered", function (event) report("deleted", event); end, first);

module:hook("user-registered", function (event) report("registered", event); end, first);
