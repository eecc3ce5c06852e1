/* How snapshots are committed, packs dropped and removed, and keyrings swept, with crashes at every step,
 * pauses of any length, acknowledgements that are lost, requests that arrive after their sender died, a power
 * cut of the remote, agents that take over, and a state directory that was cloned.
 *
 * What the code does is in the functions named behind each step. Scripts/model checks all of it, and
 * then every broken variant below, each of which must be caught.
 *
 *   CONTENT_NAMES         packs are named by their content
 *   REMOVE_BEFORE_INTENT  packs are removed before the log says so
 *   NO_INTENT             packs are removed, and the log never says so
 *   BLIND_APPEND          an entry goes behind whatever is there
 *   NO_RECHECK            who lost the race for a number tries the next with the plan it has
 *   FOLLOW_STRANGERS      an agent goes on behind entries that it did not write
 *   STALE_TAKEOVER        an adoption does not see what was appended since it read the log
 *   REFER_FIRST           an entry is appended before its pack is stored
 *   RECONCILE_BY_LOOK     packs of a run that was cut off count as durable where they are seen
 *   NO_RECONCILE          packs of a run that was cut off count as stored
 *   NO_FSYNC              names of packs are not made durable
 *   TRUST_FOUND           an entry that is found after a crash counts as durable
 *   SWEEP_BY_LISTING      keyrings that the newest entry does not name are listed and removed
 *
 * Abstractions. The source holds one thing or nothing; a pack of rows or files holds it. A run's catalogue
 * pack is left out. Both copies of a keyring are one object. Agents are the processes that a state directory's flock admits: one for each directory.
 * Reading the log is one step, for entries never change. A set of objects is removed in one step, which may
 * come at any time. What is kept of a transport that repeats requests [Storing] is its promise: a put is made
 * once or not at all, and whoever does not hear which has crashed here. */

#ifndef AGENTS
#define AGENTS 2
#endif
#ifndef SLOTS
#define SLOTS 7 /* entries of the log */
#endif
#ifndef PACKS
#define PACKS 3 /* names of packs, of which each is given once */
#endif
#ifndef RINGS
#define RINGS 3 /* names of keyrings */
#endif
#ifndef TAKEOVERS
#define TAKEOVERS 1
#endif
#ifndef CLONES
#define CLONES 1
#endif
#ifndef CUTS
#define CUTS 1 /* of the remote's power */
#endif
#ifndef LATE
#define LATE 1 /* requests that outlive their sender */
#endif

#define NOTHING 0
#define SNAPSHOT 1
#define EXPIRY 2
#define DROP 3
#define TAKEOVER 4

/* A log entry [Format.LogEntry]. */
typedef Entry {
  byte kind;
  byte by;    /* the agent */
  byte set;   /* packs that a snapshot needs or that are dropped; the oldest snapshot that is kept */
  byte adds;  /* packs that a snapshot lists for the first time */
  byte rings; /* the keyring in force */
}

/* What an agent's directory holds: it survives the process [Repository.AgentState]. */
typedef Directory {
  bit there;
  byte id;
  byte head;
  Entry pending;  /* AgentState.note(pending:) */
  byte noted;     /* PackState.pending */
  byte stored;    /* PackState.stored */
  byte committed; /* PackState.committed */
  byte dropped;   /* PackState.dropped */
  bit sweep;      /* Fact.keyringSweep: some keyring may be named by no entry */
  byte left;      /* Fact.sweepList: keyrings to remove once entry `due` is in the log */
  byte due;
}

Entry log[SLOTS + 1];
byte last;                    /* entries that can be read */
byte durable;                 /* of these, those that survive a power cut */
byte packs, durablePacks;     /* sets of objects on the remote */
byte rings, durableRings;
byte packCount, ringCount;    /* names given so far */
byte takeovers, clones, cuts;
Directory state[AGENTS];
Entry late;                   /* an append whose sender died; it may still arrive */
byte lateSlot, lates;

#define mine state[me]
#define equal(a, b) (a.kind == b.kind && a.by == b.by && a.set == b.set && a.adds == b.adds && a.rings == b.rings)
#define copy(from, to) to.kind = from.kind; to.by = from.by; to.set = from.set; to.adds = from.adds; to.rings = from.rings
#define forget(e) e.kind = NOTHING; e.by = 0; e.set = 0; e.adds = 0; e.rings = 0

/* What the snapshots need that the first `upTo` entries keep [PrunePlan, Archive.snapshots]. */
inline survey(upTo) {
  needed = 0; oldest = 1; newest = 0; i = 1;
  do
  :: i > upTo -> break
  :: else ->
    if
    :: log[i].kind == EXPIRY -> oldest = log[i].set
    :: log[i].kind == SNAPSHOT -> newest = i
    :: else
    fi;
    i++
  od;
  i = oldest;
  do
  :: i > upTo -> break
  :: else ->
    if
    :: log[i].kind == SNAPSHOT -> needed = needed | log[i].set
    :: else
    fi;
    i++
  od;
  i = 0
}

