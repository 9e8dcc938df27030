// Reads a store's file in one read transaction, and changes nothing: no byte, no name, no time but
// that of the last access. The only lock is a reader's, which delays at most the checkpoint that
// empties the log.
//
// How, depends on the files beside it:
//   a log and its index   as every reader of SQLite does, but the index is mapped for reading only
//   no log                the file alone (immutable=1): nobody has it open
//   a log, no index       log and file without locks, the index in memory: after a power cut, or
//                         where nothing can be written (a mount for reading); also if the store or
//                         the index is another user's, who could cut off the index while it is
//                         mapped, and from whom SQLite would take the index if root runs it
// The last two are only good if nobody writes meanwhile, so the files are compared afterwards, and
// read again if they have changed. Any thread; blocks for reading only, and only for some seconds,
// whatever the files hold.

#ifndef EMBEDDABLES_AGENT_STORE_STORE_READER_H_
#define EMBEDDABLES_AGENT_STORE_STORE_READER_H_

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "agent/base/time.h"
#include "agent/store/age_clock.h"
#include "agent/store/send_notes.h"
#include "agent/store/settings.h"
#include "agent/store/store_sql.h"
#include "embeddables/agent.h"
#include "platform/clock.h"
#include "platform/paths.h"

namespace embeddables {

// Holds what the file says.
struct StoreContents {
  std::string store_id;  // empty: none yet
  Ledger ledger;
  std::uint64_t dead_letters = 0;
  Consent consent = Consent::kUnknown;
  std::optional<AgeTime> oldest;  // when the first event that waits was tracked
  bool unidentified = false;      // events wait, and of none is the person known
  SendNotes::Noted sent;
  AgeTime hold_until;  // the server asked everybody to wait
  // Before this, no event whose person is known to the store may be sent.
  AgeTime next_try;
  bool next_is_unknown = false;  // the server does not know the person of the first that may then
  // How far each intake was absorbed, and the folders where there may be some.
  std::unordered_map<std::int64_t, std::uint64_t> absorbed;
  std::vector<std::string> memory_places;
  InForce settings;
};

class StoreReader {
 public:
  // All its looks together take no longer than `longest`: long enough for a slow disk, and not for
  // ever for a file that was made up.
  StoreReader(std::string path, const Clock& clock,
              std::chrono::milliseconds longest = std::chrono::seconds(10));

  // Calls `body` within the transaction, once for each try. kNotFound: there is no such file.
  // kStoreUnusable says why it cannot be read. An empty file is an empty store: no call.
  using Body = std::function<bool(StoreReader*)>;
  Status Look(const Body& body);

  // --- In `body`. False: the try has failed.
  bool Read(StoreContents* contents);
  // How many of these rows still wait?
  bool CountRows(const std::vector<std::int64_t>& rows, std::uint64_t* count);
  Database* database() { return &db_; }
  // Too late for another try?
  bool late() const;
  // The store's own clock, as far as the file tells.
  const AgeClock& age() const { return age_; }

 private:
  enum class Way : std::uint8_t { kShared, kAlone, kUnlocked };
  // These facts must not change while nobody has the store open.
  struct Files {
    FileId file, log;
    std::uint64_t bytes = 0, log_bytes = 0;
    std::int64_t changed = 0, log_changed = 0;
    bool is_there = false, has_log = false, has_index = false;
    bool operator==(const Files& other) const;
  };

  Files LookAtFiles() const;
  Way Choose(const Files& files) const;
  // Returns true if the try is the last one.
  bool Try(const Body& body, Status* status);
  Status Examined();
  Status ReadWith(const Body& body);
  Status Unreadable(const char* what, const std::string& detail = {}) const;
  bool ReadWaits(StoreContents* contents);
  bool ReadFacts(StoreContents* contents);
  bool ReadIntakes(StoreContents* contents);

  const std::string path_;
  const Database::Time begun_;
  const Database::Time end_;
  Database db_;
  AgeClock age_;
  std::int64_t version_ = 0;  // of the schema
  bool index_is_stale_ = false;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_STORE_STORE_READER_H_
