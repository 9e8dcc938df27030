// How callers wake the worker (WakeWorker in agent/api/agent.cc; WakeUp in agent/worker/worker.cc;
// IsRowsDue, IsAbsorptionDue, NextAbsorption and FallAsleep in agent/worker/absorb_schedule.cc) as a model for
// spin. Names are the code's.
//
// Checked: a worker that sleeps without a deadline while a committed record lies in the intake that
// it has not seen is woken. That is, whenever nothing can go on any more, it has seen them all.
// Each -DNO_... takes one precaution of the code away; run.sh demands that the checker then finds
// the worker asleep for ever. -DYOUNG: with events that are sent before they are stored.
//
// Weak memory: operations on `tail` and `sleeping` are sequentially consistent; a -DNO_SEQ_CST_...
// lets a store be seen only after the load that follows it.
//
// Left out: urgent and half-full, which always signal; the host's calls and other descriptors,
// which only wake it more often; what asks for a fold at once (must_absorb); how long a deadline is:
// the worker may or may not have reached it.

#ifndef CALLERS
#define CALLERS 2
#endif
#ifndef EACH
#define EACH 2  // records a caller, or fewer
#endif

byte tail;  // positions: a record is one unit
bool committed[CALLERS * EACH + 1];
bool sleeping;
bool wake;  // the eventfd
byte callers_left = CALLERS;

proctype Caller() {
  byte n, at;
  bool asleep;
  do
  :: n == EACH -> break
  :: n < EACH -> break
  :: n < EACH ->
    // Reserve
#ifdef NO_SEQ_CST_TAIL
    asleep = sleeping;
#endif
    d_step { at = tail; tail++ };
    // Commit
    committed[at] = true;
    // WakeWorker
#ifndef NO_SEQ_CST_TAIL
    asleep = sleeping;
#endif
    if
    :: asleep ->
      d_step { asleep = sleeping; sleeping = false };  // exchange
      if
      :: asleep -> wake = true
      :: else
      fi
    :: else
    fi;
    n++
  od;
  callers_left--
}

// Waits for the signal without a deadline. That nobody comes any more is a good end only if all was
// seen; else nothing can go on here, which spin reports.
inline SleepWithoutDeadline(all_seen) {
  if
  :: wake
  :: callers_left == 0 && all_seen == tail -> goto ended
  fi
}

// Says that it sleeps, and looks again whether something came.
inline Announce(seen) {
#ifdef NO_SEQ_CST_SLEEPING
  timer = timer || tail != seen;
  sleeping = true
#else
  sleeping = true;
#ifndef NO_RECHECK
  timer = timer || tail != seen
#endif
#endif
}

inline WakeUp() {
  sleeping = false;
  wake = false
}

#ifndef YOUNG

active proctype Worker() {
  byte read;
  bool first_seen;
  bool timer;
  do
  :: // IsRowsDue
    if
    :: tail == read -> first_seen = false
    :: tail != read ->
      first_seen = true;
      if
      :: true  // not due yet
      :: // Absorb
        do
        :: read != tail && committed[read] -> read++
        :: read == tail || !committed[read] -> break
        od;
        first_seen = (tail != read)
      fi
    fi;
    // FallAsleep
    if
    :: first_seen -> timer = true
    :: !first_seen -> timer = true  // something came in the last interval
    :: !first_seen ->
      Announce(read)
    fi;
    if
    :: timer
    :: else -> SleepWithoutDeadline(read)
    fi;
    timer = false;
    WakeUp()
  od;
ended:
  skip
}

#else

active proctype Worker() {
  byte looked_to, seen_to, position;
  bool timer;
  bool name_erased;
  if
  :: name_erased = true
  :: name_erased = false
  fi;
  do
  :: // IsAbsorptionDue
    do
    :: looked_to != tail && committed[looked_to] -> looked_to++  // EarlyEvents::Look
    :: looked_to == tail || !committed[looked_to] -> break
    od;
    position = tail;
    seen_to = position;
    // What was looked at has a deadline of its own (AbsorbAt), unless it is stored or was counted.
    if
    :: timer = true
    :: timer = false
    fi;
#ifndef NO_LOOK_AGAIN
    // NextAbsorption: what is being written
    timer = timer || looked_to != position;
#endif
    // FallAsleep
    if
    :: !name_erased -> timer = true  // something came in the last flush_interval
    :: true ->
      Announce(seen_to)
    fi;
    if
    :: timer
    :: else -> SleepWithoutDeadline(looked_to)
    fi;
    timer = false;
    // A fold of what was looked at.
    if
    :: looked_to > 0 -> name_erased = false
    :: true
    fi;
    WakeUp()
  od;
ended:
  skip
}

#endif

init {
  byte p;
  atomic {
    for (p : 1 .. CALLERS) { run Caller() }
    p = 0
  }
}