/* Every kept snapshot has its packs, and the keyring is there: the promise. */
inline expectWhole() {
  survey(last);
  assert((needed & ~packs) == 0);
  assert((log[last].rings & ~rings) == 0);
  needed = 0; oldest = 0; newest = 0
}

/* Whether anything happened after which an agent may be refused and a human is asked. */
#define isOrdinary (takeovers + clones + lates == 0)

/* AgentState.commit(_:head:): what the entry behind the head made true. */
inline takeOver() {
  mine.head++;
  if
  :: mine.pending.kind == SNAPSHOT ->
    mine.committed = mine.committed | mine.pending.adds;
    mine.stored = mine.stored & ~mine.pending.adds
  :: mine.pending.kind == DROP ->
    mine.dropped = mine.dropped | mine.pending.set;
    mine.committed = mine.committed & ~mine.pending.set
  :: else
  fi;
  forget(mine.pending)
}

/* Log.append(_:), Store.put: exclusive, and success where the same bytes have the name. */
inline rename(outcome) {
#ifdef BLIND_APPEND
  if
  :: last < SLOTS -> mine.head = last; last++; copy(mine.pending, log[last]); outcome = 1; expectWhole()
  :: else -> outcome = 0
  fi
#else
  if
  :: last == mine.head && last < SLOTS ->
    last++; copy(mine.pending, log[last]); outcome = 1;
    expectWhole()
  :: last > mine.head && equal(log[mine.head + 1], mine.pending) -> outcome = 1
#ifdef NO_RECHECK
  :: last > mine.head && !equal(log[mine.head + 1], mine.pending) && last < SLOTS ->
    mine.head = last; last++; copy(mine.pending, log[last]); outcome = 1;
    expectWhole()
#endif
  :: else -> outcome = 0
  fi
#endif
}

#define crash goto Begin

/* Vault.append: noted, renamed, made durable, taken over. */
#define APPEND(after) \
  if \
  :: atomic { rename(done); if :: done -> done = 0 :: else -> crash fi } \
  :: atomic { lates < LATE && mine.head < SLOTS -> lates++; copy(mine.pending, late); lateSlot = mine.head + 1; crash } \
  :: crash \
  fi; \
  if \
  :: atomic { last > mine.head -> durable = last }; \
    if \
    :: atomic { takeOver(); after } \
    :: crash \
    fi \
  :: crash \
  fi

