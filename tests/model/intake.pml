// The ring of agent/intake/intake.{h,cc} and its takeover (agent/intake/left_over_intake.cc,
// agent/worker/estate.cc) as a model for spin: every interleaving of the callers, the worker, a death at any instruction
// and the heirs of it, of which one may die too. Names are the code's.
//
// Checked: each committed record ends in the store exactly once, as a row or, if it was delivered,
// counted; what was reserved and not committed never does; no bytes but a record's own are read as
// one; nothing that remains counts as damaged. Each -DNO_... takes one precaution of the code away;
// run.sh demands that the checker then finds what goes wrong.
//
// Weak memory: a caller's stores are seen in any order that their memory orders allow; a death
// leaves those of a prefix of its program (intake_layout.h says why). The worker's zeroing has no
// order within itself.
//
// Left out: lengths are whole units, and a length of 0 does not occur; cursors do not wrap at 2^40;
// the reserve for control records, kClosed, the counts of events in the cursors (each moves with
// its cursor), the list of delivered rows, memory that is damaged by others. A full ring makes a
// caller wait here, so that laps come about; in the code it is refused.

#ifndef CALLERS
#define CALLERS 2
#endif
#ifndef EACH
#define EACH 2  // records a caller
#endif
#define RECORDS (CALLERS * EACH)
#define UNITS 6  // of the ring

#define kPad 128
#define kBusy 64
#define kDelivered 32
#define LENGTH 31
#define NONE 255

// --- What outlives a death: the mapping, and the store.
byte words[UNITS];
byte tail, head;  // positions
bool erased;      // nothing is in the mapping any more (magic is 0)
byte absorbed = NONE;
byte rows[RECORDS + 1], counted[RECORDS + 1];

// --- What the checks know of a record; its number is what each unit of its bytes holds, so that
// they look like the header of a committed record.
byte at[RECORDS + 1], bytes[RECORDS + 1];
bool committed[RECORDS + 1];
// The records are alike. So it is enough that one may be delivered, and that another one is a
// control record, which may be discarded: then it may come once more.
#define MAY_BE_DELIVERED RECORDS
#define CONTROL 1
bool delivered, waived;

// --- What the death must know.
bool dead, done;
byte callers_left = CALLERS;
byte writing[CALLERS], pad_of[CALLERS], seen[CALLERS];
byte zero_from, zero_to;  // are being zeroed, in any order

// A caller's stores, in the order of its program. The pad's is done when there is none.
#define PAD_STORE 1
#define BUSY_STORE 2
#define DATA_STORE 4
#define COMMIT_STORE 8
#define ALL_STORES 15
#define NOT_YET(p, store) ((seen[p] & (store)) == 0)
// What is in memory at a death: of these stores none without those before it.
#ifdef NO_SIGNAL_FENCE
#define IS_PREFIX(p) (seen[p] < 8 && (seen[p] & 1 || seen[p] == 0))
#else
#define IS_PREFIX(p) (seen[p] == 0 || seen[p] == 1 || seen[p] == 3 || seen[p] == 7)
#endif

inline See(p, store) {
  if
  :: store == PAD_STORE -> words[(at[writing[p]] - pad_of[p]) % UNITS] = kPad | pad_of[p]
  :: store == BUSY_STORE -> words[at[writing[p]] % UNITS] = kBusy | bytes[writing[p]]
  :: store == DATA_STORE ->
    words[(at[writing[p]] + 1) % UNITS] = writing[p];
    words[(at[writing[p]] + bytes[writing[p]]) % UNITS] = writing[p]
  :: store == COMMIT_STORE ->
    words[at[writing[p]] % UNITS] = bytes[writing[p]];
    committed[writing[p]] = true
  fi;
  seen[p] = seen[p] | store;
  if
  :: seen[p] == ALL_STORES -> writing[p] = 0; pad_of[p] = 0; seen[p] = 0
  :: else
  fi
}

// Commit is a release store: seen after all that its caller did before. And of the same word as
// kBusy.
#ifdef NO_RELEASE
#define CAN_COMMIT(p) (writing[p] != 0 && NOT_YET(p, COMMIT_STORE) && !NOT_YET(p, BUSY_STORE))
#else
#define CAN_COMMIT(p) (seen[p] == ALL_STORES - COMMIT_STORE)
#endif

// A process leaves the state only after those that were begun later. Dying in any other order would
// make many states that differ in nothing else.
#define MAY_GO_ON (!dead || _nr_pr == _pid + 1)

