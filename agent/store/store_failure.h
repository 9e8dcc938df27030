// Tells why the store last failed, in words for the host.
//
// A refusal is the store's own reason to give up a transaction. It replaces SQLite's words, since
// SQLite does not know it, and is valid for that transaction only.

#ifndef EMBEDDABLES_AGENT_STORE_STORE_FAILURE_H_
#define EMBEDDABLES_AGENT_STORE_STORE_FAILURE_H_

#include <string>

#include "agent/store/store_sql.h"

namespace embeddables {

class StoreFailure {
 public:
  void Begin() { refusal_ = nullptr; }
  // Returns false, for the caller to return.
  bool Refuse(const char* why) {
    message_ = refusal_ = why;
    return false;
  }
  // The transaction is given up: by a refusal, for a lock, for lack of room, or as SQLite says.
  void GiveUp(const Database& database, bool locked);
  void Tell(const std::string& message) { message_ = message; }

  const std::string& message() const { return message_; }

 private:
  std::string message_;
  const char* refusal_ = nullptr;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_STORE_STORE_FAILURE_H_