proctype Agent(byte me) {
  byte needed, oldest, newest, i; /* of survey */
  byte refs, one, h, listed, former, named;
  bit done, found;

Begin:
  atomic {
    refs = 0; one = 0; h = 0; listed = 0; former = 0; named = 0; done = 0; found = 0;
    if
    :: mine.there
    :: !mine.there -> goto endBlank
    fi
  };
endBegin:
  /* Vault.catchUp: the log must end where this agent left it, or one entry behind, which it was appending. */
  atomic {
    assert(last >= mine.head);
    if
    :: last == mine.head
    :: last > mine.head && equal(log[mine.head + 1], mine.pending) -> found = 1; h = last
    :: last > mine.head && !equal(log[mine.head + 1], mine.pending) ->
#ifdef FOLLOW_STRANGERS
      mine.head = last; forget(mine.pending)
#else
      goto Refused
#endif
    fi
  };
  if
  :: atomic { !found -> skip }
#ifdef TRUST_FOUND
  :: atomic { found -> takeOver(); found = 0 }
#else
  /* Log.confirm, then AgentState.commit. */
  :: atomic { found && last > mine.head -> durable = last };
    if
    :: atomic { takeOver(); found = 0 }
    :: crash
    fi
  :: atomic { found && last <= mine.head -> crash } /* gone again with the remote's power */
#endif
  fi;
  atomic {
    if
    :: h > mine.head -> goto Refused
    :: else -> h = 0
    fi
  };

  /* Vault.reconcile: what is there of a run that was cut off serves the next. */
  if
  :: atomic { mine.noted -> skip };
#ifndef RECONCILE_BY_LOOK
    durablePacks = packs;
#endif
    atomic {
#ifdef NO_RECONCILE
      mine.stored = mine.stored | mine.noted;
#else
      mine.stored = mine.stored | (mine.noted & packs);
#endif
      mine.noted = 0
    }
  :: atomic { !mine.noted -> skip }
  fi;

Ready:
  atomic {
    refs = 0; listed = 0; former = 0; done = 0;
    /* PrunePlan.init: what has expired is before `one`, what may be dropped is `listed`. */
    survey(mine.head);
    one = (oldest < newest && newest -> newest : 0);
    listed = mine.committed & ~needed;
    needed = 0; oldest = 0; newest = 0;
    if
    :: mine.due && mine.due <= mine.head -> one = 0; listed = 0; goto Sweep
    :: else
    fi;
    if
#ifdef SWEEP_BY_LISTING
    :: mine.sweep -> one = 1; listed = 0; goto List
#endif
    :: crash /* the run is over */
    :: mine.dropped -> one = 0; listed = 0; goto Remove
    :: one -> listed = 0; goto Expire
    :: listed -> one = listed; listed = 0; goto Drop
    :: last < SLOTS -> one = 0; listed = 0; goto Backup
    fi
  };

Backup:
  /* RunWriter: the pack is noted, renamed, made durable, counted. */
  if
  :: refs = 0 /* the source holds nothing */
  :: atomic {
      mine.committed | mine.stored ->
      one = mine.committed | mine.stored;
      if
      :: one & 1 -> refs = 1
      :: one & 2 -> refs = 2
      :: one & 4 -> refs = 4
      :: one & 8 -> refs = 8
      fi;
      one = 0
    }
#ifdef CONTENT_NAMES
  :: atomic { !(mine.committed & 1) -> refs = 1; mine.noted = mine.noted | 1 };
#else
  :: atomic { packCount < PACKS -> refs = 1 << packCount; packCount++; mine.noted = mine.noted | refs };
#endif
#ifndef REFER_FIRST
    if :: packs = packs | refs :: crash fi;
#ifndef NO_FSYNC
    if
    :: atomic { refs & packs -> durablePacks = packs }
    :: crash
    fi;
#endif
#endif
    atomic { mine.noted = mine.noted & ~refs; mine.stored = mine.stored | refs }
  fi;

  /* Vault.commit: the keyring's addition, or all of it in one object. */
  if
  :: named = log[mine.head].rings
  :: atomic {
      ringCount < RINGS ->
      former = mine.sweep; mine.sweep = 1; one = 1 << ringCount; ringCount++ };
    if :: rings = rings | one :: crash fi;
    if
    :: atomic { one & rings -> durableRings = rings; done = 1; named = one } /* folds */
    :: atomic { one & rings -> durableRings = rings; named = log[mine.head].rings | one }
    :: crash
    fi;
#ifndef SWEEP_BY_LISTING
    /* Vault.noteSweep: listed before the entry is appended, and noted for its number. */
    if
    :: atomic { done || former -> listed = rings };
      atomic { mine.left = listed; mine.due = mine.head + 1; listed = 0 }
    :: atomic { !done && !former -> skip }
    fi;
#endif
    skip
  fi;
  atomic {
    mine.pending.kind = SNAPSHOT; mine.pending.by = mine.id; mine.pending.set = refs; mine.pending.adds = mine.stored;
    mine.pending.rings = named; one = mine.sweep && (done || former); refs = 0; former = 0; named = 0; done = 0
  };
  APPEND(if :: one -> skip :: else -> mine.sweep = 0 fi);
#ifdef SWEEP_BY_LISTING
  goto List;
#endif
  goto Ready;

#ifdef SWEEP_BY_LISTING
List:
  if
  :: one -> listed = rings; one = 0; atomic { mine.left = listed; mine.due = mine.head }; listed = 0
  :: else -> skip
  fi;
  goto Ready;
#endif

Sweep:
  /* Vault.sweepKeyrings: those of the leftovers that the newest entry does not name. */
  if
  :: atomic { rings = rings & ~(mine.left & ~log[mine.head].rings); expectWhole() };
    if
    :: atomic { mine.left = 0; mine.due = 0; mine.sweep = 0 }
    :: crash
    fi
  :: crash
  fi;
  goto Ready;

Expire:
  /* Prune.carryOut, Vault.expire */
  atomic { mine.pending.kind = EXPIRY; mine.pending.by = mine.id; mine.pending.set = one; mine.pending.adds = 0;
    mine.pending.rings = log[mine.head].rings; one = 0 };
  APPEND(skip);
  goto Ready;

Drop:
  /* Prune.carryOut, Vault.drop: the intent. */
#ifdef REMOVE_BEFORE_INTENT
  atomic { packs = packs & ~one; expectWhole() };
  if :: crash :: skip fi;
#endif
#ifdef NO_INTENT
  atomic { mine.committed = mine.committed & ~one; mine.dropped = mine.dropped | one };
  goto Ready;
#endif
  atomic { mine.pending.kind = DROP; mine.pending.by = mine.id; mine.pending.set = one; mine.pending.adds = 0;
    mine.pending.rings = log[mine.head].rings; one = 0 };
  APPEND(skip);
  goto Ready;

Remove:
  /* Vault.remove: in this run or any later one. */
  if
  :: atomic { one = mine.dropped; packs = packs & ~one; expectWhole() };
    if
    :: atomic { mine.dropped = mine.dropped & ~one; one = 0 }
    :: crash
    fi
  :: crash
  fi;
  goto Ready;

Refused:
  /* VaultError.refused: a human moves the state away. */
  atomic {
    assert(!isOrdinary);
    mine.there = 0; mine.id = 0; mine.head = 0; forget(mine.pending); mine.noted = 0; mine.stored = 0;
    mine.committed = 0; mine.dropped = 0; mine.sweep = 0; mine.left = 0; mine.due = 0; found = 0; h = 0
  };
  goto Begin;

endBlank:
  if
  /* A copy of another machine, as it is at any moment. */
  :: atomic { clones < CLONES && state[1 - (me > 0)].there ->
      clones++;
      i = 1 - (me > 0);
      mine.there = 1; mine.id = state[i].id; mine.head = state[i].head; copy(state[i].pending, mine.pending);
      mine.noted = state[i].noted; mine.stored = state[i].stored; mine.committed = state[i].committed;
      mine.dropped = state[i].dropped; mine.sweep = state[i].sweep; mine.left = state[i].left; mine.due = state[i].due;
      i = 0
    }
  /* Adoption.run: Archive(store:kit:) reads the log. */
  :: atomic { takeovers < TAKEOVERS && last < SLOTS -> takeovers++; h = last };
    /* Vault.takeOver: what may be removed is listed before the entry is appended. */
    listed = rings;
    one = packs;
    if
    :: atomic {
#ifdef STALE_TAKEOVER
        last < SLOTS ->
#else
        last == h ->
#endif
        last++;
        log[last].kind = TAKEOVER; log[last].by = last; log[last].set = 0; log[last].adds = 0;
        log[last].rings = log[last - 1].rings;
        former = last;
        expectWhole()
      }
    :: last > h -> crash
    :: crash
    fi;
    if :: durable = last :: crash fi;
    /* AgentState.populate */
    atomic {
      i = 1;
      mine.there = 1; mine.id = former; mine.head = former; mine.left = listed; mine.due = former; mine.sweep = 1;
      do
      :: i > h -> break
      :: else ->
        if
        :: log[i].kind == SNAPSHOT -> mine.committed = mine.committed | log[i].adds
        :: log[i].kind == DROP -> mine.committed = mine.committed & ~log[i].set; mine.dropped = mine.dropped | log[i].set
        :: else
        fi;
        i++
      od;
      mine.dropped = mine.dropped & one;
#ifdef SWEEP_BY_LISTING
      mine.left = 0; mine.due = 0;
#endif
      i = 0; listed = 0; one = 0; former = 0; h = 0
    }
  fi;
  goto Begin
}

