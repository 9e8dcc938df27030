using System;

namespace Embeddables {
public enum StatusCode {
  Ok = 0,
  InvalidArgument = 1,
  QueueFull = 2,
  ConsentDenied = 3,
  NotRunning = 4,
  DeadlineExceeded = 5,
  Unavailable = 6,
  Credentials = 7,
  StoreUnusable = 8,
  NotFound = 9,
  OutOfMemory = 10
}

// The result of a call. Message is empty if all is well; else it says what is wrong, and what to do
// next.
public struct Status {
  public readonly StatusCode Code;
  readonly string message;

  public Status(StatusCode code, string message) {
    Code = code;
    this.message = message;
  }

  public bool Ok {
    get { return Code == StatusCode.Ok; }
  }
  public string Message {
    get { return message ?? ""; }
  }
  public override string ToString() { return Ok ? "ok" : Code + ": " + Message; }
}

public enum Priority { Volatile = 0, Low = 1, Normal = 2, Critical = 3 }

public enum Consent { Unknown = 0, Given = 1, Denied = 2 }

public enum LogLevel { Debug = 0, Info = 1, Warning = 2, Error = 3 }

public enum DropReason {
  RowBound = 0,
  ByteBound = 1,
  Age = 2,
  Unidentified = 3,
  Consent = 4,
  Purged = 5,
  Volatile = 6,
  Damaged = 7,
  StoreFailed = 8
}

public enum WaitingFor {
  Nothing = 0,
  Consent = 1,
  Identity = 2,
  Offline = 3,
  Paused = 4,
  Backoff = 5,
  Credentials = 6,
  Breaker = 7,
  OtherProcess = 8,
  Store = 9,
  UnknownUser = 10,
  Server = 11
}

public enum OutcomeKind {
  Delivered = 0,
  Rejected = 1,
  Dropped = 2,
  Unconfirmed = 3,
  UnknownUser = 4,
  Credentials = 5,
  Network = 6,
  Tls = 7,
  ApiChanged = 8,
  NearBound = 9,
  StoreFailed = 10,
  StoreRecovered = 11,
  StoreDamaged = 12,
  Server = 13,
  StoreFile = 14
}

// What became of one event, or of Count of them. Reason counts only for Dropped; EventId and
// EventName are empty if it is not about one event.
public struct Outcome {
  public readonly OutcomeKind Kind;
  public readonly DropReason Reason;
  public readonly int HttpStatus;
  public readonly ulong Count;
  public readonly string EventId, EventName, Message;

  internal unsafe Outcome(Native.emb_outcome* from) {
    Kind = (OutcomeKind)from->kind;
    Reason = (DropReason)from->reason;
    HttpStatus = from->http_status;
    Count = from->count;
    EventId = Utf8.Read(from->event_id, 40);
    EventName = Utf8.Read(from->event_name, 104);
    Message = Utf8.Read(from->message, 256);
  }
}

public struct LogLine {
  public readonly LogLevel Level;
  public readonly string Text;

  internal unsafe LogLine(Native.emb_log_line* from) {
    Level = (LogLevel)from->level;
    Text = Utf8.Read(from->text, 256);
  }
}

// The store's ledger, and why nothing is being sent: Accepted is the sum of the four after it.
public struct Stats {
  public readonly ulong Accepted, Delivered, Rejected, Dropped, Pending;
  public readonly ulong DeadLetters, QueueFull, InFlight, TakenOver;
  public readonly WaitingFor WaitingFor;
  public readonly string Words;

  internal unsafe Stats(Native.emb_stats* from) {
    Accepted = from->ledger.accepted;
    Delivered = from->ledger.delivered;
    Rejected = from->ledger.rejected;
    Pending = from->ledger.pending;
    Dropped = 0;
    for (int i = 0; i < 24; ++i) Dropped += from->ledger.dropped[i];
    DeadLetters = from->dead_letters;
    QueueFull = from->queue_full;
    InFlight = from->in_flight;
    TakenOver = from->taken_over;
    WaitingFor = (WaitingFor)from->waiting_for;
    Words = Utf8.Read(from->reason.words, 256);
  }
}
}
