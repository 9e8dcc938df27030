// The person that events without an identifier of their own belong to, as this process was told.
//
// The person is kept as text, because another process may remove the row. A transaction that fails
// leaves the person unchanged: the record that named another one comes again.

#ifndef EMBEDDABLES_AGENT_STORE_PERSON_H_
#define EMBEDDABLES_AGENT_STORE_PERSON_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "agent/base/time.h"

namespace embeddables {

class Person {
 public:
  struct Who {
    bool known = false;
    bool erased = false;  // nobody else may get the events
    std::string key, json;
    std::int64_t row = 0;  // as found in this transaction; 0: not yet
  };

  // An empty key: nobody is known.
  void Is(std::string_view key, std::string_view json, AgeTime now);
  const Who& now() const { return now_; }
  void FoundRow(std::int64_t row) { now_.row = row; }
  // The first person told since this store was opened, if any was: it decides about the open window
  // of another store.
  bool told() const { return told_; }
  const Who& first() const { return first_; }
  AgeTime first_told_at() const { return first_told_at_; }

  void Begin() {
    before_ = now_;
    now_.row = 0;
  }
  void Rollback() { now_ = before_; }

  // Between Enter and Leave this is the person of a left-over intake.
  void Enter(const Who& other) {
    own_ = now_;
    now_ = other;
  }
  void Leave() { now_ = own_; }
  void TakeOver(const Person& other) {
    now_ = other.now_;
    now_.row = 0;
  }

 private:
  Who now_;
  bool told_ = false;
  Who first_;
  AgeTime first_told_at_;
  Who own_;     // between Enter and Leave
  Who before_;  // before the transaction under way
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_STORE_PERSON_H_