/* The remote and the wires. */
proctype World() {
  byte needed, oldest, newest, i;
end:
  do
  /* A request that outlived its sender arrives; what has a name is not replaced. */
  :: atomic { lateSlot ->
      if
      :: last + 1 == lateSlot && last < SLOTS -> last++; copy(late, log[last]); expectWhole()
      :: else
      fi;
      lateSlot = 0; forget(late)
    }
  :: atomic { lateSlot -> lateSlot = 0; forget(late) }
  /* Power fails, and what was not made durable is gone: nothing that any agent counts on. */
  :: atomic { cuts < CUTS ->
      cuts++;
      i = 0;
      do
      :: i == AGENTS -> break
      :: else -> assert(state[i].head <= durable); i++
      od;
      do
      :: last == durable -> break
      :: else -> forget(log[last]); last--
      od;
      packs = packs & durablePacks; rings = rings & durableRings;
      expectWhole()
    }
  od
}

init {
  atomic {
    /* A snapshot with a pack, one without, and the first has expired: nearly everything can go wrong at once. */
    log[1].by = 1; log[1].rings = 1;
    log[2].kind = SNAPSHOT; log[2].by = 1; log[2].set = 1; log[2].adds = 1; log[2].rings = 1;
    log[3].kind = SNAPSHOT; log[3].by = 1; log[3].rings = 1;
    log[4].kind = EXPIRY; log[4].by = 1; log[4].set = 3; log[4].rings = 1;
    last = 4; durable = 4; packs = 1; durablePacks = 1; rings = 1; durableRings = 1; packCount = 1; ringCount = 1;
    state[0].there = 1; state[0].id = 1; state[0].head = 4; state[0].committed = 1;
    byte k = 0;
    do
    :: k == AGENTS -> break
    :: else -> run Agent(k); k++
    od;
    run World()
  }
}
