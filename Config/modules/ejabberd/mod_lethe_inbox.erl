%%% Tells Lethe at once that an account was deleted or registered, by one file in its inbox.
%%%
%%% Written for ejabberd 23.01. Without it Lethe learns of a deletion from its next run, and takes
%%% somebody who registers a deleted name between two runs for new by the date of registration alone.
%%%
%%% 1. Compile, on the server's own machine, and again whenever Erlang gets a new major version:
%%%
%%%      install -d /usr/local/lib/lethe/ebin
%%%      ERL_LIBS=/usr/lib/$(uname -m)-linux-gnu erlc -o /usr/local/lib/lethe/ebin mod_lethe_inbox.erl
%%%
%%%    and let ejabberd find it, by a line at the end of /etc/ejabberd/ejabberdctl.cfg:
%%%
%%%      ERL_OPTIONS="$ERL_OPTIONS -pa /usr/local/lib/lethe/ebin"
%%%
%%% 2. Let the server's user into the group of the inbox, which Lethe's package made:
%%%
%%%      adduser ejabberd lethe-inbox
%%%
%%%    Without the package, make both before:
%%%
%%%      addgroup --system lethe-inbox
%%%      install -d -o root -g lethe-inbox -m 2770 /var/spool/lethe/inbox
%%%
%%%    ejabberd must be able to pass through every directory above it: test it with
%%%
%%%      runuser -u ejabberd -- test -w /var/spool/lethe/inbox && echo good
%%%
%%%    Where AppArmor enforces the profile of ejabberdctl (Debian's only complains), add to
%%%    /etc/apparmor.d/local/usr.sbin.ejabberdctl:   /var/spool/lethe/inbox/** rw,
%%%
%%% 3. Load it in /etc/ejabberd/ejabberd.yml, under `modules`, and restart ejabberd:
%%%
%%%      mod_lethe_inbox:
%%%        inbox: /var/spool/lethe/inbox
%%%
%%% It covers every way in which ejabberd itself registers and deletes: ejabberdctl, the client, the web
%%% page, the API. An event is a file with a random name, which appears whole or not at all and holds one
%%% line: `deleted` or `registered`, the bare address, the time in seconds since 1970. ejabberd also
%%% reports the deletion of an account that it never had.
-module(mod_lethe_inbox).

-behaviour(gen_mod).

-export([start/2, stop/1, reload/3, depends/2, mod_opt_type/1, mod_options/1, mod_doc/0]).
-export([remove_user/2, register_user/2]).

%% Erlang's own macros, so that nothing of ejabberd's is needed to compile.
-include_lib("kernel/include/logger.hrl").

%% Before all other handlers, since the account's row is gone already.
-define(PRIORITY, 1).

start(Host, _Options) ->
    Inbox = inbox(Host),
    filelib:is_dir(Inbox) orelse
        ?LOG_ERROR("The inbox ~ts is not a directory that ejabberd can reach; Lethe learns "
                   "of deletions only from its next run", [Inbox]),
    ejabberd_hooks:add(remove_user, Host, ?MODULE, remove_user, ?PRIORITY),
    ejabberd_hooks:add(register_user, Host, ?MODULE, register_user, ?PRIORITY).

stop(Host) ->
    ejabberd_hooks:delete(remove_user, Host, ?MODULE, remove_user, ?PRIORITY),
    ejabberd_hooks:delete(register_user, Host, ?MODULE, register_user, ?PRIORITY).

reload(_Host, _NewOptions, _OldOptions) -> ok.

depends(_Host, _Options) -> [].

mod_opt_type(inbox) -> econf:path().

mod_options(_Host) -> [{inbox, <<"/var/spool/lethe/inbox">>}].

mod_doc() -> #{}.

remove_user(User, Server) -> report("deleted", User, Server).

register_user(User, Server) -> report("registered", User, Server).

%% Nothing may leave here: ejabberd would log a crashed handler together with its arguments, the address.
report(Event, User, Server) ->
    Inbox = inbox(Server),
    try
        Seconds = integer_to_list(erlang:system_time(second)),
        deliver(Inbox, [Event, " ", User, "@", Server, " ", Seconds, "\n"])
    catch
        error:{badmatch, {error, Reason}} when is_atom(Reason) -> complain(Inbox, Reason);
        Class:_ -> complain(Inbox, Class)
    end.

complain(Inbox, Reason) ->
    ?LOG_ERROR("Cannot report to Lethe that an account was registered or deleted, "
               "in the inbox ~ts: ~p", [Inbox, Reason]).

deliver(Inbox, Line) ->
    <<Number:128>> = crypto:strong_rand_bytes(16),
    Name = io_lib:format("~32.16.0b", [Number]),
    Temporary = filename:join(Inbox, ["." | Name]),
    try
        {ok, File} = file:open(Temporary, [write, exclusive, raw, binary]),
        try
            ok = file:write(File, Line),
            ok = file:sync(File)
        after
            file:close(File)
        end,
        %% The directory's group reads it, whatever the server's umask.
        ok = file:change_mode(Temporary, 8#640),
        ok = file:rename(Temporary, filename:join(Inbox, Name)),
        sync_directory(Inbox)
    catch
        Class:Reason:Stack ->
            file:delete(Temporary),
            erlang:raise(Class, Reason, Stack)
    end.

%% The event is delivered by now; what cannot be synchronised may be lost in a power failure only.
sync_directory(Inbox) ->
    case file:open(Inbox, [read, raw, directory]) of
        {ok, Directory} ->
            file:sync(Directory),
            file:close(Directory);
        {error, _} ->
            ok
    end.

inbox(Host) -> gen_mod:get_module_opt(Host, ?MODULE, inbox).