proctype Caller(byte p) provided (MAY_GO_ON) {
  byte n, my_tail, my_head, pad, length;
  {
    do
    :: n == EACH -> break
    :: else ->
      if
      :: length = 1
      :: length = 2
      fi;
      // Reserve
      my_tail = tail;
      do
      :: d_step {
          pad = (my_tail % UNITS + 1 + length > UNITS -> UNITS - my_tail % UNITS : 0);
          my_head = head
        };
        if
        :: my_tail < my_head -> my_tail = tail
        :: my_tail >= my_head && my_tail - my_head + pad + 1 + length > UNITS ->
          head != my_head;
          my_tail = tail
        :: else ->
          if
          :: d_step { tail == my_tail ->
              tail = my_tail + pad + 1 + length;
              n++;
              writing[p] = p * EACH + n;
              at[writing[p]] = my_tail + pad;
              bytes[writing[p]] = length;
              pad_of[p] = pad;
              seen[p] = (pad == 0 -> PAD_STORE : 0);
              my_tail = 0;
              my_head = 0;
              pad = 0;
              length = 0
            };
            break
          :: d_step { tail != my_tail -> my_tail = tail }
          fi
        fi
      od;
      // EncodeEvent, Commit
      do
      :: d_step { writing[p] != 0 && NOT_YET(p, PAD_STORE) -> See(p, PAD_STORE) }
      :: d_step { writing[p] != 0 && NOT_YET(p, BUSY_STORE) -> See(p, BUSY_STORE) }
      :: d_step { writing[p] != 0 && NOT_YET(p, DATA_STORE) -> See(p, DATA_STORE) }
      :: d_step { CAN_COMMIT(p) -> See(p, COMMIT_STORE) }
      :: writing[p] == 0 -> break
      od
    od;
    callers_left--
  } unless { dead }
}

// What a reader takes for a record must be one, whole.
inline CheckRecord(from, word, first, last) {
  assert(first >= 1 && first <= RECORDS && last == first);
  assert(committed[first] && at[first] == from && bytes[first] == (word & LENGTH));
  assert(!(word & kDelivered) || delivered)
}

inline Settle(each) {
  if
  :: batch[each] & kDelivered -> counted[each]++
  :: batch[each] == 1 -> rows[each]++
  :: else
  fi;
  batch[each] = 0
}

// One transaction of the store: rows, counts and the position.
inline CommitAppend(position) {
  for (each : 1 .. RECORDS) { Settle(each) }
  each = 0;
  absorbed = position
}

inline Rewind() {
  for (each : 1 .. RECORDS) { batch[each] = 0 }
  each = 0
}

inline Zero() {
  do
  :: zero_from == zero_to -> break
  :: else -> words[zero_from % UNITS] = 0; zero_from++
  od;
  zero_from = 0;
  zero_to = 0
}

// A piece of the ring whose units follow each other.
inline FreePiece(from, to) {
#ifdef NO_HOLE
  d_step { zero_from = from; zero_to = to };
  d_step { Zero() }
#else
  d_step {
    words[(from) % UNITS] = kBusy | ((to) - (from) - 1);
    zero_from = (from) + 1;
    zero_to = to
  };
  d_step { Zero() };
  words[(from) % UNITS] = 0
#endif
}

inline Free() {
#ifdef NO_RELEASE_OF_HEAD
  d_step { zero_from = head; zero_to = my_read; head = my_read };
  d_step { Zero() }
#else
#ifndef NO_ZERO
  if
  :: my_read / UNITS > head / UNITS && my_read % UNITS != 0 ->
    FreePiece(head, my_read - my_read % UNITS);
    FreePiece(my_read - my_read % UNITS, my_read)
  :: else -> FreePiece(head, my_read)
  fi;
#endif
  head = my_read
#endif
}

// What was reserved but not committed ends the reading; a pad before it is read again.
inline Read() {
  from = my_read;
  do
  :: from == tail -> break
  :: else ->
    word = words[from % UNITS];
    if
    :: word == 0 || (word & kBusy) != 0 -> break
    :: (word & kPad) != 0 -> from = from + (word & LENGTH)
    :: else ->
#ifndef NO_ACQUIRE
      first = words[(from + 1) % UNITS];
#endif
      CheckRecord(from, word, first, words[(from + (word & LENGTH)) % UNITS]);
      batch[first] = 1 | (word & kDelivered);
      my_read = from + 1 + (word & LENGTH);
      break
    fi
  od;
  from = 0;
  word = 0;
  first = 0
}

proctype Worker() provided (MAY_GO_ON) {
  byte my_read, from, word, first, each;
  byte batch[RECORDS + 1];
  {
    do
    :: my_read != tail ->
#ifdef NO_ACQUIRE
      first = words[(my_read + 1) % UNITS];
#endif
      d_step { Read() }
    // Courier::Delivered
    :: d_step { !delivered && committed[MAY_BE_DELIVERED] && my_read == head &&
          at[MAY_BE_DELIVERED] >= head ->
        delivered = true;
        words[at[MAY_BE_DELIVERED] % UNITS] = words[at[MAY_BE_DELIVERED] % UNITS] | kDelivered
      }
    // AbsorbChunk
    :: my_read != head ->
      if
      :: d_step { true -> CommitAppend(my_read) };
        Free()
      :: d_step { true -> Rewind(); my_read = head }  // the disk refused it
      // DiscardIntake, and there are only control records: no transaction.
      :: d_step { batch[CONTROL] != 0 && my_read == at[CONTROL] + 1 + bytes[CONTROL] &&
            (head == at[CONTROL] || (words[head % UNITS] & kPad) != 0) ->
          waived = true;
          Rewind()
        };
        Free()
      fi
    :: callers_left == 0 && head == tail -> break
    od;
    done = true
  } unless { dead }
}

