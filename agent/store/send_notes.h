// Notes of the last delivery and the last failure to send, for people who look at the store while
// no process runs that could tell them.
//
// They go into the file with transactions that are made anyway: a failure when its words are new, a
// delivery once a minute and after a failure. So they cost next to nothing, and a time may be
// too early by a minute. The words are the server's or the system's, as in Reason; a purge and a
// denial erase them. All functions work in the transaction under way, and begin none.

#ifndef EMBEDDABLES_AGENT_STORE_SEND_NOTES_H_
#define EMBEDDABLES_AGENT_STORE_SEND_NOTES_H_

#include <optional>
#include <string>
#include <string_view>

#include "agent/store/age_clock.h"
#include "agent/store/store_sql.h"
#include "embeddables/agent.h"

namespace embeddables {

class SendNotes {
 public:
  struct Failure {
    AgeTime at;
    WaitingFor waits_for = WaitingFor::kNothing;
    int http_status = 0;  // 0: no answer
    std::string words;
  };
  // As the file has them; each may be missing.
  struct Noted {
    std::optional<AgeTime> delivery;
    std::optional<Failure> failure;
  };
  static bool Read(Database* database, Noted* noted);

  SendNotes(Database* database, const AgeClock& age) : db_(*database), age_(age) {}

  // This process has read an answer: an event was delivered, or a request has failed. That waits
  // for the next transaction, which writes what is news.
  void Delivered();
  void Failed(WaitingFor waits_for, int http_status, std::string_view words);
  bool Write();
  void Committed();
  bool Erase();
  // Another process has erased the words: those from before are not written again.
  void Forget();

  // This process's last delivery; empty: none yet.
  const std::optional<AgeTime>& delivered() const { return delivered_; }

 private:
  bool Set(const char* key, const std::string& value);
  bool IsNews(const Failure& failure) const;

  Database& db_;
  const AgeClock& age_;
  std::optional<AgeTime> delivered_;
  bool delivery_waits_ = false;     // not yet in the file
  std::optional<Failure> failure_;  // the same
  bool known_ = false;              // `noted_` was read
  Noted noted_;                     // in the file
  Noted written_;                   // by the transaction under way
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_STORE_SEND_NOTES_H_