// SIGKILL. Each caller was at some instruction: its stores up to there are in memory, whatever of
// them was seen before.
proctype Death() {
  byte p, each;
  if
  :: atomic { !done ->
      dead = true;
      for (p : 0 .. CALLERS - 1) {
        do
        :: writing[p] != 0 && NOT_YET(p, PAD_STORE) -> See(p, PAD_STORE)
        :: writing[p] != 0 && !NOT_YET(p, PAD_STORE) && NOT_YET(p, BUSY_STORE) ->
          See(p, BUSY_STORE)
        :: writing[p] != 0 && !NOT_YET(p, BUSY_STORE) && NOT_YET(p, DATA_STORE) ->
          See(p, DATA_STORE)
        :: writing[p] != 0 && seen[p] == ALL_STORES - COMMIT_STORE -> See(p, COMMIT_STORE)
        // All that comes before what was seen is done.
        :: writing[p] == 0 || IS_PREFIX(p) -> break
        od
      }
      do
      :: zero_from == zero_to -> break
      :: else ->
        if
        :: words[zero_from % UNITS] = 0
        :: true
        fi;
        zero_from++
      od;
      d_step {
        p = 0;
        zero_from = 0;
        zero_to = 0;
        callers_left = 0;
        for (each : 0 .. CALLERS - 1) { writing[each] = 0; pad_of[each] = 0; seen[each] = 0 }
        for (each : 1 .. RECORDS) {
          if
          :: !committed[each] -> at[each] = 0; bytes[each] = 0
          :: else
          fi
        }
        each = 0
      }
    }
  :: done
  fi
}

// LeftOverIntake::Next, up to `stop`.
inline ReadRemains(stop) {
  do
  :: my_at >= stop -> break
  :: else ->
    word = words[my_at % UNITS];
    units = ((word & kPad) != 0 -> word & LENGTH : 1 + (word & LENGTH));
    if
#ifdef NO_STEP_OVER_HOLES
    :: word == 0 -> my_at = end
#else
    :: word == 0 -> my_at++
#endif
    :: else ->
      assert(my_at + units <= end && my_at % UNITS + units <= UNITS);  // not damaged
      assert((word & kPad) == 0 || (my_at + units) % UNITS == 0);
      if
      :: (word & (kPad | kBusy)) == 0 ->
        first = words[(my_at + 1) % UNITS];
        CheckRecord(my_at, word, first, words[(my_at + units - 1) % UNITS]);
        batch[first] = 1 | (word & kDelivered)
      :: else
      fi;
      my_at = my_at + units
    fi
  od;
  word = 0;
  units = 0;
  first = 0
}

inline CheckAll() {
  for (each : 1 .. RECORDS) {
    if
    :: !committed[each] -> assert(rows[each] + counted[each] == 0)
    :: committed[each] && each == CONTROL && waived -> assert(rows[each] <= 1)
    :: else -> assert(rows[each] + counted[each] == 1)
    fi
  }
  assert(!delivered || counted[MAY_BE_DELIVERED] == 1);
  each = 0
}

// Who takes the memory over, part by part, and may die of it once.
proctype Heir() {
  byte my_at, end, stop, word, first, units, each;
  byte batch[RECORDS + 1];
  bool died;
  (dead || done) && _nr_pr == _pid + 1;
  if
  :: done -> goto check
  :: dead
  fi;
again:
  if
  :: erased -> goto remove
  :: else -> stop = 0
  fi;
  d_step {
    my_at = head;
    end = tail;
#ifndef NO_POSITION
    if
    :: absorbed != NONE && absorbed >= my_at && absorbed <= end -> my_at = absorbed  // SkipTo
    :: else
    fi;
#endif
    stop = my_at
  };
  atomic {
    do
    :: stop < end -> stop++
    :: break
    od
  };
  stop = stop;
  d_step { ReadRemains(stop); CommitAppend(my_at) };
  if
  :: !died -> died = true; goto again
  :: true
  fi;
  d_step { ReadRemains(end); CommitAppend(my_at) };
#ifdef NO_ORDER_AT_THE_END
  absorbed = NONE;
#endif
  if
  :: !died -> died = true; goto again
  :: true
  fi;
  erased = true;  // Erase
  if
  :: !died -> died = true; goto again
  :: true
  fi;
remove:
  absorbed = NONE;  // ForgetIntake, Remove
check:
  stop = 0;
  d_step { CheckAll() }
}

init {
  byte p;
  atomic {
    run Heir();
    run Worker();
    for (p : 0 .. CALLERS - 1) { run Caller(p) }
    run Death();
    p = 0
  }
}
